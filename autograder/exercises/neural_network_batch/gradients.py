"""The backward pass of the statement: each gradient beside its formula.

The rows of X, G, H and of the upstream gradients belong to the N examples. Nothing of the forward pass that
students get is used here.
"""

from collections.abc import Callable
from typing import Any

import numpy as np


def sigma(z: Any) -> Any:
    """σ(z) = 1 / (1 + exp(−z))."""
    with np.errstate(over="ignore", under="ignore"):  # exp(−z) = inf is right: σ is 0 there
        return 1 / (1 + np.exp(-z))


def tanh_prime(G: Any) -> Any:
    """1 − tanh²(G) = 1 / cosh²(G), which keeps all digits for large G."""
    return 1 / np.cosh(G) ** 2


def grad_z(z: Any, y: Any) -> Any:
    """∂ℰ/∂z_i = (σ(z_i) − y_i) / N, shape (N,)."""
    return (sigma(z) - y) / len(y)


def grad_W(dE_dz: Any, H: Any) -> Any:
    """∂ℰ/∂W = Hᵀ ∂ℰ/∂z, shape (3,)."""
    return H.T @ dE_dz


def grad_c(dE_dz: Any) -> Any:
    """∂ℰ/∂c = Σ_i ∂ℰ/∂z_i, a number."""
    return np.sum(dE_dz)


def grad_H(dE_dz: Any, W: Any) -> Any:
    """∂ℰ/∂H = ∂ℰ/∂z Wᵀ, shape (N, 3)."""
    return np.outer(dE_dz, W)


def grad_G(dE_dH: Any, G: Any) -> Any:
    """∂ℰ/∂G = ∂ℰ/∂H ⊙ (1 − tanh² G), shape (N, 3)."""
    return dE_dH * tanh_prime(G)


def grad_U(dE_dG: Any, X: Any) -> Any:
    """∂ℰ/∂U = (∂ℰ/∂G)ᵀ X, shape (3, 2)."""
    return dE_dG.T @ X


def grad_b(dE_dG: Any) -> Any:
    """∂ℰ/∂b_j = Σ_i ∂ℰ/∂g_ij, shape (3,)."""
    return np.sum(dE_dG, axis=0)


GRADIENTS: dict[str, Callable[..., Any]] = {
    "grad_z": grad_z,
    "grad_W": grad_W,
    "grad_c": grad_c,
    "grad_H": grad_H,
    "grad_G": grad_G,
    "grad_U": grad_U,
    "grad_b": grad_b,
}
