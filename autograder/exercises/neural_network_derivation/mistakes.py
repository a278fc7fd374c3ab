"""Mistakes that belong to this network: its squared loss, its linear output, its logistic units."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograder.judging.mistakes.known import Mistake, kind
from backprop_lab.model import Exercise

from .gradients import sigma, sigma_prime

WHICH_INDEX = "Which indices does an entry of u have, and which of them is left in your answer?"
SHAPES = (
    *kind(
        "summed over the hidden units",
        WHICH_INDEX,
        "All rows of your answer are the same. Which entry of ∂L/∂g belongs to which row of u?",
        grad_u=lambda d, x: np.sum(d) * x,
    ),
    *kind(
        "summed over the inputs",
        WHICH_INDEX,
        "All columns of your answer are the same. Which entry of x belongs to which column of u?",
        grad_u=lambda d, x: d * np.sum(x),
    ),
    *kind(
        "transposed",
        "Which index of u counts the hidden units, the first or the second?",
        "Rows and columns are exchanged. Does u have a row for each hidden unit, or for each input?",
        grad_u=lambda d, x: np.outer(x, d),
    ),
    *kind(
        "one entry for each hidden unit",
        "How many entries does c have?",
        "c is one number, so its slope is one number. Where does your answer get three from?",
        grad_c=lambda d: d * np.ones(3),
    ),
)

LOSS = (
    *kind(
        "factor 2 missing",
        "What is the derivative of t²?",
        "Your answer is half of the slope, at every input. Where does the exponent of the square go?",
        grad_z=lambda z, y: z - y,
    ),
    *kind(
        "factor 2 twice",
        "How often does the exponent of a square come down when it is differentiated?",
        "Your answer is twice the slope, at every input. Which factor stands there once too often?",
        grad_z=lambda z, y: 4 * (z - y),
    ),
    *kind(
        "sign and factor 2",
        "What is the derivative of t²? And does L grow or shrink when z grows beyond y?",
        "Two things are wrong: a sign and a factor. Put t = z − y and differentiate in two steps: what is "
        "the slope of t when z grows?",
        grad_z=lambda z, y: y - z,
    ),
    *kind(
        "loss for its derivative",
        "Is this the loss itself, or how fast it changes with z?",
        "Your answer is never negative, as the loss. What is the slope of L where z is smaller than y?",
        grad_z=lambda z, y: (z - y) ** 2,
    ),
    *kind(
        "half the loss",
        "Is this the loss itself, or how fast it changes with z?",
        "Your answer is never negative, as the loss. What is the slope of L where z is smaller than y?",
        grad_z=lambda z, y: (z - y) ** 2 / 2,
    ),
    *kind(
        "square kept",
        "Which power is left when a square is differentiated?",
        "A factor came down, and the exponent is still there. What becomes of the exponent?",
        grad_z=lambda z, y: 2 * (z - y) ** 2,
    ),
    *kind(
        "sum for difference",
        "How does L compare z and y: where is L smallest?",
        "At z = y the loss is 0 and flat. What is your answer there?",
        grad_z=lambda z, y: 2 * (z + y),
    ),
    *kind(
        "target forgotten",
        "Where is L smallest, and what should its slope be there?",
        "Your answer stays the same for every target y. What is it at z = y, where the loss is flat?",
        grad_z=lambda z, y: 2 * z,
    ),
    *kind(
        "misplaced parenthesis",
        "What does the factor multiply: one of the two numbers, or their difference?",
        "At z = y the loss is 0 and flat. What is your answer there, and which parentheses would mend it?",
        grad_z=lambda z, y: 2 * z - y,
    ),
    *kind(
        "misplaced parenthesis",
        "What does the factor multiply: one of the two numbers, or their difference?",
        "At z = y the loss is 0 and flat. What is your answer there, and which parentheses would mend it?",
        grad_z=lambda z, y: z - 2 * y,
    ),
)
SIZE_LOST = (
    "How does the slope of L change when z moves twice as far away from y?",
    "Your answer never goes beyond 1 and −1. Is a square as steep far from its lowest point as near to it?",
)
WAYS_TO_LOSE_IT = (
    *kind("clipped", *SIZE_LOST, grad_z=lambda z, y: np.clip(2 * (z - y), -1, 1)),
    *kind("slope of the absolute value", *SIZE_LOST, grad_z=lambda z, y: np.sign(z - y)),
    *kind("normalised", *SIZE_LOST, grad_z=lambda z, y: np.sign(z - y)),
)

ANOTHER_ACTIVATION = (
    "Which activation function does this network have, and which one's slope is this?",
    "Your answer uses the slope of another activation function. Which function gives h from g in the "
    "forward pass?",
)
ONE_FACTOR_MISSING = (
    "The slope of σ has two factors: which one is missing?",
    "The slope of σ is small on both sides, for very negative and for very positive g. Is yours?",
)
SAME_FACTORS = (
    "The slope of σ has two factors: are they the same?",
    "The slope of σ is largest at g = 0 and the same at g and −g. Is yours?",
)
SIGMA_STEP = (
    "Which operation lies between g and h, and what is its slope?",
    "Your answer is the upstream gradient, unchanged. Does h move by as much as g does?",
)
A_FACTOR_2 = (
    "Where does the factor 2 come from, and does this step have one?",
    "Your answer is twice the slope, at every input. Which function's slope did you write down, or which "
    "factor stands in two of your functions?",
)
PARENTHESES = (
    "What does the upstream gradient multiply: one term, or the whole slope?",
    "A part of your answer does not change with the upstream gradient. Which parentheses are missing?",
)
LOGISTIC = (
    *kind(
        "σ for σ′",
        "Is this the value of σ, or its slope?",
        "For large g the value of σ stays near 1. How steep is σ there?",
        grad_g=lambda d, g: d * sigma(g),
    ),
    *kind("only 1 − σ", *ONE_FACTOR_MISSING, grad_g=lambda d, g: d * (1 - sigma(g))),
    *kind(
        "σ′ at h",
        "Where is σ′ to be evaluated: at the input or at the output of σ?",
        "Is σ applied twice in your answer? Which argument of your function is the input of σ?",
        grad_g=lambda d, g: d * sigma_prime(sigma(g)),
    ),
    *kind(
        "g(1 − g)",
        "The formula of σ′ is written with σ: what did you put in its place?",
        "For g beyond 1 your slope has another sign than the upstream gradient, and σ never falls. What "
        "stands where σ should stand?",
        grad_g=lambda d, g: d * g * (1 - g),
    ),
    *kind("tanh′", *ANOTHER_ACTIVATION, grad_g=lambda d, g: d * (1 - np.tanh(g) ** 2)),
    *kind(
        "1 − σ²",
        "Which activation function has a slope that is written with a square?",
        ANOTHER_ACTIVATION[1],
        grad_g=lambda d, g: d * (1 - sigma(g) ** 2),
    ),
    *kind("σ²", *SAME_FACTORS, grad_g=lambda d, g: d * sigma(g) ** 2),
    *kind("(1 − σ)²", *SAME_FACTORS, grad_g=lambda d, g: d * (1 - sigma(g)) ** 2),
    *kind(
        "σ(1 + σ)",
        "Does the slope of σ grow without end as σ approaches 1, or does it vanish?",
        "For large g your slope approaches 2. How steep is σ there?",
        grad_g=lambda d, g: d * sigma(g) * (1 + sigma(g)),
    ),
    *kind("ReLU′", *ANOTHER_ACTIVATION, grad_g=lambda d, g: d * (g > 0)),
    *kind("σ′ forgotten", *SIGMA_STEP, grad_g=lambda d, g: d),
    *kind("handed on", *SIGMA_STEP, grad_g=lambda d, g: d),
    *kind("factor 2 twice", *A_FACTOR_2, grad_g=lambda d, g: 2 * d * sigma_prime(g)),
    *kind("bipolar sigmoid", *A_FACTOR_2, grad_g=lambda d, g: 2 * d * sigma_prime(g)),
    *kind("misplaced parenthesis", *PARENTHESES, grad_g=lambda d, g: d * sigma(g) - sigma(g)),
    *kind("misplaced parenthesis", *PARENTHESES, grad_g=lambda d, g: d * sigma(g) - sigma(g) ** 2),
    *kind("misplaced parenthesis", *PARENTHESES, grad_g=lambda d, g: d - sigma(g)),
    *kind("misplaced parenthesis", *PARENTHESES, grad_g=lambda d, g: d - sigma(g) ** 2),
)


def _linear(notebook: Mapping[str, Any]) -> Iterator[Mistake]:
    """Mistakes in the linear steps; `notebook` holds what a student's variables hold."""
    yield from kind(
        "the other factor",
        "When this quantity moves a little, what decides how much the next one moves: itself or its partner?",
        "The quantity itself stands in your answer. Which number multiplies it in the forward pass?",
        grad_w=lambda d, h: d * notebook["w"],
        grad_h=lambda d, w: d * notebook["h"],
        grad_u=lambda d, x: d[:, None] * notebook["u"],
    )
    yield from kind(
        "times the bias",
        "When a term of a sum moves a little, how much does the sum move?",
        "The bias itself stands in your answer. Does it matter how large a term of a sum is, for how much "
        "the sum moves with it?",
        grad_b=lambda d: d * notebook["b"],
        grad_c=lambda d: d * notebook["c"],
    )
    yield from kind(
        "g for h",
        "Which quantity does w multiply in the forward pass?",
        "Your answer holds what comes before σ. Does w meet it before σ or after?",
        grad_w=lambda d, h: d * np.log(h / (1 - h)),
    )
    yield from kind(
        "g for h",
        "Which quantity does w multiply in the forward pass?",
        "Your answer holds what comes before σ. Does w meet it before σ or after?",
        grad_w=lambda d, h: d * notebook["g"],
    )
    yield from kind(
        "σ′ too early",
        "Which operations of the graph lie between this quantity and L? Is σ one of them?",
        "The slope of σ stands in your answer. Follow the graph from this quantity to L: do you pass σ?",
        grad_w=lambda d, h: d * h * (1 - h),
        grad_h=lambda d, w: d * w * sigma_prime(notebook["g"]),
    )
    yield from kind(
        "x forgotten",
        "When an entry of u moves a little, what decides how much g moves?",
        "Your answer does not change when x changes. What multiplies an entry of u in the forward pass?",
        grad_u=lambda d, x: d[:, None] * np.ones_like(x),
    )
    yield from kind(
        "inputs swapped",
        "Which entry of x does the second index of u belong to?",
        "The two columns of your answer are exchanged. Which entry of x multiplies the first column of u?",
        grad_u=lambda d, x: np.outer(d, x[::-1]),
    )


def own_mistakes(exercise: Exercise) -> tuple[Mistake, ...]:
    """All of them."""
    notebook = exercise.forward(exercise.example())
    return (*SHAPES, *LOSS, *WAYS_TO_LOSE_IT, *_linear(notebook), *LOGISTIC)
