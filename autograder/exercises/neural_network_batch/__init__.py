"""The private half of "Neural network with a batch"."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.judging.drawing import is_smooth, like_example
from autograder.judging.exercise import GradedExercise
from backprop_lab.model import Exercise

from .gradients import GRADIENTS
from .mistakes import MISTAKES

SATURATED = 9.0  # beyond it a slope of tanh is lost beside the others in any numerical gradient


def graded(exercise: Exercise) -> GradedExercise:
    """The exercise with its reference."""

    def well_posed(values: Mapping[str, Any]) -> bool:
        return bool(np.abs(values["G"]).max() <= SATURATED) and is_smooth(exercise, values)

    return GradedExercise(exercise, GRADIENTS, like_example(exercise), MISTAKES, well_posed)
