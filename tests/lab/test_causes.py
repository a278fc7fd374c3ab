"""What the check reads off the source of an answer and its error, and of which of many answers it speaks."""

import linecache
from itertools import count

import numpy as np
import pytest
from support.answers import PLAIN

from autograder import exercises
from backprop_lab.checking import examine, numerical_gradients
from exercise import EXERCISE

NUMBERS = count()


@pytest.fixture
def cells(notebook):
    """Run sources as cells that can be read again, as IPython keeps them; returns the names."""

    def run(*sources):
        names = notebook()
        for source in sources:
            cell = f"<cell {next(NUMBERS)}>"
            linecache.cache[cell] = (len(source), None, source.splitlines(keepends=True), cell)
            exec(compile(source, cell, "exec"), names)
        return names

    return run


def message(names, question):
    return examine(EXERCISE, question, names[question]).message


HEAD = 'def grad_w(dL_dz, h):\n    """∂L/∂w."""\n'


@pytest.mark.parametrize(
    ("body", "words"),  # what is said and, below it, what is asked
    [
        ("    raise NotImplementedError()", "○ grad_w: not answered yet."),
        ("    result = dL_dz * h\n    raise NotImplementedError()", "below your code, in line 4 of its cell"),
        ("    raise NotImplementedError()\n    return dL_dz * h", "in line 3 of its cell there still is"),
        ("    return grad_c(dL_dz) * h", "○ grad_w: calls grad_c, which is not answered yet."),
        (
            "    dL_dz * h",
            "✗ grad_w: returned None: it has no `return`.\n    Which value should it hand back?",
        ),
        (
            "    print(dL_dz * h)",
            "returned None: it prints, and has no `return`.\n    Which line hands back what it prints?",
        ),
        ("    if dL_dz > 1e9:\n        return h", "returned None.\n    Is there a `return` in every case?"),
        ("    def inner():\n        return h\n    inner()", "returned None: it has no `return`."),
    ],
)
def test_what_was_left_or_forgotten_is_named(cells, body, words):
    names = cells("def grad_c(dL_dz):\n    raise NotImplementedError()", HEAD + body)
    said, _, asks = words.partition("\n    ")
    assert said in message(names, "grad_w")
    assert message(names, "grad_w").endswith(asks)


WHOLE = "def backward(x, y, u, b, w, c):\n    values = forward(x, y, u, b, w, c)  # a dict\n"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("    raise NotImplementedError()", "○ backward: not answered yet."),
        ("    dz = grad_z(values['z'], y)\n    raise NotImplementedError()", "in line 4 of its cell"),
        ("    dz = grad_z(values['z'], y)", "✗ backward: returned None: it has no `return`."),
    ],
)
def test_the_line_that_was_handed_out_is_no_answer(cells, body, words):
    assert words in message(cells(WHOLE + body), "backward")


@pytest.mark.parametrize(
    ("source", "first", "place"),
    [
        ("    raise NotImplementedError()", "○ backward: calls grad_u, which is not answered yet.", 2),
        ("    du = x[5]\n    return du", "✗ backward: calls grad_u, which raised IndexError", 2),
        ("    np.outer(dL_dg, x)", "✗ backward: calls grad_u, which returned None: it has no `return`.", 0),
    ],
)
def test_a_part_that_fails_is_shown_with_its_line_and_what_is_right_beside_it(cells, source, first, place):
    said = message(cells("def grad_u(dL_dg, x):\n" + source, PLAIN["backward"]), "backward").splitlines()
    assert said[0].startswith(first)
    assert f"in grad_u, line {place}: " in said[1] or not place
    assert "    6 of the 7 gradients are right: z w c h g b. Not yet: u." in said


def changed(**entries):
    """A right backward with other entries."""

    def backward(*inputs):
        at = EXERCISE.forward(dict(zip(EXERCISE.inputs, inputs, strict=True)))
        given = numerical_gradients(EXERCISE, at) | {k: v(at) for k, v in entries.items()}
        return {k: v for k, v in given.items() if v is not None or k == "b"}

    return examine(EXERCISE, "backward", backward).message


def test_the_gradients_that_are_right_are_counted():
    said = changed(g=lambda at: at["g"], u=lambda at: -at["u"])
    assert said.startswith("✗ backward: wrong value. ∂L/∂g at the notebook's numbers:")
    assert "    5 of the 7 gradients are right: z w c h b. Not yet: g u.\n" in said
    assert "    Begin with g: the others may only follow from it.\n" in said
    assert said.endswith("?")
    assert "6 of the 7 gradients are right: z c h g u b. Not yet: w." in changed(w=lambda at: at["w"])
    assert "Begin with" not in changed(w=lambda at: at["w"])


def test_an_entry_that_is_missing_or_misspelt_is_named():
    said = changed(u=lambda at: None)
    assert said.startswith("✗ backward: the dict has no entry 'u'.\n    6 of the 7 gradients are right")
    said = changed(u=lambda at: None, du=lambda at: at["u"])
    assert "has no entry 'u', but it has 'du'.\n" in said
    assert said.endswith("    → Is 'u' there under another name?")
    assert (
        "✗ backward: the keys of the dict are no strings."
        in examine(EXERCISE, "backward", lambda *inputs: {1.5: 2}).message
    )


def test_an_entry_that_is_no_gradient_is_named():
    assert changed(b=lambda at: None).startswith("✗ backward: its entry 'b' is None.\n")
    assert changed(b=lambda at: None).endswith("    → Which line makes 'b'?")
    assert "in its entry 'w' it returned NaN" in changed(w=lambda at: np.nan * at["w"])
    assert "in its entry 'w' it returned a str, which is not numeric." in changed(w=lambda at: "w")
    assert changed(w=lambda at: "w").endswith("?")


@pytest.mark.parametrize("name", exercises.names())
def test_every_exercise_counts_its_gradients(name):
    exercise = exercises.find(name).public

    def backward(*inputs):
        at = exercise.forward(dict(zip(exercise.inputs, inputs, strict=True)))
        return numerical_gradients(exercise, at) | {exercise.quantities[0]: 7}

    said = examine(exercise, exercise.whole.name, backward).message
    total = len(exercise.quantities)
    assert f"{total - 1} of the {total} gradients are right: " in said
    assert f"Not yet: {exercise.quantities[0]}." in said
