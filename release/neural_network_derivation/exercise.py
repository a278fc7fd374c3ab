"""The exercise "Neural network derivation": its forward pass, its questions, and numbers to try.

    g_j = Σ_k u_jk x_k + b_j      h_j = σ(g_j)      z = Σ_j w_j h_j + c      L = (z − y)²

The statement's notation; sizes come from the arrays. Real and complex arrays both work, which the
complex step needs. There is no derivative in here.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backprop_lab import complex_step, error_against_step, numerical_gradient
from backprop_lab.hints import FILE
from backprop_lab.model import Exercise, Operation, Question, Upstream, Values, WholePass
from backprop_lab.progress import Lab

if TYPE_CHECKING:
    from training import show_step_error, show_training

__all__ = [
    "check",
    "complex_step",
    "draw_graph",
    "error_against_step",
    "example",
    "forward",
    "loss",
    "numerical_gradient",
    "output",
    "preactivation",
    "show_progress",
    "show_step_error",
    "show_training",
    "sigma",
    "upstream_gradients",
]


def sigma(g: Any) -> Any:
    """The logistic function σ(g) = 1 / (1 + exp(−g)), entry by entry."""
    with np.errstate(over="ignore", under="ignore"):  # exp(−g) = inf is right: σ is 0 there
        return 1 / (1 + np.exp(-g))


def preactivation(u: Any, x: Any, b: Any) -> Any:
    """g (3,) from u (3, 2), x (2,) and b (3,)."""
    return u @ x + b


def output(w: Any, h: Any, c: Any) -> Any:
    """z, a number, from w (3,), h (3,) and the number c."""
    return np.sum(w * h, axis=-1) + c


def loss(z: Any, y: Any) -> Any:
    """L, a number, from the output z and the target y."""
    return (z - y) ** 2


def numbers() -> Values:
    """The numbers that the notebook works with, by letter, as fresh arrays."""
    return {
        "x": np.array([0.5, -1.2]),
        "y": 0.7,
        "u": np.array([[0.4, -0.3], [1.1, 0.8], [-0.6, 0.9]]),
        "b": np.array([0.1, -0.2, 0.3]),
        "w": np.array([1.5, -0.8, 0.6]),
        "c": 0.25,
    }


MANY_DIGITS = np.pi / 3  # times a short number: one that no rounding leaves as it is


def others() -> list[Values]:
    """Further numbers of the visible check: z − y of either sign and large, wide inputs, steep weights."""
    wide: Values = {
        "x": np.array([6.2, -7.6]),
        "y": 16.0,
        "u": np.array([[-0.6, 0.2], [0.2, -0.6], [0.1, -0.2]]),
        "b": np.array([-1.7, 1.6, -1.3]),
        "w": np.array([1.7, -1.0, 1.1]),
        "c": -5.1,
    }
    steep: Values = {
        "x": np.array([-1.5, 1.5]),
        "y": -60.3,
        "u": np.array([[-0.5, -1.1], [-1.0, -0.4], [0.4, -1.0]]),
        "b": np.array([1.4, -1.5, 0.6]),
        "w": np.array([-1.2, 0.5, -0.9]),
        "c": 5.7,
    }
    return [{letter: MANY_DIGITS * value for letter, value in numbers.items()} for numbers in (wide, steep)]


EXERCISE = Exercise(
    "neural_network_derivation",
    graph=(
        Operation("g", preactivation, ("u", "x", "b"), "u x + b"),
        Operation("h", sigma, ("g",), "σ(g)"),
        Operation("z", output, ("w", "h", "c"), "w·h + c"),
        Operation("L", loss, ("z", "y"), "(z − y)²"),
    ),
    questions=(
        Question("grad_z", wrt="z", given=("z", "y")),
        Question("grad_w", wrt="w", given=(Upstream("z"), "h")),
        Question("grad_c", wrt="c", given=(Upstream("z"),)),
        Question("grad_h", wrt="h", given=(Upstream("z"), "w")),
        Question("grad_g", wrt="g", given=(Upstream("h"), "g")),
        Question("grad_u", wrt="u", given=(Upstream("g"), "x")),
        Question("grad_b", wrt="b", given=(Upstream("g"),)),
    ),
    whole=WholePass("backward"),
    example=numbers,
    others=others,
    layout={
        "u": (0, 0), "x": (0, 1), "b": (0, 2), "g": (1, 1), "w": (2, 0), "h": (2, 1), "c": (2, 2),
        "z": (3, 1), "y": (3, 2), "L": (4, 1),
    },
)  # fmt: skip
# What the notebook says of its questions; what counts are the points in the gradebook.
POINTS = {
    "grad_z": 2, "grad_w": 3, "grad_c": 1, "grad_h": 3, "grad_g": 4, "grad_u": 3, "grad_b": 1, "backward": 3,
}  # fmt: skip

_lab = Lab(EXERCISE, POINTS, Path(__file__).with_name(FILE))
check, draw_graph, example, show_progress = _lab.check, _lab.draw_graph, _lab.example, _lab.show_progress
upstream_gradients = _lab.upstream_gradients


def forward(x: Any, y: Any, u: Any, b: Any, w: Any, c: Any) -> Values:
    """Every quantity of the forward pass by its letter: the inputs, then g, h, z and L."""
    return EXERCISE.forward({"x": x, "y": y, "u": u, "b": b, "w": w, "c": c})


def __getattr__(name: str) -> Any:
    """The pictures of the training, imported when they are asked for: grading does without matplotlib."""
    if name in ("show_step_error", "show_training"):
        return getattr(import_module("training"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
