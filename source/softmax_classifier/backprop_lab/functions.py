"""Functions for a forward pass that NumPy's own cannot serve with: these accept complex numbers, too.

The complex step moves a quantity by a tiny imaginary number. `np.maximum`, `np.abs` and the like compare or
measure what is complex; the ones here decide by the real part, and keep the imaginary one.
"""

from typing import Any

import numpy as np

__all__ = ["absolute", "log_softmax", "log_sum_exp", "maximum", "relu", "sigma", "softmax", "softplus"]


def maximum(a: Any, b: Any) -> Any:
    """The larger one of two, entry by entry."""
    return np.where(np.real(a) >= np.real(b), a, b)[()]


def relu(a: Any) -> Any:
    """a where it is positive, else 0."""
    return maximum(a, np.zeros_like(np.real(a)))


def absolute(a: Any) -> Any:
    """|a|, entry by entry."""
    return np.where(np.real(a) < 0, -np.asarray(a), a)[()]


def sigma(a: Any) -> Any:
    """The logistic function 1 / (1 + exp(−a)), which overflows nowhere."""
    e = np.exp(-absolute(a))
    return np.where(np.real(a) < 0, e, 1.0)[()] / (1 + e)


def softplus(a: Any) -> Any:
    """log(1 + exp(a)), which overflows nowhere."""
    return relu(a) + np.log1p(np.exp(-absolute(a)))


def _without_largest(a: Any, axis: int) -> tuple[Any, Any]:
    largest = np.max(np.real(a), axis=axis, keepdims=True)
    return a - largest, largest


def log_sum_exp(a: Any, axis: int = -1) -> Any:
    """log Σ exp(a) along an axis, which overflows nowhere."""
    rest, largest = _without_largest(np.asarray(a), axis)
    return np.log(np.sum(np.exp(rest), axis=axis)) + np.squeeze(largest, axis)


def log_softmax(a: Any, axis: int = -1) -> Any:
    """The logarithm of `softmax`, with all its digits."""
    return np.asarray(a) - np.expand_dims(log_sum_exp(a, axis), axis)


def softmax(a: Any, axis: int = -1) -> Any:
    """exp(a) / Σ exp(a) along an axis, which overflows nowhere."""
    e = np.exp(_without_largest(np.asarray(a), axis)[0])
    return e / np.sum(e, axis=axis, keepdims=True)
