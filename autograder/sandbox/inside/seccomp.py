"""The filter of system calls: a classic BPF program over the number and the arguments of a call.

Source: the manual page seccomp(2). What is allowed is said in `policy`; the numbers of the calls are data, a
file for each architecture.
"""

import ctypes
import json
import platform
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .linux import NO_NEW_PRIVS, check, libc, prctl
from .policy import ENOSYS, EPERM, Argument, Policy

SYSCALLS = Path(__file__).parent / "syscalls"

LOAD, EQUAL, AT_LEAST, AND, JUMP, RETURN = 0x20, 0x15, 0x35, 0x54, 0x05, 0x06
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x50000
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # in seccomp_data; the low half of an argument comes first
SIZE = 8  # bytes of a step, and of an argument
SET_MODE_FILTER, EVERY_THREAD = 1, 1


@dataclass(frozen=True)
class Machine:
    """An architecture: the kernel's own number of it, those of its system calls (None for a call that it
    does without), and the highest there was when they were written down."""

    audit_architecture: int
    highest: int
    calls: Mapping[str, int | None]

    def number(self, call: str) -> int:
        """Return the number of a call that every machine has."""
        number = self.calls[call]
        if number is None:
            raise LookupError(f"no system call {call}")
        return number


@cache
def machine(name: str) -> Machine:
    """Return an architecture by the name that the system has for it."""
    data = json.loads((SYSCALLS / f"{name}.json").read_text(encoding="utf-8"))
    return Machine(data["audit_architecture"], data["highest"], data["calls"])


def offered() -> bool:
    """Return whether system calls can be filtered on this kind of machine."""
    return (SYSCALLS / f"{platform.machine()}.json").is_file()


# The program


def _step(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, operand)


def _refuse(error: int) -> bytes:
    return _step(RETURN, REFUSE | error)


def _require(argument: Argument) -> bytes:
    """Refuse the call unless the argument has one of its values; go on if it has."""
    steps = [_step(LOAD, FIRST_ARGUMENT + SIZE * argument.position), _step(AND, argument.mask)]
    for remaining, value in zip(range(len(argument.values), 0, -1), argument.values, strict=True):
        steps.append(_step(EQUAL, value, if_true=remaining))
    return b"".join([*steps, _refuse(argument.error)])


def _answers(policy: Policy, here: Machine) -> dict[int, bytes]:
    """Return what is done on each number that the policy knows."""
    known = {call: _step(RETURN, ALLOW) for call in policy.allowed}
    known |= {call: _refuse(error) for call, error in policy.refused.items()}
    for call, arguments in policy.arguments.items():
        known[call] = b"".join(map(_require, arguments)) + _step(RETURN, ALLOW)
    numbers = {call: here.calls[call] for call in known}  # a KeyError for a name that is none
    return {number: known[call] for call, number in numbers.items() if number is not None}


def _ranges(answers: Mapping[int, bytes], highest: int) -> list[tuple[int, bytes]]:
    """Return the same as ranges of numbers, each by the first of them. A call that is newer than our list is
    not there, so that callers fall back; on x86_64 other numbers of the same calls are up there, too."""
    every = [answers.get(number, _refuse(EPERM)) for number in range(highest + 1)] + [_refuse(ENOSYS)]
    return [(n, answer) for n, answer in enumerate(every) if n == 0 or answer != every[n - 1]]


def _search(ranges: Sequence[tuple[int, bytes]]) -> bytes:
    """Find the range of the number by halves."""
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    below, above = _search(ranges[:middle]), _search(ranges[middle:])
    return _step(AT_LEAST, ranges[middle][0], 0, 1) + _step(JUMP, len(below) // SIZE) + below + above


def program(policy: Policy, name: str = "") -> bytes:
    """Return the filter for a policy; for this machine, or for the one of that name."""
    here = machine(name or platform.machine())
    steps = [_step(LOAD, ARCHITECTURE), _step(EQUAL, here.audit_architecture, 1, 0), _step(RETURN, KILL)]
    return b"".join([*steps, _step(LOAD, NUMBER), _search(_ranges(_answers(policy, here), here.highest))])


class _Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_void_p)]


def install(steps: bytes) -> None:
    """Put a filter in force, for good."""
    buffer = ctypes.create_string_buffer(steps, len(steps))
    given = _Filter(len(steps) // SIZE, ctypes.addressof(buffer))
    prctl(NO_NEW_PRIVS, 1)
    call = machine(platform.machine()).number("seccomp")
    check(libc.syscall(call, SET_MODE_FILTER, EVERY_THREAD, ctypes.byref(given)), "seccomp")
