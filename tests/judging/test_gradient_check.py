"""Two oracles: the reference has to agree with numerical gradients before an answer is judged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograder import exercises
from autograder.judging import gradient_check
from autograder.judging.assess import assess
from autograder.judging.gradient_check import check_answers, disagreements, numerical, relative_errors
from autograder.judging.sampling import sample_inputs, seed_for
from backprop_lab.checking import numerical_gradients
from backprop_lab.model import Exercise, Operation, Question, WholePass
from backprop_lab.validation import Status

COURSE = Path(__file__).parents[1] / "exercises" / "course"
FIRST = exercises.find("neural_network_derivation")
EXERCISES = [exercises.find(name, COURSE) for name in ("tanh_batch", *exercises.names())]
SEEDS = [seed_for(b"a secret of the tests", "assignment", f"student-{n}", b"") for n in range(40)]
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.public.name)


@each_exercise
def test_the_reference_agrees_at_every_sample(exercise):
    whole = exercise.public.whole.name
    for seed in SEEDS:
        assert not disagreements(exercise, sample_inputs(exercise, seed, whole), exercise.public.quantities)


@each_exercise
def test_a_batch_of_nudges_gives_what_one_nudge_at_a_time_gives(exercise):
    for sample in sample_inputs(exercise, SEEDS[0], exercise.public.whole.name):
        expected = numerical_gradients(exercise.public, sample.values)
        found = numerical(exercise, sample, exercise.public.quantities)
        for quantity, slope in expected.items():
            np.testing.assert_allclose(found.central[quantity], slope, rtol=1e-6, atol=1e-6)
            exact = sample.gradients[quantity]
            np.testing.assert_allclose(found.complex_step[quantity], exact, rtol=1e-13, atol=1e-14)


def with_reference(exercise, question, formula):
    return replace(exercise, gradients={**exercise.gradients, question: formula})


WRONG_REFERENCES = {
    "a factor": lambda dL_dg, x: 2 * np.outer(dL_dg, x),
    "nearly right": lambda dL_dg, x: np.outer(dL_dg, x) * (1 + 1e-9),
    "another shape": lambda dL_dg, x: np.outer(x, dL_dg),
}


@pytest.mark.parametrize("formula", WRONG_REFERENCES.values(), ids=WRONG_REFERENCES)
def test_where_the_reference_is_wrong_nobody_is_judged(formula):
    right = FIRST
    wrong = with_reference(right, "grad_u", formula)
    samples = sample_inputs(right, SEEDS[1], "backward")
    spoilt = [replace(s, gradients=wrong.backward(s.values)) for s in samples]
    for answer in (right.gradients["grad_u"], formula, lambda dL_dg, x: 0):
        verdict = assess(wrong, "grad_u", answer, spoilt, {})
        assert verdict.status is Status.NEEDS_REVIEW
        assert verdict.points(3) is None
    assert "the reference for ∂L/∂u fails the gradient check at test inputs 1." in verdict.log
    assert "complex step" in verdict.log
    assert "central differences" in verdict.log
    assert assess(wrong, "backward", lambda *a: {}, spoilt, {}).status is Status.NEEDS_REVIEW
    others = [q for q in right.gradients if q != "grad_u"]
    assert all(assess(wrong, q, right.gradients[q], spoilt, {}).share == 1 for q in others)


def test_a_verdict_says_how_far_the_answer_is_from_the_numerical_gradients():
    exercise = FIRST
    samples = sample_inputs(exercise, SEEDS[2], "backward")
    (right,) = assess(exercise, "grad_w", lambda d, h: d * h, samples, {}).checks
    assert right.gradient == "∂L/∂w"
    assert right.central < 1e-6
    assert right.complex_step < 1e-14
    (half,) = assess(exercise, "grad_z", lambda z, y: z - y, samples, {}).checks
    assert (half.central, half.complex_step) == pytest.approx((0.5, 0.5))
    (none,) = assess(exercise, "grad_w", lambda d, h: (d * h)[:, None], samples, {}).checks
    assert (none.central, none.complex_step) == (None, None)
    whole = assess(exercise, "backward", lambda *a: {"z": 1.0}, samples, {}).checks
    assert [c.gradient for c in whole] == [f"∂L/∂{q}" for q in "zwchgub"]
    assert [c.central is None for c in whole] == [False] + 6 * [True]


def test_relative_errors():
    zero, one = np.zeros(2), np.array([1.0, 0.0])
    assert relative_errors([zero, one], [zero, one]) == [0]
    assert relative_errors([np.array(1.0), np.array(3.0)], [np.array(2.0), np.array(3.0)]) == [0.5]
    assert relative_errors([np.array([1.0, -1.0])], [np.array([1.0, 1.0])]) == [2]
    assert relative_errors([np.array(0.0)], [np.array(1e-9)], [np.array(0.0)]) == [1, 0]
    assert relative_errors([np.array([8.0, 1.0])], [np.array([8.0, 5.0])]) == [0.5]


def test_answers_that_are_none_have_no_error():
    exercise = FIRST
    samples = sample_inputs(exercise, SEEDS[3], "grad_w")
    for answer in (np.full(3, np.nan), ValueError("none")):
        (found,) = check_answers(exercise, samples, ("w",), [{"w": answer}] * len(samples))
        assert (found.central, found.complex_step) == (None, None)


def test_an_operation_that_mistakes_a_batch_for_a_matrix_is_called_one_by_one():
    operation = Operation("L", lambda a, v: a @ v, ("a", "v"))  # with 3 nudges, a matrix times a vector
    exercise = Exercise(
        "product",
        (operation,),
        (Question("slope_a", "a", ("v",)), Question("slope_v", "v", ("a",))),
        WholePass("all"),
        lambda: {"a": np.array([1.0, 2.0, 3.0]), "v": np.array([0.5, -1.0, 2.0])},
    )
    assert not gradient_check._takes_batches(exercise, "L", (False, True))
    graded = exercises.GradedExercise(
        exercise, {"slope_a": lambda v: v, "slope_v": lambda a: a}, lambda source: exercise.example()
    )
    values = exercise.forward(exercise.example())
    sample = gradient_check.Sample(values, graded.backward(values))
    assert not disagreements(graded, [sample], ("a", "v"))
