"""The exercise "Softmax classifier": its forward pass, its questions, and numbers to try.

    Z = X W + 1 bᵀ      P = softmax(Z)      L = −1/N Σ_ik Y_ik log P_ik

The rows of X are examples, the rows of Y say their classes, one-hot. There is no derivative in here.
"""

from pathlib import Path
from typing import Any

import numpy as np

from backprop_lab import complex_step, numerical_gradient
from backprop_lab.functions import softmax
from backprop_lab.hints import FILE
from backprop_lab.model import Exercise, Operation, Question, Upstream, Values, WholePass
from backprop_lab.progress import Lab

__all__ = [
    "check",
    "complex_step",
    "cross_entropy",
    "draw_graph",
    "example",
    "forward",
    "numerical_gradient",
    "scores",
    "show_progress",
    "softmax",
    "upstream_gradients",
]


def scores(X: Any, W: Any, b: Any) -> Any:
    """Z (N, K) from X (N, 2), W (2, K) and b (K,)."""
    return X @ W + b[..., None, :]


def cross_entropy(P: Any, Y: Any) -> Any:
    """L, a number, from the probabilities P (N, K) and the one-hot targets Y (N, K)."""
    return -np.mean(np.sum(Y * np.log(P), axis=-1), axis=-1)


GRAPH = (
    Operation("Z", scores, ("X", "W", "b"), "X W + 1 bᵀ", r"Z = X W + \mathbf{1} b^T"),
    Operation(
        "P", softmax, ("Z",), "softmax(Z)", r"P_{ik} = \frac{\exp(Z_{ik})}{\sum_{l=1}^K \exp(Z_{il})}"
    ),
    Operation(
        "L", cross_entropy, ("P", "Y"), "−1/N Σ Y log P",
        r"L = -\frac{1}{N} \sum_{i=1}^N \sum_{k=1}^K Y_{ik} \log P_{ik}",
    ),
)  # fmt: skip
SHAPES = {"X": ("N", 2), "W": (2, "K"), "b": ("K",), "Y": ("N", "K")}


def numbers() -> Values:
    """The numbers that the notebook works with, by letter, as fresh arrays."""
    return {
        "X": np.array([[0.5, -1.2], [1.0, 0.3], [-0.4, 0.8], [0.9, -0.1]]),
        "Y": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]),
        "W": np.array([[0.4, -0.3, 1.1], [0.8, -0.6, 0.9]]),
        "b": np.array([0.1, -0.2, 0.3]),
    }


MANY_DIGITS = np.pi / 3  # times a short number: one that no rounding leaves as it is


def others() -> list[Values]:
    """Further numbers of the visible check, which tell right from wrong."""
    return [
        {
            "X": MANY_DIGITS * np.array([[-18.67, 11.58], [-7.9, -7.44], [-12.88, 21.42]]),
            "Y": np.array(
                [
                    [0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
                    [0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
                    [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                ]
            ),
            "W": MANY_DIGITS
            * np.array([[0.05, 0.06, -0.06, -0.02, -0.04, 0.02], [0.04, 0.06, -0.06, 0.02, -0.04, 0.05]]),
            "b": MANY_DIGITS * np.array([0.38, -0.71, -1.05, 0.82, -0.31, -0.87]),
        },
        {
            "X": MANY_DIGITS
            * np.array(
                [
                    [-0.2, 0.28],
                    [0.27, 0.14],
                    [-0.19, 0.12],
                    [-0.13, -0.27],
                    [-0.35, -0.29],
                    [-0.33, -0.27],
                    [0.25, 0.09],
                ]
            ),
            "Y": np.array(
                [
                    [1.0, 0.0, 0.0],
                    [0.0, 1.0, 0.0],
                    [0.0, 0.0, 1.0],
                    [0.0, 1.0, 0.0],
                    [0.0, 0.0, 1.0],
                    [0.0, 0.0, 1.0],
                    [0.0, 1.0, 0.0],
                ]
            ),
            "W": MANY_DIGITS * np.array([[3.21, 1.04, 0.97], [3.09, -1.82, 3.22]]),
            "b": MANY_DIGITS * np.array([-0.69, 0.74, 0.89]),
        },
    ]


EXERCISE = Exercise(
    "softmax_classifier",
    graph=GRAPH,
    questions=(
        Question("grad_P", wrt="P", given=("P", "Y")),
        Question("grad_Z", wrt="Z", given=(Upstream("P"), "Z")),
        Question("grad_W", wrt="W", given=(Upstream("Z"), "X")),
        Question("grad_b", wrt="b", given=(Upstream("Z"),)),
    ),
    whole=WholePass("backward"),
    example=numbers,
    others=others,
    shapes=SHAPES,
)
# What the notebook says of its questions; what counts are the points in the gradebook.
POINTS = {
    "grad_P": 3,
    "grad_Z": 4,
    "grad_W": 2,
    "grad_b": 1,
    "backward": 2,
}

_lab = Lab(EXERCISE, POINTS, Path(__file__).with_name(FILE))
check, draw_graph, example, show_progress = _lab.check, _lab.draw_graph, _lab.example, _lab.show_progress
upstream_gradients = _lab.upstream_gradients


def forward(X: Any, Y: Any, W: Any, b: Any) -> Values:
    """Every quantity of the forward pass by its letter: X, Y, W and b, then Z, P and L."""
    return EXERCISE.forward({"X": X, "Y": Y, "W": W, "b": b})
