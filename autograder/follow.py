"""Follow-through marking of `backward`: each step is judged from the student's own step before.

A slip costs the share of the step that it was made in, once. What follows from it is right.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from backprop_lab.check import QUANTITIES
from backprop_lab.gates import Rejected, gradient_of

from .judge import RIGHT, Case, Fault, Kept, Verdict, explain, find_fault, share_of
from .points import Point, arguments
from .questions import ASKED_FOR, Question

Answer = Any  # an array of numbers, or Rejected if it did not get so far

REACH = 1e6  # how far a student's own upstream gradient may be off and still be followed

PARTS = "✗ {name}, {points:.3g} of {out_of:g} points, {right} of {count} entries right."
PART = "    {gradient}: {reason}"


def _usable(own: Answer, true: Any) -> bool:
    """Whether an upstream gradient of the student's can be followed.

    No entry may be zero, absurdly small or large: from zeros, zeros would follow, and an empty
    answer would pass for a consistent one. Twice the dimensions come of a column times a row.
    """
    if isinstance(own, Rejected) or not 0 < np.size(own) <= max(1, np.size(true)) ** 2:
        return False
    size, limit = np.abs(np.asarray(own, dtype=float)), np.max(np.abs(true))
    return bool(np.all((size > limit / REACH) & (size < limit * REACH)))


def _given(question: Question, at: Point, answers: Mapping[str, Answer]) -> list[Any]:
    """The arguments of a question, the student's own upstream gradient in place of the true one
    where it can be followed."""

    def own_or_true(name: str) -> Any:
        own = answers.get(name.removeprefix("dL_d")) if name.startswith("dL_d") else None
        return own if own is not None and _usable(own, at[name]) else at[name]

    return [own_or_true(name) for name in question.arguments]


def _literally(question: Question, at: Point, answers: Mapping[str, Answer]) -> Case:
    """The entry follows from the student's own upstream gradient, in the shape it came in."""
    return Case(_given(question, at, answers), answers[question.quantity])


def _reshaped(question: Question, at: Point, answers: Mapping[str, Answer]) -> Case:
    """It follows from that gradient in its proper shape; a shape that was wrong there already is
    not asked for again."""
    true, own = arguments(question.name, at), _given(question, at, answers)
    if all(np.shape(t) == np.shape(o) for t, o in zip(true, own, strict=True)):
        return Case(own, answers[question.quantity])
    pairs = zip(true, own, strict=True)
    given = [np.reshape(o, np.shape(t)) if np.size(o) == np.size(t) else t for t, o in pairs]
    expected, answer = np.asarray(question.reference(*given)), answers[question.quantity]
    return Case(given, answer.reshape(expected.shape) if answer.size == expected.size else answer)


def _truly(question: Question, at: Point, answers: Mapping[str, Answer]) -> Case:
    """It follows from the true gradient: the slip was in what the dict says above, not here."""
    return Case(arguments(question.name, at), answers[question.quantity])


def _entry_fault(
    quantity: str, points: Sequence[Point], answers: Sequence[Mapping[str, Answer]]
) -> Fault | None:
    """The fault of one entry of `backward`; None if in one reading it follows at every point.

    A slip is charged where it was made: what follows from it is right. Of several faults the
    one that a known mistake explains is told.
    """
    for answer in answers:
        if isinstance(reason := answer[quantity], Rejected):
            return Fault(reason.gate, reason.message)
    question, faults = ASKED_FOR[quantity], []
    for reading in (_truly, _literally, _reshaped):
        pairs = zip(points, answers, strict=True)
        try:
            fault = find_fault(question, [reading(question, p, a) for p, a in pairs])
        except ValueError:  # the student's own shapes do not go together
            continue
        if fault is None:
            return None
        faults.append(fault)
    return next((f for f in faults if f.mistake), faults[0])


def _line(quantity: str, reason: str) -> str:
    """What is said of one entry, its hint a step further in."""
    return PART.format(gradient=gradient_of(quantity), reason=reason.replace("\n", "\n    "))


def judge_backward(
    question: Question, points: Sequence[Point], answers: Sequence[Mapping[str, Answer]], kept: Kept
) -> Verdict:
    """The verdict on `backward`, from the entries of its dict at each point, with equal shares."""
    faults = {q: _entry_fault(q, points, answers) for q in QUANTITIES}
    shares = {q: share_of(fault, kept) for q, fault in faults.items()}
    earned = question.points * sum(shares.values()) / len(shares)
    found = {q: fault for q, fault in faults.items() if fault}
    words = {"name": question.name, "points": earned, "out_of": question.points}
    if not found:
        return Verdict(question.name, earned, question.points, None, RIGHT.format(**words))
    head = PARTS.format(right=len(shares) - len(found), count=len(shares), **words)
    lines = [_line(q, explain(fault, shares[q])) for q, fault in found.items()]
    gate = next(iter(found.values())).gate
    mistakes = tuple(f.mistake.name for f in found.values() if f.mistake)
    return Verdict(question.name, earned, question.points, gate, "\n".join([head, *lines]), mistakes)
