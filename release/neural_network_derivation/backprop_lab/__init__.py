"""What a student holds beside the notebook: the forward pass, numerical slopes, the check.

Needs numpy and matplotlib, nothing else, and no network.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .network import example, forward, loss, output, preactivation, sigma
from .numerical import complex_step, error_against_step, numerical_gradient
from .progress import check, show_progress

if TYPE_CHECKING:
    from .graph import draw_graph
    from .training import show_step_error, show_training

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
]

PICTURES = {"draw_graph": "graph", "show_step_error": "training", "show_training": "training"}


def __getattr__(name: str) -> Any:
    """The pictures, imported when they are asked for: grading does without matplotlib."""
    if name in PICTURES:
        return getattr(import_module(f".{PICTURES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
