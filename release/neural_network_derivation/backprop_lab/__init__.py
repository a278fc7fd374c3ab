"""What a student holds beside the notebook: the forward pass, numerical slopes, the check.

Needs numpy and matplotlib, nothing else, and no network.
"""

from .graph import draw_graph
from .network import example, forward, loss, output, preactivation, sigma
from .numerical import complex_step, error_against_step, numerical_gradient
from .progress import check, show_progress
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
