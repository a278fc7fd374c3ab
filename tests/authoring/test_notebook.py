"""The notebook of a new exercise: what it shares with all others, and what only some of them have."""

import ast

import nbformat
import pytest
from authoring.networks import HEAD, MEAN
from released import SOURCE, read
from test_release import EACH

from autograder.authoring.forward_pass import read_forward_pass
from autograder.authoring.halves import points_of
from autograder.authoring.notebook import source_notebook
from autograder.authoring.questions import with_questions
from autograder.exercises import find, shown_points

GENERAL = ("slope-text", "slope", "check-slope", "slope-use-text", "chain-rule-code", "loop-text", "loop")
ONE_STEP = (
    HEAD.format(title="One step")
    + """
GRAPH = (Operation("L", lambda w, y: (w - y) ** 2, ("w", "y")),)
DATA = ("y",)


def numbers():
    return {"w": 0.5, "y": 0.3}
"""
)


def cells(text):
    return {cell.id: cell for cell in nbformat.reads(text, as_version=4).cells}


@pytest.fixture
def made(tmp_path):
    """The cells of the notebook that is made of a forward pass."""

    def making(text):
        path = tmp_path / "forward.py"
        path.write_text(text, encoding="utf-8")
        exercise = with_questions(read_forward_pass(path, "mine"))
        return cells(source_notebook(exercise, "Mine", points_of(exercise), {}))

    return making


@EACH
def test_what_is_general_is_the_same_in_every_notebook(assignment):
    new = cells(source_notebook(find(assignment).public, "Mine", shown_points(assignment), {}))
    ours = {cell.id: cell for cell in read(SOURCE, assignment).cells}
    for name in GENERAL:
        assert ours[name].source == new[name].source
        assert ours[name].metadata == new[name].metadata
    question = new["reflections"].source.partition("\n\n")[2]
    assert question.startswith("When does a gradient check fail")
    assert question in ours["reflections"].source


@EACH
def test_the_gradient_check_of_the_bug_is_the_same_in_every_notebook(assignment):
    (own, first) = (
        {cell.id: cell for cell in read(SOURCE, name).cells}["bug-check"]
        for name in (assignment, "neural_network_derivation")
    )
    assert own == first


def test_a_loop_over_an_array_is_shown_where_there_is_one(made):
    assert "loop" not in made(MEAN)


@pytest.mark.parametrize("text", [MEAN, ONE_STEP], ids=["mean", "one step"])
def test_every_cell_is_python(made, text):
    for cell in made(text).values():
        if cell.cell_type == "code":
            ast.parse(cell.source)


def test_upstream_gradients_are_at_hand_where_there_are_any(made):
    assert "dL_dm, dL_dh = upstream.values()\n" in made(MEAN)["upstream"].source
    assert "upstream" not in made(ONE_STEP)
