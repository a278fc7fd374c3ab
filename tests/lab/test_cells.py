"""A ✓ is never stale: of a cell that failed since, a function with another name, or one that was broken."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.answers import PLAIN

from autograder.exercises import names, source_of

RUN = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.colors = "nocolor"
for cell, source in json.loads(sys.argv[1]):
    print(f"-- {cell}")
    shell.run_cell(source, cell_id=cell)
"""
SETUP = "import numpy as np\nfrom exercise import check, forward, sigma"


def run(*cells, folder="neural_network_derivation"):
    """Run cells, each with its id, as a notebook does; what each of them shows."""
    command = [sys.executable, "-c", RUN, json.dumps([("setup", SETUP), *cells])]
    done = subprocess.run(command, cwd=source_of(folder), capture_output=True, text=True, check=True)
    shown = done.stdout.split("-- ")[2:]
    return [text.partition("\n")[2].strip() for text in shown]


RIGHT, CHECK = ("grad_c", PLAIN["grad_c"]), ("check", 'check("grad_c", grad_c)')


def test_a_right_answer_is_right():
    assert run(RIGHT, CHECK)[1].startswith("✓ grad_c is right")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def grad_c(dL_dz):\n    return dL_dz)", "its cell stopped with SyntaxError when it was run last"),
        ("1 / 0\n" + PLAIN["grad_c"], "its cell stopped with ZeroDivisionError"),
        ("def grad_C(dL_dz):\n    return dL_dz", "its cell does not define grad_c any more"),
    ],
    ids=["a syntax error", "an error before it", "another name"],
)
def test_a_cell_that_failed_since_is_told(source, words):
    shown = run(RIGHT, CHECK, ("grad_c", source), CHECK, RIGHT, CHECK)
    assert shown[3].startswith("✗ grad_c is that of an earlier run")
    assert words in " ".join(shown[3].split())
    assert "So far 0 of 8 checks pass" in shown[3]
    assert shown[5].startswith("✓ grad_c is right")


def test_a_copy_in_another_cell_takes_its_place():
    wrong = ("grad_c", "def grad_c(dL_dz):\n    return dL_dz)")
    shown = run(RIGHT, wrong, ("elsewhere", PLAIN["grad_c"]), CHECK)
    assert shown[3].startswith("✓ grad_c is right")


def test_what_was_broken_after_its_check_is_told_at_the_next():
    broken = ("grad_c", "def grad_c(dL_dz):\n    return 2 * dL_dz")
    other = [("grad_z", PLAIN["grad_z"]), ("check-z", 'check("grad_z", grad_z)')]
    shown = run(RIGHT, CHECK, broken, *other)
    assert "✓ grad_z is right" in shown[4]
    assert "Not right any more: grad_c. Run its check again to see why." in shown[4]
    assert "So far 1 of 8 checks pass" in shown[4]


def test_all_pass_is_said_only_after_all_were_run_again():
    cells = [(name, source) for name, source in PLAIN.items()]
    checks = [(f"check-{name}", f'check("{name}", {name})') for name in PLAIN]
    assert "All 8 checks pass" in run(*cells, *checks)[-1]
    broken = ("grad_u", "def grad_u(dL_dg, x):\n    return np.outer(x, dL_dg).T + 1e-9")
    shown = run(*cells, *checks[:-1], broken, checks[-1])[-1]
    assert "All 8 checks pass" not in shown
    assert "Not right any more: grad_u" in shown


@pytest.mark.parametrize("folder", names())
def test_every_exercise_has_it(folder):
    assert (Path(source_of(folder)) / "backprop_lab" / "cells.py").is_file()
