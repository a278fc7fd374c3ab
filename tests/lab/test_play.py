"""What a notebook offers for playing with: values at hand, the warm-up, lines that fit."""

import numpy as np
import pytest

import exercise
from autograder.exercises import find, names
from backprop_lab.results import WIDTH
from backprop_lab.warm_up import check_slope
from exercise import check, example, forward, upstream_gradients


def test_upstream_gradients_go_into_the_functions_and_are_no_answers(notebook):
    functions, values = notebook(), forward(*example())
    given = upstream_gradients(values)
    assert list(given) == ["dL_dz", "dL_dh", "dL_dg"]
    assert given["dL_dz"] == pytest.approx(functions["grad_z"](values["z"], values["y"]), abs=1e-7)
    assert given["dL_dg"] == pytest.approx(functions["grad_g"](given["dL_dh"], values["g"]), abs=1e-7)
    assert given["dL_dz"] != functions["grad_z"](values["z"], values["y"])


@pytest.mark.parametrize("name", names())
def test_upstream_gradients_are_those_that_the_questions_are_given(name):
    public = find(name).public
    given = {argument for q in public.questions for argument in public.arguments(q) if argument[:1] == "d"}
    lab = exercise._lab.__class__(public, {})
    assert set(lab.upstream_gradients(public.forward(public.example()))) == given


def central(f, t, step=1e-6):
    return (f(t + step) - f(t - step)) / (2 * step)


def not_yet(f, t, step=1e-6):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("slope", "said"),
    [
        (central, "✓ slope is right"),
        (not_yet, "○ slope: not answered yet."),
        (lambda f, t, step: (f(t + step) - f(t)) / step, "You moved up only. What about down?"),
        (lambda f, t, step: (f(t + step) - f(t - step)) / step, "How far apart are the two points"),
        (lambda f, t, step: 3 * t**2, "Which two points do you compare"),
        (lambda f, t, step: None, "✗ slope: "),
        (lambda f, t, step: undefined, "✗ slope: "),  # noqa: F821
    ],
)
def test_the_warm_up_says_what_it_found(slope, said, capsys, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    check_slope(slope)
    assert said in capsys.readouterr().out


def test_the_warm_up_is_silent_while_nbgrader_runs_the_notebook(monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    check_slope(not_yet)
    assert capsys.readouterr().out == ""


def test_lines_of_messages_fit_and_break_between_words(capsys, monkeypatch, notebook):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(exercise._lab, "results", {})
    for name, function in [*((q, notebook()[q]) for q in exercise.EXERCISE.asked), ("grad_u", np.outer)]:
        check(name, function)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert "Run All Cells; if they still pass, save the notebook and hand it in." in " ".join(shown.split())
