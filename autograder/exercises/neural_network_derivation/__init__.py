"""The private half of "Neural network derivation"."""

import math
import random
from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from autograder.judging.exercise import GradedExercise
from backprop_lab.model import Exercise, Values

from .gradients import GRADIENTS
from .mistakes import own_mistakes

APART = 0.2  # how far z and y are apart, as a share of their sizes
# Times the ordinary size, now and then: for large gradients, for saturated units, and for an output and
# inputs beyond any limit that an answer may have put to them.
FAR_TARGET, FAR_BIAS, WIDE_INPUT = 40, 4.5, 5.5
NARROW = 1 / 3  # of the weights of wide inputs, which would saturate every unit
SATURATED = 9.0  # beyond it a slope of σ is lost beside the others in any numerical gradient
SHAPES = {"x": (2,), "y": (), "u": (3, 2), "b": (3,), "w": (3,), "c": ()}
ENDS = list(accumulate(math.prod(shape) for shape in SHAPES.values()))
PARTS = {name: slice(*ends) for name, ends in zip(SHAPES, pairwise([0, *ENDS]), strict=True)}


def _numbers(source: random.Random) -> Any:
    """Between 0.4 and 1.8 in size, of either sign: far from 0, where wrong answers agree."""
    spread = 2.8 * np.array([source.random() for _ in range(ENDS[-1])]) - 1.4
    return spread + np.copysign(0.4, spread)


def sample(source: random.Random) -> Values:
    """Inputs to compare answers at, ordinary ones and large ones."""
    numbers = _numbers(source)
    values = {name: numbers[PARTS[name]].reshape(shape)[()] for name, shape in SHAPES.items()}
    values["y"] *= source.choice((1, FAR_TARGET, FAR_TARGET))
    values["c"] *= source.choice((1, FAR_BIAS, FAR_BIAS))
    if source.choice((False, True, True)):
        values["x"] *= WIDE_INPUT
        values["u"] *= NARROW
    return values


def well_posed(values: Mapping[str, Any]) -> bool:
    """Whether z and y differ, else z − y loses digits in some right forms and not in others; and whether
    every unit still has a slope."""
    z, y = values["z"], values["y"]
    return bool(abs(z - y) >= APART * (abs(z) + abs(y)) and np.abs(values["g"]).max() <= SATURATED)


def graded(exercise: Exercise) -> GradedExercise:
    """The exercise with its reference."""
    return GradedExercise(exercise, GRADIENTS, sample, own_mistakes(exercise), well_posed)
