"""The backward pass of the statement: each gradient beside its formula.

Every function takes the upstream gradient and gives back an array of the shape
of the quantity that L is differentiated with respect to. Nothing of the forward pass that students
get is used here. Source: "Neural network derivation", Machine Learning I (2023-2024), UMONS.
"""

from collections.abc import Callable
from typing import Any

import numpy as np


def sigma(g: Any) -> Any:
    """σ(g) = 1 / (1 + exp(−g))."""
    with np.errstate(over="ignore", under="ignore"):  # exp(−g) = inf is right: σ is 0 there
        return 1 / (1 + np.exp(-g))


def sigma_prime(g: Any) -> Any:
    """∂σ(g)/∂g = σ(g)(1 − σ(g)) = e / (1 + e)² with e = exp(−|g|), which keeps all digits for large g."""
    e = np.exp(-np.abs(g))
    return e / (1 + e) ** 2


def grad_z(z: Any, y: Any) -> Any:
    """∂L/∂z = 2(z − y), a number."""
    return 2 * (z - y)


def grad_w(dL_dz: Any, h: Any) -> Any:
    """∂L/∂w_j = ∂L/∂z · h_j, shape (3,)."""
    return dL_dz * h


def grad_c(dL_dz: Any) -> Any:
    """∂L/∂c = ∂L/∂z, a number."""
    return dL_dz


def grad_h(dL_dz: Any, w: Any) -> Any:
    """∂L/∂h_j = ∂L/∂z · w_j, shape (3,)."""
    return dL_dz * w


def grad_g(dL_dh: Any, g: Any) -> Any:
    """∂L/∂g_j = ∂L/∂h_j · σ(g_j)(1 − σ(g_j)), shape (3,)."""
    return dL_dh * sigma_prime(g)


def grad_u(dL_dg: Any, x: Any) -> Any:
    """∂L/∂u_jk = ∂L/∂g_j · x_k, shape (3, 2)."""
    return np.outer(dL_dg, x)


def grad_b(dL_dg: Any) -> Any:
    """∂L/∂b_j = ∂L/∂g_j, shape (3,)."""
    return dL_dg


GRADIENTS: dict[str, Callable[..., Any]] = {
    "grad_z": grad_z,
    "grad_w": grad_w,
    "grad_c": grad_c,
    "grad_h": grad_h,
    "grad_g": grad_g,
    "grad_u": grad_u,
    "grad_b": grad_b,
}
