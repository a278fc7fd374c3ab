"""The second oracle: numerical gradients of the forward pass, at every test input.

The reference has to agree with them before an answer is compared with it, and every answer is compared
with them, too. Two methods: the complex step, which is exact to rounding, and central differences, as
they are taught. The nudges of all quantities go through the graph as one batch; an operation that takes no
batches is called for one nudge after another.

Sources: Squire and Trapp, Using complex variables to estimate derivatives of real functions, SIAM
Review 40 (1998); the relative error is that of Stanford's course CS231n, of whole arrays.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Exercise, Operation, Values

from .exercise import GradedExercise
from .sample import Sample
from .verdict import GradientCheck

STEP, IMAGINARY_STEP = 1e-5, 1e-30
BATCHES = (1, 2, 3, 4, 5, 7, 12)  # sizes with which it is tried whether an operation takes a batch

DISAGREES = (
    "{exercise}: the reference for {gradient} fails the gradient check at test inputs {number}.\n"
    "    reference            {reference}\n"
    "    complex step         {complex_step}\n"
    "    central differences  {central}"
)


@dataclass(frozen=True)
class Numerical:
    """The numerical gradients of the loss at one sample, by letter."""

    central: Values
    complex_step: Values


# Many nudges at once


def _one_by_one(operation: Operation, given: Sequence[Any], moved: Sequence[bool], count: int) -> Any:
    """What an operation makes of each entry of a batch of its moved inputs."""
    function = operation.function
    pairs = list(zip(given, moved, strict=True))
    return np.array([function(*(a[i] if m else a for a, m in pairs)) for i in range(count)])


def _agrees(operation: Operation, given: Sequence[Any], moved: tuple[bool, ...], count: int) -> bool:
    """Whether an operation makes the same of a batch of this size as of its entries one by one."""
    random = np.random.default_rng(count)

    def several(value: Any) -> Any:
        noise = random.normal(size=(2, count, *np.shape(value)))
        return np.asarray(value) + 0.1 * (noise[0] + 1j * noise[1])

    batch = [several(a) if m else a for a, m in zip(given, moved, strict=True)]
    expected = _one_by_one(operation, batch, moved, count)
    try:
        found = np.asarray(operation.function(*batch))
    except (ValueError, TypeError, IndexError):
        return False
    return found.shape == expected.shape and bool(np.allclose(found, expected, rtol=1e-12, atol=1e-12))


@lru_cache(maxsize=256)
def _takes_batches(exercise: Exercise, output: str, moved: tuple[bool, ...]) -> bool:
    """Whether an operation takes a leading axis of any size in these of its inputs."""
    values = exercise.forward(exercise.example())
    operation = next(o for o in exercise.graph if o.output == output)
    given = [values[letter] for letter in operation.inputs]
    return all(_agrees(operation, given, moved, count) for count in BATCHES)


@lru_cache(maxsize=64)
def _steps(
    exercise: Exercise, quantities: tuple[str, ...]
) -> Sequence[tuple[Operation, tuple[bool, ...], bool]]:
    """The operations that make something else when these quantities move: which of their inputs move with
    them, and whether they take a batch in these."""
    moving, found = set(quantities), []
    for operation in exercise.graph:
        moved = tuple(letter in moving for letter in operation.inputs)
        if any(moved):
            moving.add(operation.output)
            found.append((operation, moved, _takes_batches(exercise, operation.output, moved)))
    return found


@lru_cache(maxsize=64)
def _nudges(
    shapes: tuple[tuple[str, tuple[int, ...]], ...],
) -> tuple[dict[str, slice], dict[str, Any]]:
    """For each quantity its rows in one batch, and what is added to it there: an imaginary step, a step up
    and a step down for each of its entries."""
    steps = (1j * IMAGINARY_STEP, STEP, -STEP)
    sizes = {name: int(np.prod(shape)) for name, shape in shapes}
    total, start = len(steps) * sum(sizes.values()), 0
    rows, added = {}, {}
    for name, shape in shapes:
        rows[name] = slice(start, start + len(steps) * sizes[name])
        start = rows[name].stop
        added[name] = np.zeros((total, sizes[name]), dtype=complex)
        added[name][rows[name]] = np.concatenate([step * np.eye(sizes[name]) for step in steps])
        added[name] = added[name].reshape(total, *shape)
    return rows, added


def _losses(exercise: Exercise, values: Mapping[str, Any], added: Mapping[str, Any]) -> Any:
    """The loss for each row of a batch in which every quantity is moved by what is `added` to it."""
    found = {**values, **{name: values[name] + nudges for name, nudges in added.items()}}
    for operation, moved, takes_batches in _steps(exercise, tuple(added)):
        given = [found[letter] for letter in operation.inputs]
        if takes_batches:
            made = operation.function(*given)
        else:
            made = _one_by_one(operation, given, moved, len(next(iter(added.values()))))
        found[operation.output] = made + added.get(operation.output, 0)
    return found[exercise.loss]


@lru_cache(maxsize=128)
def numerical(exercise: GradedExercise, sample: Sample, quantities: tuple[str, ...]) -> Numerical:
    """The numerical gradients at a sample with respect to these quantities."""
    public, values = exercise.public, sample.values
    shapes = {name: np.shape(values[name]) for name in quantities}
    rows, added = _nudges(tuple(shapes.items()))
    losses = _losses(public, values, added)
    central, complex_step = {}, {}
    for name, shape in shapes.items():
        imaginary, up, down = losses[rows[name]].reshape(3, *shape)
        central[name] = (up - down).real / (2 * STEP)
        complex_step[name] = imaginary.imag / IMAGINARY_STEP
    return Numerical(central, complex_step)


# The reference


def _flat(arrays: Sequence[Any]) -> Any:
    return np.concatenate(arrays, axis=None)


def _size(exercise: GradedExercise, sample: Sample) -> float:
    """The scale of a sample: of its gradients, and of the loss that central differences subtract."""
    sizes = _flat([*sample.gradients.values(), sample.values[exercise.public.loss]])
    return float(np.abs(sizes).max())


def _distance(one: Any, other: Any) -> float:
    return float(np.abs(one - other).max()) if np.shape(one) == np.shape(other) else np.inf


def _disagreements_at(
    exercise: GradedExercise, sample: Sample, quantities: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The quantities whose reference fails the gradient check at a sample, each with what differs."""
    size, slopes = _size(exercise, sample), numerical(exercise, sample, quantities)
    for quantity in quantities:
        reference = sample.gradients[quantity]
        exact, central = slopes.complex_step[quantity], slopes.central[quantity]
        agrees = _distance(reference, exact) <= tolerance.COMPLEX_STEP * size
        if not agrees or _distance(reference, central) > tolerance.CENTRAL * size:
            values = {"reference": reference, "complex_step": exact, "central": central}
            yield quantity, {name: np.asarray(value).tolist() for name, value in values.items()}


def disagreements(
    exercise: GradedExercise, samples: Sequence[Sample], quantities: tuple[str, ...]
) -> dict[str, str]:
    """Those of the quantities whose reference fails the gradient check, each with what differs first, in
    words."""
    found: dict[str, str] = {}
    for number, sample in enumerate(samples, 1):
        for quantity, values in _disagreements_at(exercise, sample, quantities):
            gradient = exercise.public.gradient(quantity)
            words = {"exercise": exercise.public.name, "gradient": gradient, "number": number, **values}
            found.setdefault(quantity, DISAGREES.format(**words))
    return found


# An answer


def relative_errors(answers: Sequence[Any], *oracles: Sequence[Any]) -> list[float]:
    """For each oracle the largest |answer − slope| / max(|answer|, |slope|) of all pairs of arrays, 0 where
    both are 0; the size |…| of an array is that of its largest entry."""
    starts = [0, *accumulate(map(np.size, answers[:-1]))]
    answer, slope = _flat(answers), np.array([_flat(slopes) for slopes in oracles])
    sizes, distances = np.maximum(np.abs(answer), np.abs(slope)), np.abs(answer - slope)
    largest, error = np.maximum.reduceat([sizes, distances], starts, axis=-1)
    found: list[float] = np.max(error / np.where(largest == 0, 1, largest), axis=-1).tolist()
    return found


def check_answers(
    exercise: GradedExercise,
    samples: Sequence[Sample],
    quantities: tuple[str, ...],
    answers: Sequence[Mapping[str, Any]],
) -> tuple[GradientCheck, ...]:
    """How far the answers at the samples, by quantity, are from the numerical gradients there."""
    slopes = [numerical(exercise, sample, quantities) for sample in samples]
    return tuple(_check(exercise, quantity, slopes, answers) for quantity in quantities)


def _check(
    exercise: GradedExercise,
    quantity: str,
    slopes: Sequence[Numerical],
    answers: Sequence[Mapping[str, Any]],
) -> GradientCheck:
    gradient = exercise.public.gradient(quantity)
    central = [one.central[quantity] for one in slopes]
    own = [answer[quantity] for answer in answers]
    if any(not isinstance(a, np.ndarray) or a.shape != c.shape for a, c in zip(own, central, strict=True)):
        return GradientCheck(gradient, None, None)
    if not np.isfinite(_flat(own)).all():
        return GradientCheck(gradient, None, None)
    exact = [one.complex_step[quantity] for one in slopes]
    return GradientCheck(gradient, *relative_errors(own, central, exact))
