"""Grades exercises on backpropagation: references, hidden test inputs, known mistakes, verdicts."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .submission.hidden_test import grade

__all__ = ["grade"]
__version__ = "0.2.0"


def __getattr__(name: str) -> Any:
    """`grade`, imported when it is asked for: the command line does without numpy."""
    if name == "grade":
        from .submission.hidden_test import grade

        return grade
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
