"""Inputs of a forward pass, drawn after its example: for an exercise that has none of its own."""

import math
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np

from backprop_lab.model import Exercise, Operation, Values

from . import shapes

# Of a number beside the size of the example's: far from 0, where wrong answers agree.
LEAST, SPREAD = 0.4, 1.4
NUDGE, TINY = 1e-4, 1e-30  # ten times the step of the gradient check, and the complex step
NUDGES = (1j * TINY, NUDGE, -NUDGE)
SMOOTH, ROUNDED = 1e-5, 1e-9  # how far two slopes may be apart, beside the slope and beside the value
DIRECTIONS = 2  # in one, errors may cancel
FLAT = 1e-3  # a loss that is small beside what it is made from has no slopes that central differences find
TIMES = (0.3, 1.0, 1.0, 3.0, 9.0)  # its size, now and then
FEWER, MORE = 2, 4  # than in the example may be of what varies

Draw = Callable[[random.Random, Mapping[str, int]], Values]
Maker = Callable[[random.Random, tuple[int, ...]], Any]


def _numbers(source: random.Random, shape: tuple[int, ...], signs: tuple[int, ...]) -> Any:
    count = math.prod(shape)
    numbers = [source.choice(signs) * (LEAST + SPREAD * source.random()) for _ in range(count)]
    return np.reshape(numbers, shape)[()]


def _one_of(source: random.Random, shape: tuple[int, ...], choices: Any) -> Any:
    """Labels, each kind at least once where there are so many."""
    count = int(np.prod(shape))
    labels = [*choices, *(source.choice(choices) for _ in range(count))][:count]
    source.shuffle(labels)
    return np.reshape(labels, shape)


def _one_hot(source: random.Random, shape: tuple[int, ...]) -> Any:
    count, classes = shape
    return np.eye(classes)[_one_of(source, (count,), list(range(classes)))]


def is_one_hot(array: Any) -> bool:
    """Whether each row has a single 1 and is 0 elsewhere."""
    return bool(np.ndim(array) == 2 and np.isin(array, (0, 1)).all() and (np.sum(array, axis=1) == 1).all())


def labels_of(array: Any) -> list[float]:
    """The two labels that an array consists of: 0 and 1, or −1 and 1; none if it holds other numbers."""
    found = np.unique(array).tolist()
    return found if np.size(array) > 1 and found in ([0, 1], [-1, 1]) else []


def _like(example: Any, positive: bool) -> Maker:
    """What draws arrays of the kind of the example's."""
    if is_one_hot(example):
        return _one_hot
    if labels := labels_of(example):
        return partial(_one_of, choices=labels)
    usual = float(np.sqrt(np.mean(np.square(example)))) or 1.0
    signs = (1,) if positive else (1, -1)
    return lambda source, shape: usual * source.choice(TIMES) * _numbers(source, shape, signs)


def drawer(exercise: Exercise, positive: Collection[str] = ()) -> Draw:
    """A function that draws inputs of given sizes: labels like those of the example, numbers of its size and
    of either sign, those that are `positive` of that sign only."""
    named = shapes.declared(exercise)

    @cache
    def makers() -> Mapping[str, Maker]:
        return {letter: _like(value, letter in positive) for letter, value in exercise.example().items()}

    def draw(source: random.Random, sizes: Mapping[str, int]) -> Values:
        return {letter: make(source, shapes.sized(named[letter], sizes)) for letter, make in makers().items()}

    return draw


def like_example(exercise: Exercise, positive: Collection[str] = ()) -> Callable[[random.Random], Values]:
    """A function that draws inputs after the example, the sizes that have a name among them."""
    draw, usual = drawer(exercise, positive), shapes.example_sizes(exercise)

    def sample(source: random.Random) -> Values:
        sizes = {name: source.randint(max(2, size - FEWER), size + MORE) for name, size in usual.items()}
        return draw(source, sizes)

    return sample


@lru_cache(maxsize=256)
def _steps(given: tuple[tuple[int, ...], ...]) -> Sequence[Sequence[Sequence[Any]]]:
    """Steps from inputs of these shapes: in each direction those of NUDGES, each of them for all inputs."""
    noise = np.random.default_rng(0)
    directions = [
        [noise.choice((-1, 1), shape) * noise.uniform(0.5, 1, shape) for shape in given]
        for _ in range(DIRECTIONS)
    ]
    return [[[nudge * d for d in direction] for nudge in NUDGES] for direction in directions]


def _is_smooth_in(operation: Operation, given: Sequence[Any]) -> bool:
    """Whether an operation has a slope at these inputs that central differences find, too."""
    for steps in _steps(tuple(map(np.shape, given))):
        imaginary, up, down = (
            np.asarray(operation.function(*(v + s for v, s in zip(given, step, strict=True))))
            for step in steps
        )
        exact, central = np.imag(imaginary) / TINY, (up - down) / (2 * NUDGE)
        allowed = SMOOTH * np.abs(exact).max() + ROUNDED * np.abs(up).max()
        if not np.abs(exact - central).max() <= allowed:  # nor where one is no number
            return False
    return True


def is_smooth(exercise: Exercise, values: Mapping[str, Any]) -> bool:
    """Whether every quantity of a forward pass is finite, no operation has a kink or a pole nearby, and the
    loss is not all but 0: there a numerical gradient is none."""
    if not all(np.isfinite(value).all() for value in values.values()):
        return False
    if abs(values[exercise.loss]) < FLAT * max(np.abs(values[i]).max() for i in exercise.graph[-1].inputs):
        return False
    with np.errstate(all="ignore"):
        return all(_is_smooth_in(o, [values[letter] for letter in o.inputs]) for o in exercise.graph)
