"""Answers by differences of the loss: what the check calls right gets full marks from everybody's inputs."""

from itertools import product

import numpy as np
import pytest

from autograder import exercises
from autograder.judging.assess import assess
from autograder.judging.sampling import sample_inputs, seed_for
from backprop_lab.checking import examine
from backprop_lab.model import Upstream
from exercise import EXERCISE, loss

pytestmark = pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")  # a step may leave P > 0

SEEDS = [seed_for(b"a secret of the tests", "assignment", f"student-{n}", b"") for n in range(6)]
STEPS = (1e-7, 1e-6, 1e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2, 5e-2, 0.1, 1.0)
SIDES = ((1, -1), (1, 0), (0, -1))  # central, forward and backward differences
ALL = [(name, q.name) for name in exercises.names() for q in exercises.find(name).public.questions]


def difference(f, at, step, side):
    high, low = side
    slope = np.empty(np.shape(at))
    for entry in np.ndindex(slope.shape):
        nudge = np.zeros(slope.shape)
        nudge[entry] = step
        slope[entry] = (f(at + high * nudge) - f(at + low * nudge)) / ((high - low) * step)
    return slope[()]


def answer_by_differences(exercise, question, step, side, from_zero):
    """The slopes of what the upstream gradients make of the step; what is not given is the example's."""

    def answer(*arguments):
        pairs = list(zip(question.given, arguments, strict=True))
        values = exercise.forward(exercise.example()) | {g: a for g, a in pairs if isinstance(g, str)}
        upstream = {g.of: a for g, a in pairs if isinstance(g, Upstream)} or {exercise.loss: 1.0}
        steps = [o for o in exercise.consumers(question.wrt) if o.output in upstream]

        def reached(at):
            moved = {**values, question.wrt: at}
            return sum(np.sum(upstream[o.output] * o.function(*(moved[i] for i in o.inputs))) for o in steps)

        at = values[question.wrt]
        return difference(reached, 0 * at if from_zero else at, step, side)

    return answer


@pytest.mark.parametrize(("name", "asked"), ALL)
def test_differences_that_pass_the_check_get_full_marks(name, asked):
    graded = exercises.find(name)
    question = graded.public.asked[asked]
    samples = [sample_inputs(graded, seed, asked) for seed in SEEDS]
    for step, side, from_zero in product(STEPS, SIDES, (False, True)):
        answer = answer_by_differences(graded.public, question, step, side, from_zero)
        if examine(graded.public, asked, answer).status == "right":
            shares = [assess(graded, asked, answer, one, {}).share for one in samples]
            assert shares == [1] * len(SEEDS), (step, side, from_zero)


@pytest.mark.parametrize("name", exercises.names())
@pytest.mark.parametrize("step", STEPS)
def test_differences_of_the_loss_are_no_backward_pass(name, step):
    exercise = exercises.find(name).public

    def backward(*inputs):
        at = exercise.forward(dict(zip(exercise.inputs, inputs, strict=True)))
        return {
            q: difference(lambda t: exercise.loss_when(at, q, t), at[q], step, (1, -1))  # noqa: B023
            for q in exercise.quantities
        }

    assert examine(exercise, exercise.whole.name, backward).status == "wrong"


@pytest.mark.parametrize("step", [1e-7, 1e-6, 1e-3])
def test_a_linear_step_from_zero_is_exact_for_the_check_and_the_grader(step):
    def grad_b(dL_dg):
        return difference(lambda b: np.sum(dL_dg * b), np.zeros(3), step, (1, -1))

    graded = exercises.find(EXERCISE.name)
    assert examine(EXERCISE, "grad_b", grad_b).status == "right"
    samples = [sample_inputs(graded, seed, "grad_b") for seed in SEEDS]
    assert all(assess(graded, "grad_b", grad_b, one, {}).share == 1 for one in samples)


def test_the_digits_that_are_right_are_told():
    said = examine(EXERCISE, "grad_z", lambda z, y: (loss(z + 1e-5, y) - loss(z - 1e-5, y)) / 2e-5).message
    assert " digits of the gradient; a derivation has 15.\n" in said
    assert "    → It is right to a few digits only." in said
    assert " 1 times the gradient" not in said
