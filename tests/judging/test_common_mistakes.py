"""Common mistakes are made from an exercise's shapes and arguments; what is right by accident is dropped."""

import re

import numpy as np
import pytest

from autograder import exercises
from autograder.judging.exercise import GradedExercise
from autograder.judging.mistakes.known import kind
from backprop_lab.model import Exercise, Operation, Question, Upstream, WholePass

FIRST = exercises.find("neural_network_derivation")


def tiny(own=()):
    """s = p q with one entry each, L = s²: averaging over one entry is right."""
    public = Exercise(
        "tiny",
        (
            Operation("s", lambda p, q: p * q, ("p", "q")),
            Operation("L", lambda s: np.sum(s**2, axis=-1), ("s",)),
        ),
        (Question("slope_s", "s", ("s",)), Question("slope_p", "p", (Upstream("s"), "q"))),
        WholePass("all"),
        lambda: {"p": np.array([1.5]), "q": np.array([-0.7])},
    )
    gradients = {"slope_s": lambda s: 2 * s, "slope_p": lambda dL_ds, q: dL_ds * q}

    def sample(source):
        return {name: np.array([0.5 + source.random()]) for name in "pq"}

    return GradedExercise(public, gradients, sample, own)


def test_a_generated_mistake_that_is_right_here_is_dropped_and_named():
    exercise = tiny()
    dropped = {(m.question, m.name) for m in exercise.right_by_accident}
    assert {("slope_s", "averaged"), ("slope_p", "averaged"), ("slope_s", "sorted")} <= dropped
    assert not dropped & {("slope_s", "sign"), ("slope_p", "halved"), ("slope_p", "column for a vector")}
    assert "averaged" not in exercise.mistake_names
    assert "sign" in exercise.mistake_names


def test_an_own_name_replaces_the_generated_one():
    own = (*kind("turned round", "Which way?", slope_s=lambda s: -2 * s),)
    names = [m.name for m in tiny(own).mistakes_by_question["slope_s"]]
    assert "turned round" in names
    assert "sign" not in names
    assert "sign" in [m.name for m in tiny(own).mistakes_by_question["slope_p"]]


@pytest.mark.parametrize("question", FIRST.mistakes_by_question)
def test_every_question_has_its_common_mistakes(question):
    names = {m.name for m in FIRST.mistakes_by_question[question]}
    assert {"sign", "notebook variable", "halved", "never filled", "learning rate"} - names <= {"halved"}
    if question != "grad_z":
        assert {"upstream forgotten", "upstream squared", "factor 2 twice"} <= names


@pytest.mark.parametrize("mistake", FIRST.mistakes, ids=lambda m: f"{m.question}: {m.name}")
def test_a_hint_asks_and_tells_no_formula(mistake):
    assert "?" in mistake.hint
    assert not re.search(r"\d\.\d|np\.|\*|dL_d", mistake.hint)
    assert "{" not in mistake.hint + mistake.plainer
    assert not re.search(r"\d\.\d|np\.|\*|dL_d|∂L/∂. =", mistake.plainer)
    assert mistake.plainer.endswith("?")


def test_the_names_that_a_policy_may_use_are_still_there():
    earlier = {
        "column for a vector", "row for a vector", "summed", "summed over the hidden units",
        "summed over the inputs", "transposed", "reshaped instead of transposed", "flattened",
        "Jacobian not multiplied", "one entry for each hidden unit", "sign", "upstream forgotten",
        "upstream added", "factor 2 missing", "sign and factor 2", "factor 2 twice", "averaged",
        "upstream squared", "loss for its derivative", "square kept", "sum for difference",
        "target forgotten", "slope of the absolute value", "the other factor", "times the bias", "g for h",
        "σ′ too early", "taken for a constant", "x forgotten", "inputs swapped", "σ for σ′", "only 1 − σ",
        "σ′ at h", "g(1 − g)", "tanh′", "1 − σ²", "σ²", "(1 − σ)²", "σ(1 + σ)", "ReLU′", "σ′ forgotten",
        "notebook variable", "finite difference",
    }  # fmt: skip
    assert earlier <= FIRST.mistake_names
