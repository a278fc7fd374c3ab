"""Answers that are right to a few digits only, and what they show of how they were made.

A numerical slope is named only by the pattern of its own error at its own step, everywhere: rounding, a small
ε or few digits inside are no less nearly right, and nobody is accused of what is not shown.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Question, Upstream

from .exercise import GradedExercise
from .mistakes import hints
from .mistakes.known import Mistake

STEPS = tuple(factor * 10.0**-power for power in range(1, 8) for factor in (1, 2, 5))
SIDES = ((0, -1), (1, 0), (1, -1))  # backward, forward and central differences
LARGEST_ERROR = 0.2  # of a numerical slope that is looked for, as a share of the slope
PATTERN = 0.02  # how well an error has to follow a pattern, as a share of its size

Case = tuple[Sequence[Any], Any, Any]  # the arguments, the answer, the right answer
Weighed = Callable[[Any], Any]  # the loss that the upstream gradients stand for, from the quantity


def _weighed(exercise: GradedExercise, question: Question, arguments: Sequence[Any]) -> tuple[Weighed, Any]:
    """What the upstream gradients give to a change of the quantity, and where the quantity is.

    What is not given does not matter: of a linear step no difference is wrong.
    """
    public = exercise.public
    pairs = list(zip(question.given, arguments, strict=True))
    values = public.forward(public.example())
    values |= {given: a for given, a in pairs if isinstance(given, str)}
    upstream = {given.of: a for given, a in pairs if isinstance(given, Upstream)} or {public.loss: 1.0}
    operations = [o for o in public.graph if o.output in upstream and question.wrt in o.inputs]

    def weighed(at: Any) -> Any:
        moved = {**values, question.wrt: at}
        return sum(np.sum(upstream[o.output] * o.function(*(moved[i] for i in o.inputs))) for o in operations)

    return weighed, np.asarray(values[question.wrt], dtype=float)


def _differences(weighed: Weighed, at: Any, step: float) -> Iterator[Any]:
    """The slopes by backward, forward and central differences with a step."""
    moved = {}
    for side in (-1, 0, 1):
        moved[side] = np.empty(at.shape)
        for entry in np.ndindex(at.shape):
            nudge = np.zeros(at.shape)
            nudge[entry] = side * step
            moved[side][entry] = weighed(at + nudge)
    for high, low in SIDES:
        yield (moved[high] - moved[low]) / ((high - low) * step)


def _is_difference(exercise: GradedExercise, question: Question, cases: Sequence[Case]) -> bool:
    """Whether one step and one kind of difference explain all answers; raises ValueError where what is not
    given has another shape than it would need."""
    left = set(product(STEPS, SIDES))
    for arguments, answer, right in cases:
        weighed, at = _weighed(exercise, question, arguments)
        for step in {step for step, _ in left}:
            for side, slope in zip(SIDES, _differences(weighed, at, step), strict=True):
                if not _has_its_error(answer, right, slope, tolerance.scale(right, arguments)):
                    left.discard((step, side))
    return bool(left)


def _has_its_error(answer: Any, right: Any, slope: Any, scale: float) -> bool:
    """Whether an answer errs as a numerical slope does, by more than rounding explains."""
    error = np.abs(slope - right).max()
    return bool(error > tolerance.ROUNDING * scale) and tolerance.near(answer, slope, PATTERN * error)


def _may_be_difference(exercise: GradedExercise, question: Question, cases: Sequence[Case]) -> bool:
    try:
        return _is_difference(exercise, question, cases)
    except ValueError:  # only in linear steps, where a difference is as good as a formula
        return False


def _may_be_near(cases: Sequence[Case]) -> bool:
    """Whether it is worth looking: each slope costs many evaluations of the forward pass."""
    return all(tolerance.near(a, right, LARGEST_ERROR * np.abs(right).max()) for _, a, right in cases)


def recognise_digits(
    exercise: GradedExercise, question: Question, cases: Sequence[Case]
) -> tuple[Mistake, ...]:
    """Why wrong answers are right to a few digits; empty if they are not."""
    _, answers, rights = zip(*cases, strict=True)
    if tolerance.are_rounded(answers, rights):
        found = hints.ROUNDED
    elif _may_be_near(cases) and _may_be_difference(exercise, question, cases):
        found = hints.FINITE_DIFFERENCE
    elif tolerance.are_nearly_right(answers, rights):
        found = hints.NEARLY_RIGHT
    else:
        return ()
    return (Mistake(question.name, found.name, found.hint, exercise.gradients[question.name]),)
