"""Further numbers of the visible check: few, and such that they tell right from wrong."""

import random
from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop_lab.model import Values

from ..judging.drawing import is_one_hot, labels_of
from ..judging.exercise import GradedExercise
from ..judging.sampling import certified_beside

MANY_DIGITS = np.pi / 3  # times a short number: one that no rounding leaves as it is
DECIMALS = 2
POOL, TRIES = 40, 10

NONE_FOUND = (
    "no numbers were found at which the visible check tells every known mistake from the right answer. Is "
    "the example's network so small, or so saturated, that different answers agree?"
)


def is_label(example: Any) -> bool:
    """Whether numbers are labels, which stay as they are."""
    return is_one_hot(example) or bool(labels_of(example))


def _short(exercise: GradedExercise, inputs: Mapping[str, Any]) -> Values:
    """The inputs, such that a person can write them: short numbers times one of many digits."""
    example = exercise.public.example()
    return {
        letter: value if is_label(example[letter]) else MANY_DIGITS * np.round(value / MANY_DIGITS, DECIMALS)
        for letter, value in inputs.items()
    }


def further_inputs(exercise: GradedExercise) -> list[Values]:
    """The inputs; raises ValueError if there are none that tell right from wrong."""
    source = random.Random(0)
    for _ in range(TRIES):
        drawn = (_short(exercise, exercise.draw(source)) for _ in range(10 * POOL))
        pool = [one for one, _ in zip(_well_posed(exercise, drawn), range(POOL), strict=False)]
        if found := certified_beside(exercise, exercise.public.example(), pool):
            return found
    raise ValueError(NONE_FOUND)


def _well_posed(exercise: GradedExercise, drawn: Any) -> Any:
    return (inputs for inputs in drawn if exercise.well_posed(exercise.public.forward(inputs)))
