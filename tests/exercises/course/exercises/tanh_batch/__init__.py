"""The private half of the tests' own exercise."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.judging.exercise import GradedExercise
from autograder.judging.mistakes.known import kind
from backprop_lab.model import Exercise, Values


def _number(source: random.Random) -> float:
    return source.choice((-1, 1)) * (0.4 + 1.4 * source.random())


def _array(source: random.Random, *shape: int, times: float = 1.0) -> Any:
    return times * np.reshape([_number(source) for _ in range(int(np.prod(shape)))], shape)[()]


def sample(source: random.Random) -> Values:
    """Inputs with batches of different sizes, and labels of both kinds."""
    count = source.choice((3, 4, 5))
    labels = [1.0, -1.0, *(source.choice((1.0, -1.0)) for _ in range(count - 2))]
    return {
        "X": _array(source, count, 2),
        "y": np.array(labels),
        "U": _array(source, 3, 2, times=0.5),
        "b": _array(source, 3),
        "w": _array(source, 3, times=0.7),
        "c": _number(source),
    }


GRADIENTS: dict[str, Callable[..., Any]] = {
    "slope_z": lambda z, y: -y / (1 + np.exp(y * z)) / len(y),
    "slope_w": lambda dL_dz, H: H.T @ dL_dz,
    "slope_c": lambda dL_dz: np.sum(dL_dz),
    "slope_H": lambda dL_dz, w: np.outer(dL_dz, w),
    "slope_G": lambda dL_dH, G: dL_dH * (1 - np.tanh(G) ** 2),
    "slope_U": lambda dL_dG, X: dL_dG.T @ X,
    "slope_b": lambda dL_dG: np.sum(dL_dG, axis=0),
}
MISTAKES = (
    *kind("mean forgotten", "How many examples does the loss average over?",
          slope_z=lambda z, y: -y / (1 + np.exp(y * z))),
    *kind("tanh for tanh′", "Is this the value of tanh, or its slope?",
          slope_G=lambda dL_dH, G: dL_dH * np.tanh(G)),
    *kind("mean for sum", "Does every example pull at this quantity with its full gradient?",
          slope_c=lambda dL_dz: np.mean(dL_dz), slope_b=lambda dL_dG: np.mean(dL_dG, axis=0)),
)  # fmt: skip


def graded(exercise: Exercise) -> GradedExercise:
    """The exercise with its reference."""
    return GradedExercise(exercise, GRADIENTS, sample, MISTAKES)
