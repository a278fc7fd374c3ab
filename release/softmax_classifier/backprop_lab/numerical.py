"""Slopes without a derivation: central differences, which are taught, and the complex step."""

from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[[Any], Any]


def _slopes(slope: Callable[[Any], float], at: Any, step: float) -> Any:
    """slope(nudge) for a nudge of `step` in each entry of `at` in turn, in the shape of `at`."""
    gradient = np.empty(at.shape)
    for entry in np.ndindex(at.shape):
        nudge = np.zeros(at.shape)
        nudge[entry] = step
        gradient[entry] = slope(nudge)
    return gradient[()]  # a number stays a number


def numerical_gradient(f: Function, at: Any, step: float = 1e-6) -> Any:
    """The slope of f in every entry of `at`, by central differences.

    f takes an array of the shape of `at` (or a number) and returns a number. Each entry is
    moved by `step` up and down while the others stay: (f(at + e) − f(at − e)) / (2 step).
    The error has two parts: one shrinks like step², the other, from rounding, grows like
    1/step. Good to about nine digits; never exact.

    >>> float(round(numerical_gradient(lambda t: t**2, 3.0), 6))
    6.0
    """
    at = np.asarray(at, dtype=float)
    return _slopes(lambda e: (f(at + e) - f(at - e)) / (2 * step), at, step)


def complex_step(f: Function, at: Any, step: float = 1e-30) -> Any:
    """The slope of f in every entry of `at`, from an imaginary step: Im f(at + i e) / step.

    Nothing is subtracted, so nothing cancels, and the result is right to about fifteen digits.
    f must accept complex numbers and be made of smooth functions (no abs, max or comparisons).

    Source: Squire and Trapp, Using complex variables to estimate derivatives of real
    functions, SIAM Review 40 (1998).
    """
    at = np.asarray(at, dtype=float)
    return _slopes(lambda e: np.imag(f(at + 1j * e)) / step, at, step)


def error_against_step(
    f: Function, at: Any, steps: Any, method: Callable[..., Any] = numerical_gradient
) -> Any:
    """The relative error of `method` for each of `steps`, measured against the complex step.

    The error is the largest one of all entries, divided by the largest slope.
    """
    exact = complex_step(f, at)
    errors = [np.max(np.abs(method(f, at, step) - exact)) for step in steps]
    return np.array(errors) / np.max(np.abs(exact))
