"""A small exercise of the tests' own: tanh units, the logistic loss with labels −1 and 1, a batch.

G = X Uᵀ + 1 bᵀ      H = tanh(G)      z = H w + c      L = mean(log(1 + exp(−y z)))
"""

from typing import Any

import numpy as np

from backprop_lab import complex_step, numerical_gradient
from backprop_lab.model import Exercise, Operation, Question, Upstream, Values, WholePass
from backprop_lab.progress import Lab

__all__ = ["check", "complex_step", "draw_graph", "example", "forward", "numerical_gradient", "show_progress"]


def preactivation(X: Any, U: Any, b: Any) -> Any:
    """G (N, 3) from X (N, 2), U (3, 2) and b (3,)."""
    return X @ U.T + b


def output(H: Any, w: Any, c: Any) -> Any:
    """z (N,) from H (N, 3), w (3,) and the number c."""
    return H @ w + c


def loss(z: Any, y: Any) -> Any:
    """L, a number, from the outputs z (N,) and the labels y (N,)."""
    return np.mean(np.log1p(np.exp(-y * z)))


SEED = 194_199  # of inputs that tell right from wrong


def numbers() -> Values:
    """The numbers that the notebook works with, by letter."""
    return {
        "X": np.array([[0.5, -1.2], [1.0, 0.3], [-0.4, 0.8], [0.9, -0.1]]),
        "y": np.array([1.0, -1.0, -1.0, 1.0]),
        "U": np.array([[0.4, -0.3], [1.1, 0.8], [-0.6, 0.9]]),
        "b": np.array([0.1, -0.2, 0.3]),
        "w": np.array([1.5, -0.8, 0.6]),
        "c": 0.25,
    }


def others() -> list[Values]:
    """Further inputs of the visible check, of other numbers of examples; labels stay labels."""
    random = np.random.default_rng(SEED)
    shapes = {"U": (3, 2), "b": (3,), "w": (3,), "c": None}
    labels = np.array([1.0, 1.0, 1.0, -1.0, 1.0]), np.array([-1.0, -1.0, 1.0])
    return [
        {"X": random.normal(size=(len(y), 2)), "y": y}
        | {name: random.uniform(-1.5, 1.5, size) for name, size in shapes.items()}
        for y in labels
    ]


EXERCISE = Exercise(
    "tanh_batch",
    graph=(
        Operation("G", preactivation, ("X", "U", "b"), "X Uᵀ + b"),
        Operation("H", np.tanh, ("G",), "tanh(G)"),
        Operation("z", output, ("H", "w", "c"), "H w + c"),
        Operation("L", loss, ("z", "y"), "mean log(1 + exp(−y z))"),
    ),
    questions=(
        Question("slope_z", wrt="z", given=("z", "y")),
        Question("slope_w", wrt="w", given=(Upstream("z"), "H")),
        Question("slope_c", wrt="c", given=(Upstream("z"),)),
        Question("slope_H", wrt="H", given=(Upstream("z"), "w")),
        Question("slope_G", wrt="G", given=(Upstream("H"), "G")),
        Question("slope_U", wrt="U", given=(Upstream("G"), "X")),
        Question("slope_b", wrt="b", given=(Upstream("G"),)),
    ),
    whole=WholePass("all_slopes"),
    example=numbers,
    others=others,
)
POINTS = {"slope_z": 2, "slope_w": 1, "slope_c": 1, "slope_H": 1, "slope_G": 1, "slope_U": 2, "slope_b": 1}
POINTS |= {"all_slopes": 3}

_lab = Lab(EXERCISE, POINTS)
check, draw_graph, example, show_progress = _lab.check, _lab.draw_graph, _lab.example, _lab.show_progress


def forward(*inputs: Any) -> Values:
    """Every quantity of the forward pass by its letter, from X, y, U, b, w, c."""
    return EXERCISE.forward(dict(zip(EXERCISE.inputs, inputs, strict=True)))
