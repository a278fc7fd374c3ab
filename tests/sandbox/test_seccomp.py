"""The filter of system calls: its numbers are the kernel's, and every name in it is known."""

import re
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")
if sys.platform == "linux":
    from autograder.sandbox.inside import seccomp
    from autograder.sandbox.inside.confinement import METADATA, REFUSED, SIGNALS

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_numbers_are_those_of_the_kernels_headers(name):
    header = HEADERS[name]
    if not header.is_file():
        pytest.skip("no headers of the kernel here")
    found = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text()))
    calls = {c: n for c, n in seccomp.machine(name).calls.items() if c in found}
    assert len(calls) > 40
    assert calls == {call: int(found[call]) for call in calls}


def test_machines_know_the_same_calls():
    assert seccomp.machine("x86_64").calls.keys() == seccomp.machine("aarch64").calls.keys()


@pytest.mark.parametrize("name", HEADERS)
def test_program_holds_a_step_for_every_call(name):
    refused = (*REFUSED, *METADATA, *SIGNALS)
    steps = seccomp.program(refused, signals_to=77, name=name)
    assert len(steps) % 8 == 0
    operands = {int.from_bytes(steps[i + 4 : i + 8], "little") for i in range(0, len(steps), 8)}
    numbers = {seccomp.machine(name).calls[call] for call in refused} - {None}
    assert numbers <= operands


def test_program_of_an_unknown_call_is_an_error():
    with pytest.raises(KeyError):
        seccomp.program(("conect",))
