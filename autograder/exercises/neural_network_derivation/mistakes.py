"""Mistakes that belong to this network: its squared loss, its linear output, its logistic units."""

import numpy as np

from backprop_lab.network import sigma

from ...judging.common_mistakes import NOTEBOOK
from ...judging.mistake import kind
from .gradients import sigma_prime

LOSS = (
    *kind(
        "loss for its derivative",
        "Is this the loss itself, or how fast it changes with z?",
        grad_z=lambda z, y: (z - y) ** 2,
    ),
    *kind(
        "square kept",
        "Which power is left when a square is derived?",
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

LINEAR = (
    *kind(
        "the other factor",
        "When this quantity moves a little, what decides how much the next one moves: itself or its partner?",
        grad_w=lambda d, h: d * NOTEBOOK["w"],
        grad_h=lambda d, w: d * NOTEBOOK["h"],
        grad_u=lambda d, x: d[:, None] * NOTEBOOK["u"],
    ),
    *kind(
        "times the bias",
        "When a term of a sum moves a little, how much does the sum move?",
        grad_b=lambda d: d * NOTEBOOK["b"],
        grad_c=lambda d: d * NOTEBOOK["c"],
    ),
    *kind(
        "g for h",
        "Which quantity does w multiply in the forward pass?",
        grad_w=lambda d, h: d * np.log(h / (1 - h)),
    ),
    *kind(
        "σ′ too early",
        "Which operations of the graph lie between this quantity and L? Is σ one of them?",
        grad_w=lambda d, h: d * h * (1 - h),
        grad_h=lambda d, w: d * w * sigma_prime(NOTEBOOK["g"]),
    ),
    *kind(
        "taken for a constant",
        "Does the output move when this quantity moves?",
        grad_c=lambda d: 0 * d,
        grad_b=lambda d: 0 * d,
    ),
    *kind(
        "x forgotten",
        "When an entry of u moves a little, what decides how much g moves?",
        grad_u=lambda d, x: d[:, None] * np.ones_like(x),
    ),
    *kind(
        "inputs swapped",
        "Which entry of x does the second index of u belong to?",
        grad_u=lambda d, x: np.outer(d, x[::-1]),
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
