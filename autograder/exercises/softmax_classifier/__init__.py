"""The private half of "Softmax classifier"."""

import random
from collections.abc import Mapping
from typing import Any

from autograder.judging.drawing import is_smooth, like_example
from autograder.judging.exercise import GradedExercise
from backprop_lab.model import Exercise, Values

from .gradients import GRADIENTS
from .mistakes import MISTAKES

# Times the ordinary inputs, now and then: for slopes that are steep without certain probabilities.
WIDE = 20.0
# Added to all scores, now and then, which leaves the probabilities as they are: a limit to scores would show.
SHIFTS = (-12.0, 0.0, 0.0, 0.0, 0.0, 12.0)
UNLIKELY = 0.02  # a class with less has a logarithm too steep for central differences


def graded(exercise: Exercise) -> GradedExercise:
    """The exercise with its reference."""
    ordinary = like_example(exercise)

    def sample(source: random.Random) -> Values:
        values, times = ordinary(source), source.choice((1.0, WIDE))
        shift = source.choice(SHIFTS)
        return {**values, "X": values["X"] * times, "W": values["W"] / times, "b": values["b"] + shift}

    def well_posed(values: Mapping[str, Any]) -> bool:
        return bool(values["P"][values["Y"] == 1].min() >= UNLIKELY) and is_smooth(exercise, values)

    return GradedExercise(exercise, GRADIENTS, sample, MISTAKES, well_posed)
