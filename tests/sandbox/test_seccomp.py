"""The filter of system calls: its numbers are the kernel's, and it lets through what the policy says."""

import ctypes
import errno
import functools
import json
import os
import platform
import re
import signal
import socket
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")
if sys.platform == "linux":
    import resource

    from autograder.sandbox.inside import linux, seccomp
    from autograder.sandbox.inside.policy import SIBLING, Policy, policy

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}

PROBES = (335, 336)  # the kernel's own on x86_64, which no filter sees: they end whoever calls them


@pytest.mark.parametrize("name", HEADERS)
def test_numbers_are_those_of_the_kernels_headers(name):
    header = HEADERS[name]
    if not header.is_file():
        pytest.skip("no headers of the kernel here")
    found = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text()))
    found["newfstatat"] = found.get("newfstatat", found.get("fstatat"))
    calls = {c: n for c, n in seccomp.machine(name).calls.items() if c in found}
    assert len(calls) > 170
    assert calls == {call: int(found[call]) for call in calls}


def test_machines_know_the_same_calls():
    assert seccomp.machine("x86_64").calls.keys() == seccomp.machine("aarch64").calls.keys()


# What a program does, tried


def errors(steps, tries, confine=lambda: None):
    """Run each of the tries behind the filter, in a process of its own; return the words of its failure, ""
    for none."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        try:
            confine()
            seccomp.install(steps)
            os.write(writer, json.dumps([failure(attempt) for attempt in tries]).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        found = json.loads(answer.read())
    os.wait()
    return found


def failure(attempt):
    try:
        attempt()
    except OSError as error:
        return errno.errorcode[error.errno]
    return ""


def call(number, *arguments):
    """Make a system call by its number."""
    linux.check(linux.libc.syscall(number, *map(ctypes.c_long, arguments)), "it")


def test_program_allows_what_is_named_and_nothing_else():
    tries = [os.getpid, lambda: call(1000), lambda: os.chroot("/"), lambda: os.fchmod(0, 0o600)]
    assert errors(seccomp.program(policy(7)), tries) == ["", "ENOSYS", "EPERM", "EPERM"]


def test_program_refuses_every_call_that_is_not_named():
    here = seccomp.machine(platform.machine())
    named = {number for c, number in here.calls.items() if c != "seccomp"}
    others = [n for n in range(here.highest + 1) if n not in named and n not in PROBES]
    assert len(others) > 100
    found = errors(seccomp.program(policy(7)), [functools.partial(call, n, -1, -1, -1, -1) for n in others])
    assert set(found) == {"EPERM"}


def test_program_looks_at_arguments():
    me, parent = os.getpid(), os.getppid()
    number = seccomp.machine(platform.machine()).number
    tries = [
        lambda: resource.prlimit(0, resource.RLIMIT_NOFILE),
        lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE),
        lambda: call(number("clone3"), 0, 0),
        lambda: call(number("openat2"), 0, 0, 0, 0),
        lambda: call(number("clone"), SIBLING | signal.SIGCHLD, 0, 0, 0, 0),
        lambda: call(number("clone"), 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0),
        lambda: call(number("prlimit64"), 1 << 32, 0, 0, 0),  # the kernel takes it for 0, too
        socket.socketpair,
        lambda: socket.socketpair(type=socket.SOCK_DGRAM),
        socket.socket,
        lambda: os.kill(me, 0),
    ]
    assert errors(seccomp.program(policy(7)), tries) == [
        "", "EPERM", "ENOSYS", "ENOSYS", "EPERM", "EPERM", "", "", "EPERM", "EAFNOSUPPORT", "",
    ]  # fmt: skip


def test_program_sends_signals_to_one_process_only():
    me, parent = os.getpid(), os.getppid()
    tries = [lambda: os.kill(me, 0), lambda: os.kill(parent, 0), lambda: signal.pidfd_send_signal(0, 0)]
    assert errors(seccomp.program(policy(7, signals_to=me)), tries) == ["", "EPERM", "EPERM"]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_nothing_is_cut_off_whatever_landlock_knows(version, tmp_path):
    """Landlock before its third version lets whoever may not write to a file cut it off."""
    if version > linux.landlock_version():
        pytest.skip("no such Landlock here")
    own, bait = tmp_path / "own" / "file", tmp_path / "bait"
    own.parent.mkdir()
    for file in (own, bait):
        file.write_text("grades")
    tries = [
        lambda: os.open(bait, os.O_RDONLY | os.O_TRUNC),
        lambda: os.open(bait, os.O_WRONLY | os.O_TRUNC),
        lambda: os.truncate(bait, 0),
        lambda: os.open(own, os.O_WRONLY | os.O_TRUNC),
        lambda: os.open(own, os.O_RDONLY),
    ]
    confine = functools.partial(linux.landlock, version, [str(bait)], [], [str(own.parent)])
    found = errors(seccomp.program(policy(version)), tries, confine)
    assert all(found[:3])
    assert found[3:] == ["", ""]
    assert bait.read_text() == "grades"
    assert own.read_text() == ""


@pytest.mark.parametrize("name", HEADERS)
def test_programs_are_of_whole_steps_and_within_the_kernels_bounds(name):
    for version in (1, 7):
        steps = seccomp.program(policy(version, signals_to=77), name=name)
        assert len(steps) % seccomp.SIZE == 0
        assert len(steps) // seccomp.SIZE < 4096


def test_program_of_an_unknown_call_is_an_error():
    with pytest.raises(KeyError):
        seccomp.program(Policy(frozenset({"conect"}), {}, {}))
