"""The call that failed, to be pasted into a cell, and the variables that a function reads."""

import re

import numpy as np
import pytest

from autograder import exercises
from backprop_lab.calls import call_written
from backprop_lab.checking import examine, visible
from exercise import EXERCISE

CALL = re.compile(r"    To try it, run in a cell:\n((?:    [^→]*\n)+)")


def pasted(message, names):
    """What the call in a message is called with, when it is run."""
    calls = []
    source = CALL.search(message)[1].replace("\n    ", "\n").strip()
    exec(source, {**names, "np": np, source.partition("(")[0]: lambda *given: calls.append(given)})
    return calls[0]


def same(given, expected):
    return all(np.array_equal(a, b) for a, b in zip(given, expected, strict=True))


@pytest.mark.parametrize("name", exercises.names())
@pytest.mark.parametrize("number", range(3))
def test_the_call_that_failed_can_be_pasted_at_every_input(name, number):
    exercise = exercises.find(name).public
    values, gradients = visible(exercise)[number]
    for asked in exercise.questions:
        expected = exercise.values_given(asked, values, gradients)

        def wrong_there(*given, expected=expected, asked=asked):
            seen = [exercise.values_given(asked, v, g) for v, g in visible(exercise)]
            here = next(i for i, one in enumerate(seen) if same(given, one))
            return visible(exercise)[here][1][asked.wrt] * (1 + same(given, expected))

        said = examine(exercise, asked.name, wrong_there).message
        assert same(pasted(said, {}), expected), said
        assert max(map(len, CALL.search(said)[1].splitlines())) <= 80


@pytest.mark.parametrize("name", exercises.names())
@pytest.mark.parametrize("number", range(3))
def test_so_can_that_of_the_whole_pass(name, number):
    exercise = exercises.find(name).public
    values, _ = visible(exercise)[number]
    expected = exercise.values_given(exercise.whole, values, {})

    def raises_there(*given):
        if same(given, expected):
            raise ArithmeticError
        at = exercise.forward(dict(zip(exercise.inputs, given, strict=True)))
        return next(g for v, g in visible(exercise) if same(v.values(), at.values()))

    said = examine(exercise, exercise.whole.name, raises_there).message
    assert "raised ArithmeticError" in said
    example = {"example": lambda: tuple(exercise.example().values())}
    assert same(pasted(said, example), expected)
    assert "backward(*example())" in said or number


@pytest.mark.parametrize("answer", ["text", np.zeros((5, 5)), np.nan])
def test_every_stage_shows_its_call(answer):
    assert CALL.search(examine(EXERCISE, "grad_w", lambda d, h: answer).message)


def test_a_short_call_takes_one_line_and_a_large_one_none():
    assert call_written("f", [0.5, np.array([1.0, -2.0])]) == "f(0.5, np.array([1.0, -2.0]))"
    assert call_written("f", [np.zeros(1000)]) == ""


def test_numbers_of_a_call_are_not_spread_over_columns():
    assert "[0.66, -0.6099999999999999]" in call_written("f", [np.array([0.66, -0.6099999999999999])])


READS = {
    "def grad_w(dL_dz, hidden):\n    return dL_dz * h": ("h", "dL_dz, hidden"),
    "def grad_w(dL_dz, hidden):\n    return [dL_dz * t for t in h]": ("h", "dL_dz, hidden"),
    "def grad_w(d, h):\n    return 2 * (z - y) * h": ("z and y", "d, h"),
    "mine = 2 * (z - y)\ndef grad_w(d, h):\n    return mine * h": ("mine", "d, h"),
}


@pytest.mark.parametrize(("source", "expected"), READS.items())
def test_a_variable_of_the_notebook_in_place_of_an_argument_is_named(notebook, source, expected):
    variables, arguments = expected
    said = examine(EXERCISE, "grad_w", notebook(source)["grad_w"]).message
    assert f"It reads {variables} of the notebook, so it is right at the notebook's numbers only.\n" in said
    assert said.endswith(f"    → How do you get {variables} from the arguments ({arguments})?")


def test_a_variable_is_named_where_the_value_is_wrong_here_too(notebook):
    said = examine(EXERCISE, "grad_w", notebook("def grad_w(d, t):\n    return -d * h")["grad_w"]).message
    assert "    It reads h of the notebook.\n" in said
    assert "How do you get" not in said


def test_what_a_function_may_read_is_not_named(notebook):
    sources = "ε = 1e-3\nN = 3", "def grad_w(d, h):\n    return np.ones(N) * ε * sigma(h) * d"
    assert "It reads" not in examine(EXERCISE, "grad_w", notebook(*sources)["grad_w"]).message


def test_a_variable_whose_shape_fits_here_only_is_named():
    exercise = exercises.find("neural_network_batch").public
    names = {"np": np, **exercise.forward(exercise.example())}
    exec("def grad_W(dE_dz, hidden):\n    return dE_dz @ H", names)
    said = examine(exercise, "grad_W", names["grad_W"]).message
    assert "raised ValueError" in said
    assert "It reads H of the notebook, so it is right at the notebook's numbers only.\n" in said
