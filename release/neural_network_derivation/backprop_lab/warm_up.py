"""The warm-up: a slope by central differences, which a student completes and which all checks rest on."""

from collections.abc import Callable
from typing import Any

from .nbgrader_mode import quiet, run_by
from .validation import Rejected, Stage, call, numeric

RIGHT = "✓ slope is right: a cubic and a line have the slopes that they should have."
OPEN = "○ slope: {message}"
WRONG = "✗ slope: {message}"
VALUE = "the slope of t³ at 1 with step 0.1: got {got:.6g}, expected 3.01.\n    → {question}"
ONE_SIDED, WHOLE_STEP, OTHER = 3.31, 6.02, "Which two points do you compare, and how far apart are they?"
QUESTIONS = {
    ONE_SIDED: "You moved up only. What about down?",
    WHOLE_STEP: "How far apart are the two points that you compare?",
}


def _fault(slope: Callable[..., Any]) -> str:
    """What is wrong with a slope, "" for nothing; raises Rejected."""
    got, _ = call(slope, [lambda t: t**3, 1.0, 0.1], lambda answer: float(numeric(answer, "a number")))
    if abs(got - 3.01) > 1e-9:
        near = (question for value, question in QUESTIONS.items() if abs(got - value) < 1e-9)
        return VALUE.format(got=got, question=next(near, OTHER))
    line, _ = call(slope, [lambda t: 5 - 2 * t, 0.4, 1e-6], lambda answer: float(numeric(answer, "a number")))
    return "" if abs(line + 2) < 1e-6 else "the slope of 5 − 2 t should be −2 everywhere. Is f used as it is?"


def check_slope(slope: Callable[..., Any]) -> None:
    """Say whether slope(f, t, step) is the slope of f at t by central differences. It gives no points; while
    nbgrader runs the notebook this does nothing."""
    if run_by():
        return
    try:
        with quiet():
            fault = _fault(slope)
        print(WRONG.format(message=fault) if fault else RIGHT)
    except Rejected as reason:
        template = OPEN if reason.stage is Stage.ANSWERED else WRONG
        print(template.format(message=reason.message))
