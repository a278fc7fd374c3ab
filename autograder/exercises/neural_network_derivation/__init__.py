"""The private half of "Neural network derivation"."""

import random
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.judging.exercise import GradedExercise
from backprop_lab.model import Exercise, Values

from .gradients import GRADIENTS
from .mistakes import own_mistakes

APART = 0.2  # how far z and y are apart, as a share of their sizes
SHAPES = {"x": (2,), "y": (), "u": (3, 2), "b": (3,), "w": (3,), "c": ()}


def _number(source: random.Random) -> float:
    """Between 0.4 and 1.8 in size, of either sign: far from 0, where wrong answers agree."""
    return source.choice((-1, 1)) * (0.4 + 1.4 * source.random())


def _array(source: random.Random, shape: tuple[int, ...]) -> Any:
    return np.reshape([_number(source) for _ in range(int(np.prod(shape)))], shape)[()]


def sample(source: random.Random) -> Values:
    """Inputs to compare answers at."""
    return {letter: _array(source, shape) for letter, shape in SHAPES.items()}


def well_posed(values: Mapping[str, Any]) -> bool:
    """Whether z and y differ: else z − y loses digits in some right forms and not in others."""
    z, y = values["z"], values["y"]
    return bool(abs(z - y) >= APART * (abs(z) + abs(y)))


def graded(exercise: Exercise) -> GradedExercise:
    """The exercise with its reference."""
    return GradedExercise(exercise, GRADIENTS, sample, own_mistakes(exercise), well_posed)
