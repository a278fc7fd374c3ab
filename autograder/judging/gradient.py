"""From answers to a verdict: the gates after "numeric", known mistakes, points and their reason.

Pure functions on arrays. Nothing here runs a student's code, and no message holds a formula or
a value of the reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_lab.validation import Rejected, finite, shaped

from .mistake import Mistake
from .mistakes import BY_QUESTION
from .questions import Question
from .sampling import Point, arguments
from .tolerance import is_right, near, scale

Kept = Mapping[str, float]  # the share of its points that a recognised mistake keeps

RIGHT = "✓ {name}, {points:g} of {out_of:g} points."
FAILED = "✗ {name}, {points:g} of {out_of:g} points: {reason}"
WRONG_VALUE = "wrong value at {wrong} of {count} hidden points."
HINT = "{message}\n    Hint: {hint}"
KEPT = "{message}\n    A known mistake ({name}): {percent:g} % of the points are kept."


@dataclass(frozen=True)
class Fault:
    """Why an answer is not right: the gate it failed, the words for it, the mistake recognised."""

    gate: str
    message: str
    mistake: Mistake | None = None


@dataclass(frozen=True)
class Verdict:
    """The outcome for one question. `gate` is the first gate that failed, None if none did;
    `mistakes` names what was recognised; `points` and their reason, `message`, belong together."""

    question: str
    points: float
    out_of: float
    gate: str | None
    message: str
    mistakes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Review:
    """Stands for a verdict where the grader itself failed: neither points nor zero, but a person
    who has to look; `log` is for whoever mends it."""

    question: str
    out_of: float
    message: str
    log: str = ""
    points: None = None
    gate: str = "review"
    mistakes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One answer, a numeric array, and what it was given to."""

    arguments: Sequence[Any]
    answer: Any


def _fits(mistake: Mistake, case: Case) -> bool:
    try:
        wrong = np.asarray(mistake.wrong(*case.arguments))
    except (TypeError, ValueError, IndexError):  # a shape that this mistake knows nothing of
        return False
    return near(case.answer, wrong, mistake.within * scale(wrong, case.arguments))


def recognise(question: Question, cases: Sequence[Case]) -> Mistake | None:
    """The first known mistake that explains all the answers, if there is one."""
    known = BY_QUESTION[question.name]
    return next((m for m in known if all(_fits(m, case) for case in cases)), None)


def _pass_gates(question: Question, cases: Sequence[Case]) -> None:
    """The gates of shape, finiteness and value; raises Rejected at the first that an answer fails."""
    expected = [np.asarray(question.reference(*case.arguments)) for case in cases]
    pairs = list(zip(cases, expected, strict=True))
    for case, right in pairs:
        finite(shaped(case.answer, right.shape, question.quantity))
    wrong = sum(not is_right(case.answer, right, case.arguments) for case, right in pairs)
    if wrong:
        raise Rejected("value", WRONG_VALUE.format(wrong=wrong, count=len(cases)))


def find_fault(question: Question, cases: Sequence[Case]) -> Fault | None:
    """What is wrong with the numeric answers to a question about one gradient; None if nothing."""
    try:
        _pass_gates(question, cases)
    except Rejected as reason:
        mistake = recognise(question, cases) if reason.gate != "finite" else None
        return Fault(reason.gate, reason.message, mistake)
    return None


def explain(fault: Fault, share: float) -> str:
    """The reason as the student reads it: the gate's words, the hint, the share that is kept."""
    if fault.mistake is None:
        return fault.message
    message = HINT.format(message=fault.message, hint=fault.mistake.hint)
    if not share:
        return message
    return KEPT.format(message=message, name=fault.mistake.name, percent=100 * share)


def share_of(fault: Fault | None, kept: Kept) -> float:
    """The share of the points for an answer with this fault."""
    if fault is None:
        return 1.0
    return kept.get(fault.mistake.name, 0.0) if fault.mistake else 0.0


def reject(question: Question, reason: Rejected) -> Verdict:
    """The verdict on a question that did not get past the first gates."""
    words = {"name": question.name, "out_of": question.points, "reason": reason.message}
    return Verdict(question.name, 0.0, question.points, reason.gate, FAILED.format(points=0, **words))


def judge(question: Question, points: Sequence[Point], answers: Sequence[Any], kept: Kept) -> Verdict:
    """The verdict on one gradient, from its numeric answers at the points, in their order."""
    pairs = zip(points, answers, strict=True)
    fault = find_fault(question, [Case(arguments(question.name, p), a) for p, a in pairs])
    share = share_of(fault, kept)
    earned = question.points * share
    words = {"name": question.name, "points": earned, "out_of": question.points}
    if fault is None:
        return Verdict(question.name, earned, question.points, None, RIGHT.format(**words))
    message = FAILED.format(reason=explain(fault, share), **words)
    mistakes = (fault.mistake.name,) if fault.mistake else ()
    return Verdict(question.name, earned, question.points, fault.gate, message, mistakes)
