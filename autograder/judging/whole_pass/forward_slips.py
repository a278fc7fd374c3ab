"""Slips in a student's own forward pass: networks that are nearly the exercise's.

A backward pass that is right for one of them and wrong for the exercise has one slip: in its forward pass.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Operation, Question, Upstream

from ..exercise import GradedExercise
from ..gradient_check import IMAGINARY_STEP

Formula = Callable[..., Any]

OF_AN_INPUT: tuple[Formula, ...] = (
    np.zeros_like, np.ones_like, np.negative, np.flip, lambda a: 2 * a, lambda a: a / 2,
)  # fmt: skip
OF_THE_OUTPUT: tuple[Formula, ...] = (np.negative, lambda a: 2 * a, lambda a: a / 2, lambda a: 2 * a - 1)
ACTIVATIONS: tuple[Formula, ...] = (  # of real and complex arrays
    lambda a: a, np.tanh, np.sin, lambda a: 1 / (1 + np.exp(-a)), lambda a: a * (np.real(a) > 0),
)  # fmt: skip


@dataclass(frozen=True)
class Nearly:
    """Networks that differ from the exercise's in how they compute one quantity, all in the same way: the
    slope there may be that of the exercise, or of what is computed."""

    quantity: str
    networks: Sequence[GradedExercise]


def _changes(operation: Operation) -> Iterator[Formula]:
    """Other functions of the same inputs."""
    right, count = operation.function, len(operation.inputs)
    for place in range(count):
        for change in OF_AN_INPUT:
            yield lambda *a, p=place, c=change: right(*(c(v) if i == p else v for i, v in enumerate(a)))
    for change in OF_THE_OUTPUT:
        yield lambda *a, c=change: c(right(*a))
    if count == 1:
        yield from ACTIVATIONS


def _in_its_output(right: Formula, slope: Formula, at: Any) -> Any:
    """The polynomial of degree 2 that gives the slope of a function from its value, which those of σ and
    tanh are; None if there is none."""
    try:
        values, slopes = np.ravel(right(at)), np.ravel(slope(np.ones_like(at), at))
    except ValueError:  # it is not computed entry by entry
        return None
    found = np.polynomial.Polynomial.fit(values, slopes, 2).convert()
    return found if np.allclose(found(values), slopes, rtol=0, atol=tolerance.EQUIVALENT) else None


def _slopes(operation: Operation, slope: Formula, wrong: Formula, example: Any) -> Iterator[Formula]:
    """What people write for the slope of a function of one input that they computed wrong: the right one from
    the input, the right one from the output that they have, or the slope of what they computed."""
    yield slope
    at = np.linspace(-2, 2, 7).reshape((7,) + (1,) * np.ndim(example)) * np.ones_like(example)
    if polynomial := _in_its_output(operation.function, slope, at):
        yield lambda upstream, a: upstream * polynomial(wrong(a))
    yield lambda upstream, a: upstream * np.imag(wrong(a + 1j * IMAGINARY_STEP)) / IMAGINARY_STEP


def _question_through(exercise: GradedExercise, operation: Operation) -> Question | None:
    """The question that goes back through an operation of one input."""
    wanted = (Upstream(operation.output), *operation.inputs)
    return next((q for q in exercise.public.questions if q.given == wanted), None)


def _with(exercise: GradedExercise, operation: Operation, wrong: Formula) -> Nearly:
    public = exercise.public
    graph = tuple(replace(o, function=wrong) if o is operation else o for o in public.graph)
    network = replace(exercise, public=replace(public, graph=graph))
    asked = _question_through(exercise, operation)
    if asked is None:
        return Nearly(operation.output, [network])
    example = public.forward(public.example())[operation.inputs[0]]
    slopes = _slopes(operation, exercise.gradients[asked.name], wrong, example)
    gradients = [{**exercise.gradients, asked.name: slope} for slope in slopes]
    return Nearly(operation.output, [replace(network, gradients=g) for g in gradients])


def _matters(exercise: GradedExercise, quantity: str) -> bool:
    """Whether a slip in a quantity would show in more than one question."""
    values = exercise.public.forward(exercise.public.example())
    moved = exercise.public.moved(values, quantity, values[quantity] + 1)
    changed = {letter for letter, value in values.items() if not np.array_equal(value, moved[letter])}
    return sum(any(given in changed for given in q.given) for q in exercise.public.questions) > 1


def _computes(operation: Operation, wrong: Formula, exercise: GradedExercise) -> bool:
    """Whether a change of the function still gives an array of the same shape."""
    values = exercise.public.forward(exercise.public.example())
    try:
        made = wrong(*(values[letter] for letter in operation.inputs))
    except ValueError:
        return False
    return np.shape(made) == np.shape(values[operation.output])


@lru_cache(maxsize=8)
def nearly(exercise: GradedExercise) -> Sequence[Nearly]:
    """All networks with one slip in their forward pass, where that would cost more than one entry."""
    operations = [o for o in exercise.public.graph if _matters(exercise, o.output)]
    changes = ((o, wrong) for o in operations for wrong in _changes(o) if _computes(o, wrong, exercise))
    return [_with(exercise, operation, wrong) for operation, wrong in changes]
