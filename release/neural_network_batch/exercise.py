"""The exercise "Neural network with a batch": its forward pass, its questions, and numbers to try.

    G = X Uᵀ + 1 bᵀ      H = tanh(G)      z = H W + c 1      ℰ = 1/N Σ_i ℒ(z_i, y_i)

with the logistic loss ℒ(z, y) = −y log σ(z) − (1 − y) log(1 − σ(z)). The statement's notation; the rows of X
are the examples, and sizes come from the arrays. Real and complex arrays both work, which the complex step
needs, and so do further axes in front, which the grader's many small steps are taken in at once. There is no
derivative in here.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backprop_lab import complex_step, numerical_gradient
from backprop_lab.functions import sigma, softplus
from backprop_lab.hints import FILE
from backprop_lab.model import Exercise, Operation, Question, Upstream, Values, WholePass
from backprop_lab.progress import Lab

if TYPE_CHECKING:
    from training import show_training

__all__ = [
    "check",
    "complex_step",
    "draw_graph",
    "example",
    "forward",
    "loss",
    "numerical_gradient",
    "output",
    "preactivation",
    "show_progress",
    "show_training",
    "sigma",
    "upstream_gradients",
]


def preactivation(X: Any, U: Any, b: Any) -> Any:
    """G (N, 3) from X (N, 2), U (3, 2) and b (3,)."""
    return X @ np.swapaxes(U, -1, -2) + b[..., None, :]


def output(H: Any, W: Any, c: Any) -> Any:
    """z (N,) from H (N, 3), W (3,) and the number c."""
    return (H @ W[..., None])[..., 0] + np.asarray(c)[..., None]


def loss(z: Any, y: Any) -> Any:
    """ℰ, a number: the mean of the logistic loss over the examples, from z (N,) and the labels y (N,).

    −y log σ(z) − (1 − y) log(1 − σ(z)) = log(1 + exp(z)) − y z, which keeps its digits for large z.
    """
    return np.mean(softplus(z) - y * z, axis=-1)


GRAPH = (
    Operation("G", preactivation, ("X", "U", "b"), "X Uᵀ + 1 bᵀ", r"G = X U^T + \mathbf{1} b^T"),
    Operation("H", np.tanh, ("G",), "tanh(G)", r"H = \tanh(G)"),
    Operation("z", output, ("H", "W", "c"), "H W + c 1", r"z = H W + c\,\mathbf{1}"),
    Operation(
        "E",
        loss,
        ("z", "y"),
        "1/N Σ ℒ(z, y)",
        r"\mathcal{E} = \frac{1}{N} \sum_{i=1}^N \mathcal{L}(z_i, y_i)",
    ),
)
SHAPES = {"X": ("N", 2), "y": ("N",)}
LAYOUT = {
    "U": (0, 0), "X": (0, 1), "b": (0, 2), "G": (1, 1), "W": (2, 0), "H": (2, 1), "c": (2, 2),
    "z": (3, 1), "y": (3, 2), "E": (4, 1),
}  # fmt: skip


def numbers() -> Values:
    """The numbers that the notebook works with, by letter, as fresh arrays."""
    return {
        "X": np.array([[0.5, -1.2], [1.0, 0.3], [-0.4, 0.8], [0.9, -0.1]]),
        "y": np.array([1.0, 0.0, 0.0, 1.0]),
        "U": np.array([[0.4, -0.3], [1.1, 0.8], [-0.6, 0.9]]),
        "b": np.array([0.1, -0.2, 0.3]),
        "W": np.array([1.5, -0.8, 0.6]),
        "c": 0.25,
    }


MANY_DIGITS = np.pi / 3  # times a short number: one that no rounding leaves as it is


def others() -> list[Values]:
    """Further numbers of the visible check, which tell right from wrong."""
    return [
        {
            "X": MANY_DIGITS * np.array([[0.4, -0.95], [0.78, -0.5]]),
            "y": np.array([1.0, 0.0]),
            "U": MANY_DIGITS * np.array([[-0.08, 0.06], [-0.03, 0.04], [0.06, 0.06]]),
            "b": MANY_DIGITS * np.array([-0.0, -0.0, -0.0]),
            "W": MANY_DIGITS * np.array([33.76, 22.87, -38.2]),
            "c": MANY_DIGITS * -1.04,
        },
        {
            "X": MANY_DIGITS * np.array([[-5.41, 5.76], [4.34, -7.2]]),
            "y": np.array([0.0, 1.0]),
            "U": MANY_DIGITS * np.array([[0.49, -0.61], [0.54, -0.43], [0.78, -0.37]]),
            "b": MANY_DIGITS * np.array([0.8, 0.48, -0.8]),
            "W": MANY_DIGITS * np.array([-0.43, 0.4, 0.16]),
            "c": MANY_DIGITS * 0.11,
        },
        {
            "X": MANY_DIGITS
            * np.array(
                [
                    [-6.53, 2.11],
                    [4.05, -3.02],
                    [-2.36, 4.97],
                    [1.8, 6.26],
                    [-5.83, -7.64],
                    [-3.3, 7.15],
                    [5.29, 6.94],
                ]
            ),
            "y": np.array([1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0]),
            "U": MANY_DIGITS * np.array([[-0.15, -0.08], [-0.2, 0.17], [-0.14, -0.08]]),
            "b": MANY_DIGITS * np.array([-0.03, -0.04, -0.05]),
            "W": MANY_DIGITS * np.array([-12.03, 5.94, 6.9]),
            "c": MANY_DIGITS * 0.37,
        },
        {
            "X": MANY_DIGITS
            * np.array(
                [
                    [0.17, -0.18],
                    [-0.34, -0.31],
                    [-0.33, 0.13],
                    [0.16, -0.1],
                    [0.23, 0.23],
                    [0.29, 0.33],
                    [-0.21, -0.2],
                ]
            ),
            "y": np.array([0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]),
            "U": MANY_DIGITS * np.array([[13.35, -10.3], [-10.71, -12.29], [14.23, -12.41]]),
            "b": MANY_DIGITS * np.array([0.11, -0.24, 0.25]),
            "W": MANY_DIGITS * np.array([0.5, 0.32, 0.51]),
            "c": MANY_DIGITS * 1.55,
        },
    ]


EXERCISE = Exercise(
    "neural_network_batch",
    graph=GRAPH,
    questions=(
        Question("grad_z", wrt="z", given=("z", "y")),
        Question("grad_W", wrt="W", given=(Upstream("z"), "H")),
        Question("grad_c", wrt="c", given=(Upstream("z"),)),
        Question("grad_H", wrt="H", given=(Upstream("z"), "W")),
        Question("grad_G", wrt="G", given=(Upstream("H"), "G")),
        Question("grad_U", wrt="U", given=(Upstream("G"), "X")),
        Question("grad_b", wrt="b", given=(Upstream("G"),)),
    ),
    whole=WholePass("backward"),
    example=numbers,
    others=others,
    layout=LAYOUT,
    shapes=SHAPES,
    symbols={"E": "ℰ"},
)
# What the notebook says of its questions; what counts are the points in the gradebook.
POINTS = {
    "grad_z": 3,
    "grad_W": 3,
    "grad_c": 1,
    "grad_H": 3,
    "grad_G": 3,
    "grad_U": 3,
    "grad_b": 1,
    "backward": 3,
}

_lab = Lab(EXERCISE, POINTS, Path(__file__).with_name(FILE))
check, draw_graph, example, show_progress = _lab.check, _lab.draw_graph, _lab.example, _lab.show_progress
upstream_gradients = _lab.upstream_gradients


def forward(X: Any, y: Any, U: Any, b: Any, W: Any, c: Any) -> Values:
    """Every quantity of the forward pass by its letter: X, y, U, b, W and c, then G, H, z and E."""
    return EXERCISE.forward({"X": X, "y": y, "U": U, "b": b, "W": W, "c": c})


def __getattr__(name: str) -> Any:
    """The pictures of the training, imported when they are asked for: grading does without matplotlib."""
    if name == "show_training":
        return getattr(import_module("training"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
