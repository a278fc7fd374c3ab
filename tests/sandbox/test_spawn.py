"""Where a system offers no isolation: refused by default; the process boundary and limits all the same."""

import sys

import pytest
from sandbox.test_attacks import NOTHING, TOKEN, gone, grade, hand_in, shown
from support.answers import PLAIN
from support.attacks import ANSWERS, CELLS, INSIDE, WRONG, with_attack
from support.sample_class import answering, with_cells

from autograder.judging.questions import POINTS
from autograder.sandbox import spawn as cold_origin
from autograder.sandbox.processes import CannotIsolate
from autograder.sandbox.spawn import ColdStart

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
def cold():
    origin = ColdStart()
    yield origin
    origin.close()


@pytest.fixture
def poor(monkeypatch, cold):
    """A cold start on a system that offers next to nothing."""
    monkeypatch.setattr(cold_origin, "COMMAND", [sys.executable, "-I", "-c", POOR])
    return cold


def test_it_refuses_unless_the_risk_is_accepted(cold):
    with pytest.raises(CannotIsolate, match="files and network can be closed off on Linux only"):
        cold.require(unconfined=False)
    cold.require(unconfined=True)
    assert "NOT ISOLATED" in cold.report()[0]


def test_the_points_are_the_same(cold):
    assert grade(cold, hand_in(answering(PLAIN)))[0] == POINTS
    assert grade(cold, hand_in(answering(WRONG)))[0] == NOTHING


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
def test_the_boundary_of_the_process_holds(cold, attack):
    assert attack in {**INSIDE, **ANSWERS, **CELLS}
    earned, notebook = grade(cold, hand_in(lambda n: with_attack(n, CELLS[attack])))
    assert earned == NOTHING
    assert "LEAK" not in shown(notebook)


def test_what_it_started_ends_with_it(cold):
    source = f"import subprocess\nsubprocess.Popen(['sleep', '{TOKEN}2'])"
    grade(cold, hand_in(lambda n: with_attack(n, source)))
    assert gone(f"{TOKEN}2")


def test_close_ends_every_process(cold, tmp_path):
    life, connection = cold.start(str(tmp_path), [])
    assert life._process.poll() is None
    cold.close()
    connection.close()
    assert life._process.poll() is not None


def test_a_stranger_who_connects_first_is_turned_away(cold, monkeypatch, tmp_path):
    guess = (
        "import json, socket, sys\nport = json.load(sys.stdin)['port']\n"
        "s = socket.create_connection(('127.0.0.1', port))\ns.sendall(b'0' * 32)\ns.recv(1)"
    )
    monkeypatch.setattr(cold_origin, "COMMAND", [sys.executable, "-c", guess])
    with pytest.raises(RuntimeError, match="did not start"):
        cold.start(str(tmp_path), [])
