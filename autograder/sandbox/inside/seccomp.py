"""The filter of system calls: a classic BPF program over the number and the arguments of a call.

Source: the manual page seccomp(2). The numbers of the calls are data, a file for each architecture.
"""

import ctypes
import json
import platform
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .linux import NO_NEW_PRIVS, check, libc, prctl

SYSCALLS = Path(__file__).parent / "syscalls"

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x50000
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ANY_NAMESPACE = 0x7E020000
X32 = 0x40000000  # from here on: other numbers of the same calls, on x86_64
SET_MODE_FILTER, EVERY_THREAD = 1, 1


@dataclass(frozen=True)
class Machine:
    """An architecture: the kernel's own number of it, and those of its system calls; None for a call
    that it does without."""

    audit_architecture: int
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
    return Machine(data["audit_architecture"], data["calls"])


def offered() -> bool:
    """Return whether system calls can be filtered on this kind of machine."""
    return (SYSCALLS / f"{platform.machine()}.json").is_file()


# The program


def _step(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, operand)


def _refuse(number: int, error: int) -> bytes:
    return _step(EQUAL, number, 0, 1) + _step(RETURN, REFUSE | error)


def _refuse_by_argument(number: int, test: bytes, error: int) -> bytes:
    """Refuse the call if `test`, a step with one jump over the refusal, is true of its argument."""
    body = _step(LOAD, FIRST_ARGUMENT) + test + _step(RETURN, REFUSE | error) + _step(RETURN, ALLOW)
    return _step(EQUAL, number, 0, 4) + body


def program(refused: Iterable[str], signals_to: int | None = None, name: str = "") -> bytes:
    """Return the filter that refuses these system calls, sockets, new namespaces and, if `signals_to` is
    a process, signals to any other; for this machine, or for the one of that name."""
    name = name or platform.machine()
    here = machine(name)
    steps = [_step(LOAD, ARCHITECTURE), _step(EQUAL, here.audit_architecture, 1, 0), _step(RETURN, KILL)]
    steps += [_step(LOAD, NUMBER)]
    if name == "x86_64":
        steps += [_step(AT_LEAST, X32, 0, 1), _step(RETURN, REFUSE | EPERM)]
    # The flags of clone3 lie behind a pointer; glibc falls back to clone.
    steps += [_refuse(here.number("clone3"), ENOSYS), _refuse(here.number("socket"), EAFNOSUPPORT)]
    numbers = [here.calls[call] for call in refused]  # a KeyError for a name that is none
    steps += [_refuse(number, EPERM) for number in numbers if number is not None]
    steps += [_refuse_by_argument(here.number("clone"), _step(ANY_BIT, ANY_NAMESPACE, 0, 1), EPERM)]
    if signals_to is not None:
        for call in ("kill", "tgkill"):
            steps += [_refuse_by_argument(here.number(call), _step(EQUAL, signals_to, 1, 0), EPERM)]
    return b"".join([*steps, _step(RETURN, ALLOW)])


class _Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_void_p)]


def install(steps: bytes) -> None:
    """Put a filter in force, for good."""
    buffer = ctypes.create_string_buffer(steps, len(steps))
    given = _Filter(len(steps) // 8, ctypes.addressof(buffer))
    prctl(NO_NEW_PRIVS, 1)
    call = machine(platform.machine()).number("seccomp")
    check(libc.syscall(call, SET_MODE_FILTER, EVERY_THREAD, ctypes.byref(given)), "seccomp")
