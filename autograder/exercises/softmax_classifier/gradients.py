"""The backward pass of the softmax classifier: each gradient beside its formula."""

from collections.abc import Callable
from typing import Any

import numpy as np


def softmax(Z: Any) -> Any:
    """exp(Z_ik) / Σ_l exp(Z_il), row by row."""
    e = np.exp(Z - np.max(Z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def grad_P(P: Any, Y: Any) -> Any:
    """∂L/∂P_ik = −Y_ik / (N P_ik), shape (N, K)."""
    return -Y / P / len(Y)


def grad_Z(dL_dP: Any, Z: Any) -> Any:
    """∂L/∂Z_ik = P_ik (∂L/∂P_ik − Σ_l ∂L/∂P_il P_il), shape (N, K)."""
    P = softmax(Z)
    return P * (dL_dP - np.sum(dL_dP * P, axis=1, keepdims=True))


def grad_W(dL_dZ: Any, X: Any) -> Any:
    """∂L/∂W = Xᵀ ∂L/∂Z, shape (2, K)."""
    return X.T @ dL_dZ


def grad_b(dL_dZ: Any) -> Any:
    """∂L/∂b_k = Σ_i ∂L/∂Z_ik, shape (K,)."""
    return np.sum(dL_dZ, axis=0)


GRADIENTS: dict[str, Callable[..., Any]] = {
    "grad_P": grad_P,
    "grad_Z": grad_Z,
    "grad_W": grad_W,
    "grad_b": grad_b,
}
