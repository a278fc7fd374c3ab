"""A notebook in the sandbox: the order of cells and calls, and packages that are not there."""

import sys
from types import SimpleNamespace

import pytest
from support.answers import PLAIN
from support.sample_class import answering, cell_of, code_cell
from support.sandbox import NOTHING, grade, hand_in, shown

from autograder.sandbox.client import ProcessDied
from autograder.sandbox.forkserver import ForkServer
from autograder.submission import session as sessions
from autograder.submission.annotate import KEY
from autograder.submission.execute import _run
from autograder.submission.packages import Lacking, missing_package
from autograder.submission.session import Session
from exercise import POINTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")


@pytest.fixture(scope="module")
def forkserver():
    server = ForkServer()
    yield server
    server.close()


def after(grade_id, *sources):
    """A student who adds cells below one of ours."""

    def change(notebook):
        place = notebook["cells"].index(cell_of(notebook, grade_id))
        notebook["cells"][place + 1 : place + 1] = map(code_cell, sources)
        return notebook

    return change


def points_of(forkserver, answers, then=None):
    return grade(forkserver, hand_in(answering({**PLAIN, **answers}, then)))


# The order


def test_a_helper_may_stand_in_a_later_cell(forkserver):
    calls = "def grad_g(dL_dh, g):\n    return dL_dh * slope(g)"
    helper = "def slope(g):\n    return sigma(g) * (1 - sigma(g))"
    points, _ = points_of(forkserver, {"grad_g": calls}, after("test_backward", helper))
    assert points == POINTS


def test_what_stands_at_the_test_counts_and_not_what_comes_later(forkserver):
    again = "def grad_z(z, y):\n    return 0.0"
    points, _ = points_of(forkserver, {}, after("test_grad_z", again))
    assert points == {**POINTS, "backward": points["backward"]}
    assert points["backward"] < POINTS["backward"]  # it calls the name, which is another function now


def test_an_answer_may_stand_below_its_test(forkserver):
    points, _ = points_of(forkserver, {"grad_z": "# see below"}, after("test_grad_z", PLAIN["grad_z"]))
    assert points == POINTS


def test_no_cell_sees_what_the_calls_were_given(forkserver):
    spy = "seen = []\ndef grad_z(z, y):\n    seen.append(z)\n    return 2 * (z - y)"
    points, notebook = points_of(
        forkserver, {"grad_z": spy}, after("test_backward", "print(len(seen), 'seen')")
    )
    assert points == POINTS
    assert "1 seen" not in shown(notebook)
    assert "3 seen" in shown(notebook) or "0 seen" in shown(notebook)  # the visible check's own calls


SPY = (
    "import gc\n"
    "seen = repr([o for o in gc.get_objects() if isinstance(o, list) and o and isinstance(o[0], dict)])\n"
    "print('a later ' + 'cell' in seen, 'assert ' + 'mine' in seen)"
)


def test_no_cell_finds_the_text_of_an_ordinary_test_below_it(forkserver):
    marks = {"grade": True, "solution": False, "grade_id": "hidden", "points": 1, "locked": True}
    test = {**code_cell("assert mine == 8"), "metadata": {"nbgrader": marks}}
    cells = [code_cell("mine = 8"), code_cell(SPY), code_cell("'a later cell'"), test]
    with Session(forkserver, [], 5.0, 60.0) as session:
        _run(cells, session)
    assert cells[1]["outputs"][0]["text"] == "True False\n"
    assert test["outputs"] == []


def test_a_cell_that_ends_the_process_costs_no_answer_before_it(forkserver):
    points, notebook = points_of(forkserver, {}, after("test_backward", "import os\nos._exit(3)"))
    assert points == POINTS
    assert "this cell ended the notebook's process" in shown(notebook)


# The whole pass and its parts


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("raise ValueError('no')", "grad_w raised ValueError: no"),
        ("raise NotImplementedError()", "grad_w is not answered yet."),
        ("return None", "grad_w returned None."),
        ("return lambda: h", "grad_w returned a function, which is not numeric."),
    ],
)
def test_backward_survives_a_part_that_fails(forkserver, how, reason):
    points, notebook = points_of(forkserver, {"grad_w": f"def grad_w(dL_dz, h):\n    {how}"})
    assert points == {**POINTS, "grad_w": 0.0, "backward": pytest.approx(3 * 6 / 7)}
    assert f"∂L/∂w: {reason}" in shown(notebook)


def test_backward_survives_nothing_that_ends_the_process(forkserver):
    points, _ = points_of(forkserver, {"grad_w": "import os\ndef grad_w(dL_dz, h):\n    os._exit(3)"})
    assert points == {**POINTS, "grad_w": 0.0, "backward": 0.0}


def test_backward_with_a_part_that_needs_a_package_is_left_to_a_person(forkserver):
    needs = "def grad_w(dL_dz, h):\n    import not_installed_here\n    return dL_dz * h"
    points, _ = points_of(forkserver, {"grad_w": needs})
    assert points == {**POINTS, "grad_w": None, "backward": None}


# Packages

IMPORT = "from not_installed_here.special import expit"
WITH_IMPORT = f"{IMPORT}\ndef grad_g(dL_dh, g):\n    return dL_dh * expit(g) * expit(-g)"
INSIDE = (
    "def grad_g(dL_dh, g):\n    import not_installed_here as n\n    return dL_dh * n.expit(g) * n.expit(-g)"
)
USES_IT = "def grad_g(dL_dh, g):\n    return dL_dh * expit(g) * expit(-g)"
FALLBACK = f"try:\n    {IMPORT}\nexcept ImportError:\n    expit = sigma\n{USES_IT}"
NEEDING = {
    "in the answer's cell": ({"grad_g": WITH_IMPORT}, None),
    "in the function": ({"grad_g": INSIDE}, None),
    "in a cell of its own": ({"grad_g": USES_IT}, after("test_grad_h", IMPORT)),
    "all of it": ({"grad_g": USES_IT}, after("test_grad_h", "from not_installed_here import *")),
}


@pytest.mark.parametrize(("answers", "then"), NEEDING.values(), ids=NEEDING)
def test_a_package_that_is_not_there_is_left_to_a_person(forkserver, answers, then):
    points, notebook = points_of(forkserver, answers, then)
    assert points == {**POINTS, "grad_g": None, "backward": None}
    verdict = cell_of(notebook, "test_grad_g")["metadata"].get(KEY)
    assert verdict is None  # it is noted when the submission is finished
    assert "not_installed_here is not installed where this is graded" in shown(notebook)
    assert "Was it renamed" not in shown(notebook)


def test_an_import_that_nothing_needs_costs_nothing(forkserver):
    points, _ = points_of(forkserver, {"grad_g": FALLBACK}, after("test_grad_z", "import not_installed_here"))
    assert points == POINTS


def test_what_is_wrong_without_any_package_is_wrong(forkserver):
    wrong = {question: f"def {question}(*arguments):\n    return nope" for question in PLAIN}
    points, _ = points_of(forkserver, wrong, after("test_backward", "import not_installed_here"))
    assert points == NOTHING


@pytest.mark.parametrize(
    ("kind", "text", "package"),
    [
        ("ModuleNotFoundError", "No module named 'not_there'", "not_there"),
        ("ModuleNotFoundError", "No module named 'not_there.special'", "not_there"),
        ("ModuleNotFoundError", "No module named 'not_there.a'; 'not_there' is not a package", "not_there"),
        ("ModuleNotFoundError", "No module named 'numpy.nothing'", ""),
        ("ModuleNotFoundError", "No module named '__main__'", ""),
        ("ModuleNotFoundError", f"No module named '{'a' * 10_000}'", ""),
        ("ModuleNotFoundError", "No module named '../x'", ""),
        ("ModuleNotFoundError", None, ""),
        ("ImportError", "cannot import name 'expit' from 'scipy'", ""),
        ("ValueError", "No module named 'not_there'", ""),
    ],
)
def test_missing_package(kind, text, package):
    assert missing_package(kind, text) == package


def test_lacking_blames_what_a_cell_would_have_defined():
    lacking = Lacking()
    lacking.note_cell("import torch.nn as nn\nimport os.path\ndef f(x): return x\nk = 1", "torch")
    assert {name for name in ("torch", "nn", "os", "f", "k", "x") if lacking.blame_for(name)} == {
        "torch", "nn", "os", "f", "k",
    }  # fmt: skip
    assert lacking.packages == {"torch"}
    lacking.note_call("NameError", "name 'nn' is not defined")
    assert lacking.blamed == "torch"
    lacking.start()
    lacking.note_call("NameError", "name 'x' is not defined")
    assert lacking.blamed == ""


# What is shown


def test_a_notebook_has_room_for_so_much_of_what_its_cells_show(forkserver, monkeypatch):
    monkeypatch.setattr(sessions, "MOST_SHOWN", 5_000)
    cells = ["print('early')", "print('x' * 6_000)", "print('late')"]
    points, notebook = points_of(forkserver, {}, after("test_backward", *cells))
    assert points == POINTS
    words = shown(notebook)
    assert "early" in words
    assert "what this cell shows was left out" in words
    assert "xxx" not in words.replace("x' * 6_000", "")


def test_a_cell_has_room_for_so_many_outputs(forkserver, monkeypatch):
    monkeypatch.setattr(sessions, "MOST_OUTPUTS", 10)
    forged = "for i in range(50):\n    display(i)"
    points, notebook = points_of(forkserver, {}, after("test_backward", forged))
    assert points == POINTS
    assert "what this cell shows was left out" in shown(notebook)


# Time


class Timed:
    """A student's process whose cells take a second each, by a clock of the test's; some end it."""

    def __init__(self, *started):
        self.alive = True

    def run(self, source, seconds):
        Timed.ran += 1
        if source == "exit":
            self.alive = False
            raise ProcessDied("it ended")
        return {"outputs": [], "execution_count": 1}, False

    def look(self, name, seconds):
        return {"defined": True}

    def processor_time(self):
        return 0.0

    def settle(self):
        """Nothing is to come."""

    def close(self):
        self.alive = False


def test_cells_are_not_repeated_beyond_the_time_of_the_notebook(monkeypatch):
    Timed.ran = 0
    monkeypatch.setattr(sessions, "StudentProcess", Timed)
    monkeypatch.setattr(sessions, "time", SimpleNamespace(monotonic=lambda: float(Timed.ran)))
    with sessions.Session(None, (), cell_time=5.0, notebook_time=10.0, _started=0.0) as session:
        for source in (*["pass"] * 7, "exit", "pass", "pass"):
            session.run(source)
        assert Timed.ran == 10  # a fresh process was given two of the seven
        assert session.incidents[-1] == sessions.NOT_RUN.format(seconds=10.0)
        session.start_judging()
        session.look("grad_z")
        assert Timed.ran == 17  # and another one all of them, to be judged
