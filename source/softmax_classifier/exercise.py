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
            "X": MANY_DIGITS * np.array([[-14.88, 19.94], [-25.28, -14.85]]),
            "Y": np.array([[1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0]]),
            "W": MANY_DIGITS
            * np.array([[-0.02, 0.04, -0.05, -0.04, 0.02], [-0.04, -0.03, 0.02, 0.04, -0.05]]),
            "b": MANY_DIGITS * np.array([0.34, 0.53, 0.39, 0.58, 0.35]),
        },
        {
            "X": MANY_DIGITS
            * np.array([[0.31, 0.36], [0.3, -0.15], [0.18, 0.13], [-0.32, -0.31], [0.16, -0.3]]),
            "Y": np.array(
                [
                    [0.0, 0.0, 0.0, 1.0],
                    [0.0, 0.0, 1.0, 0.0],
                    [0.0, 1.0, 0.0, 0.0],
                    [1.0, 0.0, 0.0, 0.0],
                    [0.0, 0.0, 0.0, 1.0],
                ]
            ),
            "W": MANY_DIGITS * np.array([[0.45, -0.71, 0.38, -0.58], [-1.08, 1.2, 0.31, -1.12]]),
            "b": MANY_DIGITS * np.array([1.08, 0.48, 0.82, -0.84]),
        },
        {
            "X": MANY_DIGITS * np.array([[-12.21, -20.23], [-19.33, 24.03], [10.35, 8.23]]),
            "Y": np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0]]),
            "W": MANY_DIGITS * np.array([[0.03, -0.02, 0.03, 0.04], [0.05, 0.06, 0.05, -0.02]]),
            "b": MANY_DIGITS * np.array([0.07, -0.04, 0.04, 0.05]),
        },
        {
            "X": MANY_DIGITS * np.array([[-23.36, 13.12], [-23.43, -19.6], [17.03, 8.8], [-21.65, 14.1]]),
            "Y": np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]),
            "W": MANY_DIGITS * np.array([[0.05, -0.06], [-0.05, -0.03]]),
            "b": MANY_DIGITS * np.array([1.63, 1.25]),
        },
        {
            "X": MANY_DIGITS * np.array([[0.27, -0.14], [0.24, 0.32]]),
            "Y": np.array([[1.0, 0.0], [0.0, 1.0]]),
            "W": MANY_DIGITS * np.array([[3.67, -3.62], [-2.68, -1.07]]),
            "b": MANY_DIGITS * np.array([0.21, 0.16]),
        },
        {
            "X": MANY_DIGITS
            * np.array(
                [
                    [-1.01, 0.51],
                    [-0.31, 1.0],
                    [-1.05, 0.85],
                    [-0.36, -0.37],
                    [1.13, 0.93],
                    [-0.43, -1.23],
                    [-1.2, 0.68],
                    [-0.68, 0.31],
                ]
            ),
            "Y": np.array(
                [
                    [1.0, 0.0, 0.0, 0.0],
                    [0.0, 0.0, 1.0, 0.0],
                    [0.0, 0.0, 0.0, 1.0],
                    [0.0, 1.0, 0.0, 0.0],
                    [0.0, 0.0, 1.0, 0.0],
                    [0.0, 1.0, 0.0, 0.0],
                    [1.0, 0.0, 0.0, 0.0],
                    [0.0, 0.0, 0.0, 1.0],
                ]
            ),
            "W": MANY_DIGITS * np.array([[-1.14, 0.65, -0.66, 0.79], [0.79, -0.71, -0.72, 1.19]]),
            "b": MANY_DIGITS * np.array([-0.14, 0.19, 0.36, -0.14]),
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
