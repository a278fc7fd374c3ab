"""Mistakes that every backward pass knows: shapes, signs, factors, and the wrong variable."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from backprop_lab.network import example, forward, loss, output, preactivation, sigma
from backprop_lab.numerical import numerical_gradient

from ..exercises.neural_network_derivation.gradients import backward, sigma_prime
from .mistake import Formula, after, kind
from .questions import QUESTIONS

ALL = ("grad_z", "grad_w", "grad_c", "grad_h", "grad_g", "grad_u", "grad_b")
VECTORS = ("grad_w", "grad_h", "grad_g", "grad_b")
CLOSE = 1e-2  # of the scale: a numerical slope with any step that anybody takes is so near

# What a student's variables hold while the notebook runs.
NOTEBOOK = forward(*example()) | {f"dL_d{q}": v for q, v in backward(*example()).items()}


def _without_upstream() -> dict[str, Formula]:
    """What remains of each answer when 1 stands for the gradient from above."""

    def forget(question: str) -> Formula:
        return lambda upstream, *rest: QUESTIONS[question].reference(np.ones_like(upstream), *rest)

    return {q: forget(q) for q in ("grad_w", "grad_c", "grad_h", "grad_g", "grad_u", "grad_b")}


def _from_notebook(question: str, positions: tuple[int, ...]) -> Formula:
    """The right answer, but with the arguments at `positions` from the notebook's variables."""
    names = QUESTIONS[question].arguments

    def wrong(*arguments: Any) -> Any:
        given = [NOTEBOOK[names[i]] if i in positions else a for i, a in enumerate(arguments)]
        return QUESTIONS[question].reference(*given)

    return wrong


def _some(question: str) -> list[tuple[int, ...]]:
    """Every choice of at least one of the question's arguments, by position."""
    count = len(QUESTIONS[question].arguments)
    return [chosen for size in range(1, count + 1) for chosen in combinations(range(count), size)]


SHAPES = (
    *kind(
        "column for a vector",
        "Which shape does the quantity itself have, and which shape did you return?",
        **after(lambda a: np.reshape(a, (-1, 1)), *VECTORS),
        **after(lambda a: np.reshape(a, (1,)), "grad_z", "grad_c"),
    ),
    *kind(
        "row for a vector",
        "Which shape does the quantity itself have, and which shape did you return?",
        **after(lambda a: np.reshape(a, (1, -1)), *VECTORS),
    ),
    *kind(
        "summed",
        "How many entries does this quantity have, and does each of them have a slope of its own?",
        **after(np.sum, *VECTORS, "grad_u"),
    ),
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
        "reshaped instead of transposed",
        "Does reshape move an entry to its mirrored place, or does it keep the order of reading?",
        grad_u=lambda d, x: np.outer(x, d).reshape(len(d), len(x)),
    ),
    *kind(
        "flattened",
        "Which shape does the quantity itself have, and which shape did you return?",
        grad_u=lambda d, x: np.outer(d, x).ravel(),
    ),
    *kind(
        "Jacobian not multiplied",
        "You have a matrix of slopes: what does the chain rule do with it and the upstream gradient?",
        grad_g=lambda d, g: np.diag(d * sigma_prime(g)),
        grad_b=lambda d: np.diag(d),
    ),
    *kind(
        "one entry for each hidden unit",
        "How many entries does c have?",
        grad_c=lambda d: d * np.ones(3),
    ),
)

FACTORS = (
    *kind(
        "sign",
        "Does L grow or shrink when this quantity grows a little?",
        **after(np.negative, *ALL),
    ),
    *kind(
        "upstream forgotten",
        "The chain rule passes on the gradient that arrives from above: where is it in your answer?",
        **_without_upstream(),
    ),
    *kind(
        "upstream added",
        "Does the chain rule add the slopes along a path, or does it do something else with them?",
        grad_w=lambda d, h: d + h,
        grad_h=lambda d, w: d + w,
        grad_g=lambda d, g: d + sigma_prime(g),
        grad_u=lambda d, x: np.add.outer(d, x),
    ),
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
        "factor 2 twice",
        "Is that factor perhaps already inside the gradient that arrives from above?",
        **after(lambda a: 2 * a, "grad_w", "grad_c", "grad_h", "grad_g", "grad_u", "grad_b"),
    ),
    *kind(
        "averaged",
        "Is there a mean anywhere in the forward pass or in the loss?",
        **after(lambda a: a / np.shape(a)[0], *VECTORS, "grad_u"),
    ),
    *kind(
        "upstream squared",
        "How often does the gradient from above occur in the chain rule?",
        grad_w=lambda d, h: d**2 * h,
        grad_c=lambda d: d**2,
        grad_h=lambda d, w: d**2 * w,
        grad_g=lambda d, g: d**2 * sigma_prime(g),
        grad_u=lambda d, x: np.outer(d**2, x),
        grad_b=lambda d: d**2,
    ),
)

VARIABLES = tuple(
    mistake
    for question in ALL
    for positions in _some(question)
    for mistake in kind(
        "notebook variable",
        "Does your function use its arguments, or a variable of the notebook with a similar name?",
        **{question: _from_notebook(question, positions)},
    )
)

NUMERICAL = tuple(
    replace(m, within=CLOSE)
    for m in kind(
        "finite difference",
        "It is right to a few digits only. Is it a numerical slope, or computed in single precision? "
        "What does the chain rule give without a step?",
        grad_z=lambda z, y: numerical_gradient(lambda t: loss(t, y), z),
        grad_w=lambda d, h: d * numerical_gradient(lambda t: output(t, h, 0), np.ones_like(h)),
        grad_c=lambda d: d * numerical_gradient(lambda t: t + 0.1, 0.3),
        grad_h=lambda d, w: d * numerical_gradient(lambda t: output(w, t, 0), np.ones_like(w)),
        grad_g=lambda d, g: d * (sigma(g + 1e-6) - sigma(g - 1e-6)) / 2e-6,
        grad_u=lambda d, x: numerical_gradient(
            lambda t: d @ preactivation(t, x, 0), np.ones((len(d), len(x)))
        ),
        grad_b=lambda d: numerical_gradient(lambda t: d @ t, np.ones_like(d)),
    )
)
