"""Mistakes that belong to this network: its squared loss, its linear output, its logistic units."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograder.judging.common_mistakes import Mistake, kind
from backprop_lab.model import Exercise

from .gradients import sigma, sigma_prime

SHAPES = (
    *kind(
        "summed over the hidden units",
        "Which indices does an entry of u have, and which of them is left in your answer?",
        grad_u=lambda d, x: np.sum(d) * x,
    ),
    *kind(
        "summed over the inputs",
        "Which indices does an entry of u have, and which of them is left in your answer?",
        grad_u=lambda d, x: d * np.sum(x),
    ),
    *kind(
        "transposed",
        "Which index of u counts the hidden units, the first or the second?",
        grad_u=lambda d, x: np.outer(x, d),
    ),
    *kind(
        "one entry for each hidden unit",
        "How many entries does c have?",
        grad_c=lambda d: d * np.ones(3),
    ),
)

LOSS = (
    *kind(
        "factor 2 missing",
        "What is the derivative of t²?",
        grad_z=lambda z, y: z - y,
    ),
    *kind(
        "sign and factor 2",
        "What is the derivative of t²? And does L grow or shrink when z grows beyond y?",
        grad_z=lambda z, y: y - z,
    ),
    *kind(
        "loss for its derivative",
        "Is this the loss itself, or how fast it changes with z?",
        grad_z=lambda z, y: (z - y) ** 2,
    ),
    *kind(
        "square kept",
        "Which power is left when a square is differentiated?",
        grad_z=lambda z, y: 2 * (z - y) ** 2,
    ),
    *kind(
        "sum for difference",
        "How does L compare z and y: where is L smallest?",
        grad_z=lambda z, y: 2 * (z + y),
    ),
    *kind(
        "target forgotten",
        "Where is L smallest, and what should its slope be there?",
        grad_z=lambda z, y: 2 * z,
    ),
    *kind(
        "slope of the absolute value",
        "Is the loss a square or an absolute value?",
        grad_z=lambda z, y: np.sign(z - y),
    ),
)

LOGISTIC = (
    *kind(
        "σ for σ′",
        "Is this the value of σ, or its slope?",
        grad_g=lambda d, g: d * sigma(g),
    ),
    *kind(
        "only 1 − σ",
        "The slope of σ has two factors: which one is missing?",
        grad_g=lambda d, g: d * (1 - sigma(g)),
    ),
    *kind(
        "σ′ at h",
        "Where is σ′ to be evaluated: at the input or at the output of σ?",
        grad_g=lambda d, g: d * sigma_prime(sigma(g)),
    ),
    *kind(
        "g(1 − g)",
        "The formula of σ′ is written with σ: what did you put in its place?",
        grad_g=lambda d, g: d * g * (1 - g),
    ),
    *kind(
        "tanh′",
        "Which activation function does this network have, and which one's slope is this?",
        grad_g=lambda d, g: d * (1 - np.tanh(g) ** 2),
    ),
    *kind(
        "1 − σ²",
        "Which activation function has a slope that is written with a square?",
        grad_g=lambda d, g: d * (1 - sigma(g) ** 2),
    ),
    *kind(
        "σ²",
        "The slope of σ has two factors: are they the same?",
        grad_g=lambda d, g: d * sigma(g) ** 2,
    ),
    *kind(
        "(1 − σ)²",
        "The slope of σ has two factors: are they the same?",
        grad_g=lambda d, g: d * (1 - sigma(g)) ** 2,
    ),
    *kind(
        "σ(1 + σ)",
        "Does the slope of σ grow without end as σ approaches 1, or does it vanish?",
        grad_g=lambda d, g: d * sigma(g) * (1 + sigma(g)),
    ),
    *kind(
        "ReLU′",
        "Which activation function does this network have, and which one's slope is this?",
        grad_g=lambda d, g: d * (g > 0),
    ),
    *kind(
        "σ′ forgotten",
        "Which operation lies between g and h, and what is its slope?",
        grad_g=lambda d, g: d,
    ),
)


def _linear(notebook: Mapping[str, Any]) -> Iterator[Mistake]:
    """Mistakes in the linear steps; `notebook` holds what a student's variables hold."""
    yield from kind(
        "the other factor",
        "When this quantity moves a little, what decides how much the next one moves: itself or its partner?",
        grad_w=lambda d, h: d * notebook["w"],
        grad_h=lambda d, w: d * notebook["h"],
        grad_u=lambda d, x: d[:, None] * notebook["u"],
    )
    yield from kind(
        "times the bias",
        "When a term of a sum moves a little, how much does the sum move?",
        grad_b=lambda d: d * notebook["b"],
        grad_c=lambda d: d * notebook["c"],
    )
    yield from kind(
        "g for h",
        "Which quantity does w multiply in the forward pass?",
        grad_w=lambda d, h: d * np.log(h / (1 - h)),
    )
    yield from kind(
        "σ′ too early",
        "Which operations of the graph lie between this quantity and L? Is σ one of them?",
        grad_w=lambda d, h: d * h * (1 - h),
        grad_h=lambda d, w: d * w * sigma_prime(notebook["g"]),
    )
    yield from kind(
        "x forgotten",
        "When an entry of u moves a little, what decides how much g moves?",
        grad_u=lambda d, x: d[:, None] * np.ones_like(x),
    )
    yield from kind(
        "inputs swapped",
        "Which entry of x does the second index of u belong to?",
        grad_u=lambda d, x: np.outer(d, x[::-1]),
    )


def own_mistakes(exercise: Exercise) -> tuple[Mistake, ...]:
    """All of them, in the order in which an answer is compared with them."""
    notebook = exercise.forward(exercise.example())
    return (*SHAPES, *LOSS, *_linear(notebook), *LOGISTIC)
