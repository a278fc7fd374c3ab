"""Where a system offers no isolation: refused by default; the process boundary and limits all the same."""

import sys

import pytest
from support.answers import PLAIN
from support.attacks import ANSWERS, CELLS, INSIDE, WRONG, with_attack
from support.sample_class import answering, with_cells
from support.sandbox import NOTHING, TOKEN, grade, hand_in, shown
from support.waiting import gone

from autograder.sandbox import spawn
from autograder.sandbox.limits import Limits
from autograder.sandbox.processes import CannotIsolate
from autograder.sandbox.spawn import Spawn
from exercise import POINTS

# What Windows lacks, taken away before a student's process is what it is going to be.
POOR = """
import os, signal, sys
for name in ("fork", "memfd_create", "setsid", "killpg", "pread", "getuid", "pidfd_open"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("setitimer", "SIGALRM", "SIGCHLD", "SIGPIPE"):
    delattr(signal, name)
for name in ("resource", "fcntl"):
    sys.modules[name] = None
from autograder.sandbox.inside import spawn
spawn.main()
"""


@pytest.fixture
def spawning():
    sandbox = Spawn()
    yield sandbox
    sandbox.close()


@pytest.fixture
def poor(monkeypatch, spawning):
    """A spawn on a system that offers next to nothing."""
    monkeypatch.setattr(spawn, "COMMAND", [sys.executable, "-I", "-c", POOR])
    return spawning


def test_it_refuses_unless_the_risk_is_accepted(spawning):
    with pytest.raises(CannotIsolate, match="files and network can be closed off on Linux only"):
        spawning.require(unconfined=False)
    spawning.require(unconfined=True)
    assert "NOT ISOLATED" in spawning.report()[0]


def test_the_points_are_the_same(spawning):
    assert grade(spawning, hand_in(answering(PLAIN)))[0] == POINTS
    assert grade(spawning, hand_in(answering(WRONG)))[0] == NOTHING


def test_a_system_that_offers_next_to_nothing_grades_all_the_same(poor):
    source = "import os\nos.write(1, b'raw')\nprint('printed')"
    answers = answering({**PLAIN, "grad_g": WRONG["grad_g"]})
    earned, notebook = grade(poor, hand_in(lambda n: with_cells(source)(answers(n))))
    assert earned["grad_g"] == 0
    assert earned["grad_z"] == POINTS["grad_z"]
    assert "printed" in shown(notebook)
    assert "raw" in shown(notebook)


@pytest.mark.parametrize(
    "attack",
    [
        "a fake autograder",
        "assertions transformed away",
        "a forged result",
        "the shell's own answers",
        "a float that equals everything",
        "what unpickles into a call",
        "exit",
        "exit in a function",
        "a segmentation fault",
        "an endless loop that ignores signals",
        "an endless function that ignores signals",
        "much output",
    ],
)
def test_the_boundary_of_the_process_holds(spawning, attack):
    assert attack in {**INSIDE, **ANSWERS, **CELLS}
    earned, notebook = grade(spawning, hand_in(lambda n: with_attack(n, CELLS[attack])))
    assert earned == NOTHING
    assert "LEAK" not in shown(notebook)


def test_what_it_started_ends_with_it(spawning):
    source = f"import subprocess\nsubprocess.Popen(['sleep', '{TOKEN}2'])"
    grade(spawning, hand_in(lambda n: with_attack(n, source)))
    assert gone(f"{TOKEN}2")


def test_close_ends_every_process(spawning, tmp_path):
    process, connection = spawning.start(str(tmp_path), [], Limits())
    assert process._process.poll() is None
    spawning.close()
    connection.close()
    assert process._process.poll() is not None


def test_a_stranger_who_connects_first_is_turned_away(spawning, monkeypatch, tmp_path):
    guess = (
        "import json, socket, sys\nport = json.load(sys.stdin)['port']\n"
        "s = socket.create_connection(('127.0.0.1', port))\ns.sendall(b'0' * 32)\ns.recv(1)"
    )
    monkeypatch.setattr(spawn, "COMMAND", [sys.executable, "-c", guess])
    with pytest.raises(RuntimeError, match="did not start"):
        spawning.start(str(tmp_path), [], Limits())
