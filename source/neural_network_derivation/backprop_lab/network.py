"""The network of the statement: its forward pass and its loss, in the statement's notation.

    g_j = Σ_k u_jk x_k + b_j      h_j = σ(g_j)      z = Σ_j w_j h_j + c      L = (z − y)²

Sizes come from the arrays. Real and complex arrays both work, which the complex step needs.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Values = dict[str, Any]

PARAMETERS = ("u", "b", "w", "c")


def sigma(g: Any) -> Any:
    """The logistic function σ(g) = 1 / (1 + exp(−g)), entry by entry."""
    with np.errstate(over="ignore", under="ignore"):  # exp(−g) = inf is right: σ is 0 there
        return 1 / (1 + np.exp(-g))


def preactivation(u: Any, x: Any, b: Any) -> Any:
    """g (3,) from u (3, 2), x (2,) and b (3,)."""
    return u @ x + b


def output(w: Any, h: Any, c: Any) -> Any:
    """z, a number, from w (3,), h (3,) and the number c."""
    return w @ h + c


def loss(z: Any, y: Any) -> Any:
    """L, a number, from the output z and the target y."""
    return (z - y) ** 2


# The computation graph, in the order of the forward pass: what is computed, how, and from what.
GRAPH: tuple[tuple[str, Callable[..., Any], tuple[str, ...]], ...] = (
    ("g", preactivation, ("u", "x", "b")),
    ("h", sigma, ("g",)),
    ("z", output, ("w", "h", "c")),
    ("L", loss, ("z", "y")),
)


def forward(x: Any, y: Any, u: Any, b: Any, w: Any, c: Any) -> Values:
    """Every quantity of the forward pass by its letter: the inputs, then g, h, z and L."""
    values: Values = {"x": x, "y": y, "u": u, "b": b, "w": w, "c": c}
    for name, operation, inputs in GRAPH:
        values[name] = operation(*(values[i] for i in inputs))
    return values


def loss_when(values: Mapping[str, Any], name: str, value: Any) -> Any:
    """L when the quantity `name` takes `value`: only what depends on it is computed again.

    `values` is what `forward` returned. Moving g, for instance, moves h, z and L, and leaves
    u, x and b alone: that is what ∂L/∂g means.
    """
    moved: Values = {**values, name: value}
    changed = {name}
    for node, operation, inputs in GRAPH:
        if changed.intersection(inputs):
            moved[node] = operation(*(moved[i] for i in inputs))
            changed.add(node)
    return moved["L"]


def example() -> tuple[Any, float, Any, Any, Any, float]:
    """The numbers x, y, u, b, w, c that the notebook works with, as fresh arrays."""
    x = np.array([0.5, -1.2])
    y = 0.7
    u = np.array([[0.4, -0.3], [1.1, 0.8], [-0.6, 0.9]])
    b = np.array([0.1, -0.2, 0.3])
    w = np.array([1.5, -0.8, 0.6])
    c = 0.25
    return x, y, u, b, w, c
