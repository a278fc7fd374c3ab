"""What a student is told whose folder is not whole, or who runs cells out of order or after a restart."""

import json
import subprocess
import sys

import pytest
from lab.test_cells import RUN, run
from released import RELEASE
from support.answers import PLAIN

from autograder.exercises import names, source_of
from backprop_lab.cells import what_to_run
from exercise import EXERCISE

ALONE = "import sys\nsys.path[:] = [p for p in sys.path if not p.endswith('neural_network_derivation')]\n"


def first_cell(name):
    cells = json.loads((source_of(name) / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return next(
        "".join(c["source"]) for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == "setup"
    )


@pytest.mark.parametrize("name", names())
def test_the_first_cell_says_what_belongs_beside_the_notebook(name, tmp_path):
    command = [sys.executable, "-c", ALONE + RUN, json.dumps([("setup", first_cell(name))])]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    told = done.stdout.strip().splitlines()[-1]
    assert told.startswith(
        "ModuleNotFoundError: There is no backprop_lab here. Keep this notebook in the folder"
    )
    assert "During handling" not in done.stdout


@pytest.mark.parametrize("name", names())
def test_the_first_cell_runs_where_all_is_there(name):
    command = [sys.executable, "-c", RUN, json.dumps([("setup", first_cell(name))])]
    done = subprocess.run(command, cwd=source_of(name), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "-- setup"


@pytest.mark.parametrize("name", names())
def test_a_check_in_a_restarted_kernel_says_what_to_do(name, tmp_path):
    released = json.loads((RELEASE / name / f"{name}.ipynb").read_text(encoding="utf-8"))
    check = next("".join(c["source"]) for c in released["cells"] if "".join(c["source"]).startswith("check("))
    command = [sys.executable, "-c", RUN, json.dumps([("check", check)])]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert f"{check}\n\nNameError: name 'check' is not defined" in shown
    assert check.endswith("# NameError? Run the notebook from the top.")


@pytest.mark.parametrize("name", names())
def test_the_statement_says_to_run_the_first_cell_again_after_a_restart(name):
    text = (source_of(name) / f"{name}.ipynb").read_text(encoding="utf-8")
    assert "Run this cell first, and again after every restart of the kernel" in text


def test_a_check_before_its_answer_says_which_cell_to_run():
    shown = run(("check", 'check("grad_w", grad_w)'))[0]
    assert shown.endswith("→ grad_w is not defined yet: run its cell above, then this one again.")


@pytest.mark.parametrize("name", ["values", "z", "x"])
def test_a_cell_before_the_first_ones_says_to_run_from_the_top(name):
    shown = run(("other", f"print({name})"))[0]
    assert shown.endswith(f"→ {name} is not defined yet: run the cells from the top, in their order.")


def test_nothing_is_said_of_other_errors():
    shown = run(("other", "print(mine)"), ("another", "1 / 0"))
    assert not any("→ " in text.splitlines()[-1] for text in shown)
    assert what_to_run(NameError("no name"), EXERCISE.asked, ()) == ""


def test_backward_says_which_cell_to_run():
    cells = [(name, source) for name, source in PLAIN.items() if name != "grad_u"]
    shown = run(*cells, ("check", 'check("backward", backward)'))[-1]
    assert "✗ backward: calls grad_u, which is not defined.\n" in shown
    assert "→ Has its cell been run since the kernel was started?\n" in shown


def test_a_misspelt_name_is_asked_for():
    shown = run(("grad_c", "def grad_c(dL_dz):\n    return dL_dy"), ("check", 'check("grad_c", grad_c)'))[-1]
    assert "✗ grad_c: raised NameError: dL_dy is not defined.\n" in shown
    assert "→ Is it spelled as where it is made, and has that cell been run?\n" in shown
