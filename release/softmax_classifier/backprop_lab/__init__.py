"""What a student holds beside the notebook: numerical gradients, the check, and the pictures.

It is the same for every exercise and names none; `exercise.py` beside the notebook is the exercise.
Needs numpy and matplotlib, nothing else, and no network.
"""

from importlib import import_module
from typing import Any

from .numerical import complex_step, error_against_step, numerical_gradient

__all__ = ["complex_step", "error_against_step", "numerical_gradient"]


def __getattr__(name: str) -> Any:
    """Names of the exercise, which notebooks of an earlier release import from here."""
    try:
        exercise = import_module("exercise")
        offered = not name.startswith("_") and name in exercise.__all__
    except (ImportError, AttributeError):
        offered = False
    if not offered:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(exercise, name)
