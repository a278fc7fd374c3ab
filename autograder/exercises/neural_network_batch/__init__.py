"""The private half of "Neural network with a batch"."""

import random
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.judging.drawing import is_smooth, like_example
from autograder.judging.exercise import GradedExercise
from backprop_lab.model import Exercise, Values

from .gradients import GRADIENTS
from .mistakes import MISTAKES

SATURATED = 9.0  # beyond it a slope of tanh is lost beside the others in any numerical gradient
CERTAIN = 12.0  # beyond it, 1 − σ loses the digits that answers written with it need
# How large X, W and G are at most, where they are not what was drawn: for gradients and inputs beyond any
# limit that an answer may put to them, without z or the curvature of ℰ getting out of hand; and for the flat
# ends of tanh.
KINDS: tuple[Mapping[str, float], ...] = (
    {},
    *2 * ({"X": 1.0, "W": 40.0, "G": 0.1},),
    *2 * ({"X": 8.0, "G": 2.0},),
    {"G": 8.0},
)


def _to(size: float, array: Any) -> Any:
    """The same array with another size."""
    return array * (size / np.abs(array).max())


def graded(exercise: Exercise) -> GradedExercise:
    """The exercise with its reference."""
    ordinary = like_example(exercise)

    def sample(source: random.Random) -> Values:
        values, sizes = ordinary(source), source.choice(KINDS)
        values |= {letter: _to(sizes[letter], values[letter]) for letter in ("X", "W") if letter in sizes}
        times = sizes["G"] / np.abs(exercise.forward(values)["G"]).max() if sizes else 1.0
        return {**values, "U": values["U"] * times, "b": values["b"] * times}

    def well_posed(values: Mapping[str, Any]) -> bool:
        moderate = np.abs(values["G"]).max() <= SATURATED and np.abs(values["z"]).max() <= CERTAIN
        return bool(moderate) and is_smooth(exercise, values)

    return GradedExercise(exercise, GRADIENTS, sample, MISTAKES, well_posed)
