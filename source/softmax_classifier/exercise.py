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
            "X": MANY_DIGITS
            * np.array([[20.54, -16.03], [-18.46, -20.95], [11.02, 13.66], [15.03, -25.42], [10.51, 15.75]]),
            "Y": np.array(
                [
                    [0.0, 1.0, 0.0, 0.0],
                    [0.0, 0.0, 0.0, 1.0],
                    [1.0, 0.0, 0.0, 0.0],
                    [0.0, 0.0, 1.0, 0.0],
                    [0.0, 1.0, 0.0, 0.0],
                ]
            ),
            "W": MANY_DIGITS * np.array([[0.02, -0.04, 0.02, -0.05], [0.06, -0.06, 0.04, -0.06]]),
            "b": MANY_DIGITS * np.array([11.41, 11.4, 11.36, 11.53]),
        },
        {
            "X": MANY_DIGITS * np.array([[0.76, 0.82], [-0.29, 0.39], [-0.85, -1.11]]),
            "Y": np.array(
                [
                    [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                    [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                    [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
                ]
            ),
            "W": MANY_DIGITS
            * np.array(
                [[-1.2, 1.01, 0.62, 0.33, 0.97, -1.18, 0.64], [0.68, -0.63, -0.95, -0.69, 0.73, -0.47, -0.35]]
            ),
            "b": MANY_DIGITS * np.array([-11.43, -11.42, -11.41, -11.53, -11.39, -11.55, -11.49]),
        },
        {
            "X": MANY_DIGITS * np.array([[-2.39, -4.24], [-3.69, 7.17], [-6.5, 2.09], [2.88, 2.06]]),
            "Y": np.array(
                [[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
            ),
            "W": MANY_DIGITS * np.array([[0.1, -0.13, 0.11, -0.06], [0.18, -0.15, 0.06, -0.08]]),
            "b": MANY_DIGITS * np.array([0.08, 0.04, -0.06, 0.03]),
        },
        {
            "X": MANY_DIGITS * np.array([[1.22, -0.7], [-1.17, 0.95], [1.09, -0.69], [-0.67, 0.38]]),
            "Y": np.array(
                [
                    [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                    [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
                    [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
                    [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                ]
            ),
            "W": MANY_DIGITS
            * np.array(
                [[-0.14, -0.12, 0.27, -0.27, -0.28, -0.32, 0.37], [-0.32, 0.24, 0.1, -0.22, 0.22, 0.37, 0.23]]
            ),
            "b": MANY_DIGITS * np.array([0.04, -0.07, 0.04, -0.1, 0.06, 0.06, 0.09]),
        },
        {
            "X": MANY_DIGITS
            * np.array(
                [
                    [-0.35, 0.09],
                    [-0.24, -0.22],
                    [-0.19, 0.26],
                    [0.11, -0.18],
                    [-0.12, 0.35],
                    [0.11, -0.17],
                    [0.26, 0.24],
                ]
            ),
            "Y": np.array(
                [[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
            ),
            "W": MANY_DIGITS * np.array([[-0.63, -1.01], [0.75, -0.77]]),
            "b": MANY_DIGITS * np.array([-11.51, -11.49]),
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
