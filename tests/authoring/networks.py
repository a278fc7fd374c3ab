"""Forward passes that nobody has made an exercise of yet."""

HEAD = '''\
"""{title}."""

import numpy as np

from backprop_lab.functions import absolute, relu, sigma, softplus
from backprop_lab.model import Operation

'''
TWO_OUTPUTS = (
    HEAD.format(title="Two outputs and a penalty")
    + '''
def hidden(A, v, d):
    """s (N, 3) from A (3, 2), v (N, 2) and d (3,)."""
    return v @ A.T + d


def outputs(B, r):
    """q (N, 2) from B (2, 3) and r (N, 3)."""
    return r @ B.T


def loss(q, t, B, k):
    """J, a number: the mean squared error, and a penalty on large weights."""
    return np.mean((q - t) ** 2) + k * np.sum(B**2)


GRAPH = (
    Operation("s", hidden, ("A", "v", "d"), "v Aᵀ + d", r"s = v A^T + \\mathbf{1} d^T"),
    Operation("r", softplus, ("s",), "softplus(s)", r"r = \\log(1 + e^s)"),
    Operation("q", outputs, ("B", "r"), "r Bᵀ", r"q = r B^T"),
    Operation("J", loss, ("q", "t", "B", "k"), "mean (q − t)² + k ΣB²",
              r"J = \\frac{1}{2N} \\sum_{ij} (q_{ij} - t_{ij})^2 + k \\sum_{jk} B_{jk}^2"),
)
DATA = ("v", "t", "k")
SHAPES = {"v": ("N", 2), "t": ("N", 2)}
WORDS = {"v": "the inputs", "t": "the targets"}


def numbers():
    return {
        "v": np.array([[0.5, -1.2], [1.0, 0.3], [-0.4, 0.8], [0.9, -0.1]]),
        "t": np.array([[0.7, 0.1], [-0.3, 1.0], [0.2, -0.9], [0.5, 0.4]]),
        "A": np.array([[0.4, -0.3], [1.1, 0.8], [-0.6, 0.9]]),
        "d": np.array([0.1, -0.2, 0.3]),
        "B": np.array([[1.5, -0.8, 0.6], [0.2, 0.7, -1.1]]),
        "k": 0.1,
    }
'''
)
TWO_OUTPUTS_GIVEN = {
    "grad_q": ("q", "t"),
    "grad_B": ("dJ_dq", "B", "r", "k"),
    "grad_r": ("dJ_dq", "B"),
    "grad_s": ("dJ_dr", "s"),
    "grad_A": ("dJ_ds", "v"),
    "grad_d": ("dJ_ds",),
    "backward": ("v", "t", "A", "d", "B", "k"),
}
TWO_OUTPUTS_RIGHT = {
    "grad_q": "(q - t) / len(q)",
    "grad_B": "dJ_dq.T @ r + 2 * k * B",
    "grad_r": "dJ_dq @ B",
    "grad_s": "dJ_dr / (1 + np.exp(-s))",
    "grad_A": "dJ_ds.T @ v",
    "grad_d": "dJ_ds.sum(axis=0)",
}
TWO_OUTPUTS_WRONG = {
    "grad_q": "2 * (q - t)",
    "grad_B": "dJ_dq.T @ r",
    "grad_r": "dJ_dq @ B * 2",
    "grad_s": "dJ_dr * softplus(s)",
    "grad_A": "dJ_ds[-1:].T @ v[-1:]",
    "grad_d": "dJ_ds.mean(axis=0)",
}
RELU = (
    HEAD.format(title="Rectified units")
    + """
GRAPH = (
    Operation("a", lambda m, x: m @ x, ("m", "x")),
    Operation("r", relu, ("a",), "relu(a)"),
    Operation("o", lambda p, r: np.sum(p * r, axis=-1), ("p", "r")),
    Operation("C", lambda o, y: absolute(o - y), ("o", "y"), "|o − y|"),
)
DATA = ("x", "y")


def example():
    return {"m": np.array([[0.5, -1.0], [1.2, 0.7], [0.3, 0.9]]), "x": np.array([1.1, 0.4]),
            "p": np.array([0.8, -0.6, 1.3]), "y": 0.2}
"""
)
MEAN = (
    HEAD.format(title="A mean")
    + """
GRAPH = (
    Operation("h", np.tanh, ("x",), "tanh(x)"),
    Operation("m", lambda h: np.mean(h, axis=-1), ("h",), "mean(h)"),
    Operation("L", lambda m, y: (m - y) ** 2, ("m", "y"), "(m − y)²"),
)
DATA = ("y",)
SHAPES = {"x": ("N",)}


def numbers():
    return {"x": np.array([0.4, -1.3, 0.8]), "y": 1.4}
"""
)
