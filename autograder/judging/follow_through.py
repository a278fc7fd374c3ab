"""Follow-through marking of `backward`: each step is judged from the student's own step before.

A slip costs the share of the step that it was made in, once. What follows from it is right.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from backprop_lab.checking import QUANTITIES
from backprop_lab.validation import Rejected, gradient_of

from .gradient import RIGHT, Case, Fault, Kept, Verdict, explain, find_fault, share_of
from .questions import ASKED_FOR, Question
from .sampling import Point, arguments

Entries = Mapping[str, Any]  # by letter an array of numbers, or Rejected if it did not get so far
Answers = Sequence[Entries]  # at each of the points

GIVEN = tuple("xyubwcghzL")
REACH = 1e6  # how far a student's own upstream gradient may be off and still be followed

PARTS = "✗ {name}, {points:.3g} of {out_of:g} points, {right} of {count} entries right."
PART = "    {gradient}: {reason}"


def _can_follow(quantity: str, points: Sequence[Point], answers: Answers) -> bool:
    """Whether a student's own upstream gradient can be followed.

    It may not be zero everywhere, absurdly small or absurdly large: from zeros, zeros would follow,
    and an empty answer would pass for a consistent one. Twice the dimensions come of a column
    times a row.
    """
    true = [at[f"dL_d{quantity}"] for at in points]
    own = [answer[quantity] for answer in answers]
    room = max(1, np.size(true[0])) ** 2
    if any(isinstance(a, Rejected) or not 0 < np.size(a) <= room for a in own):
        return False
    size = max(float(np.max(np.abs(np.asarray(a, dtype=float)))) for a in own)
    limit = max(float(np.max(np.abs(t))) for t in true)
    return limit / REACH < size < limit * REACH


def _literally(question: Question, at: Point, answer: Entries, followed: Collection[str]) -> Case:
    """The entry follows from the student's own upstream gradient, in the shape it came in."""
    given = [answer[name[4:]] if name in followed else at[name] for name in question.arguments]
    return Case(given, answer[question.quantity])


def _reshaped(question: Question, at: Point, answer: Entries, followed: Collection[str]) -> Case:
    """It follows from that gradient in its proper shape; a shape that was wrong there already is
    not asked for again."""
    true, own = arguments(question.name, at), _literally(question, at, answer, followed)
    pairs = list(zip(true, own.arguments, strict=True))
    if all(np.shape(t) == np.shape(o) for t, o in pairs):
        return own
    given = [np.reshape(o, np.shape(t)) if np.size(o) == np.size(t) else t for t, o in pairs]
    expected = np.asarray(question.reference(*given))
    same_size = np.size(own.answer) == expected.size
    return Case(given, np.reshape(own.answer, expected.shape) if same_size else own.answer)


def _truly(question: Question, at: Point, answer: Entries, followed: Collection[str]) -> Case:
    """It follows from the true gradient: the slip was in what the dict says above, not here."""
    return Case(arguments(question.name, at), answer[question.quantity])


def _says_something(question: Question, points: Sequence[Point], cases: Sequence[Case]) -> bool:
    """Whether to follow proves anything: to hand on a constant, or a number that was given, as the
    gradient of c or b proves nothing."""
    if len(question.arguments) > 1:
        return True
    upstream = [case.arguments[0] for case in cases]
    constant = all(np.array_equal(upstream[0], u) for u in upstream)
    given = any(
        all(np.array_equal(u, at[name]) for u, at in zip(upstream, points, strict=True)) for name in GIVEN
    )
    return not (constant or given)


def _faults(question: Question, points: Sequence[Point], answers: Answers) -> Iterator[Fault | None]:
    """The fault in each reading of an entry, the true one first."""
    followed = [n for n in question.arguments if n[:4] == "dL_d" and _can_follow(n[4:], points, answers)]
    for reading in (_truly, _literally, _reshaped):
        try:
            pairs = zip(points, answers, strict=True)
            cases = [reading(question, at, answer, followed) for at, answer in pairs]
            if reading is _truly or _says_something(question, points, cases):
                yield find_fault(question, cases)
        except ValueError:  # the student's own shapes do not go together
            continue


def _entry_fault(quantity: str, points: Sequence[Point], answers: Answers) -> Fault | None:
    """The fault of one entry of `backward`; None if in one reading it follows at every point.

    A slip is charged where it was made: what follows from it is right. Of several faults the
    one that a known mistake explains is told.
    """
    for answer in answers:
        if isinstance(reason := answer[quantity], Rejected):
            return Fault(reason.gate, reason.message)
    found: list[Fault] = []
    for fault in _faults(ASKED_FOR[quantity], points, answers):
        if fault is None:
            return None
        found.append(fault)
    return next((fault for fault in found if fault.mistake), found[0])


def _line(quantity: str, reason: str) -> str:
    """What is said of one entry, its hint a step further in."""
    return PART.format(gradient=gradient_of(quantity), reason=reason.replace("\n", "\n    "))


def judge_backward(question: Question, points: Sequence[Point], answers: Answers, kept: Kept) -> Verdict:
    """The verdict on `backward`, from the entries of its dict at each point, with equal shares."""
    faults = {q: _entry_fault(q, points, answers) for q in QUANTITIES}
    shares = {q: share_of(fault, kept) for q, fault in faults.items()}
    earned = question.points * sum(shares.values()) / len(shares)
    found = {q: fault for q, fault in faults.items() if fault}
    words = {"name": question.name, "points": earned, "out_of": question.points}
    if not found:
        return Verdict(question.name, earned, question.points, None, RIGHT.format(**words))
    head = PARTS.format(right=len(shares) - len(found), count=len(shares), **words)
    reasons = {q: explain(fault, shares[q]) for q, fault in found.items()}
    lines = [_line(q, reason) for q, reason in reasons.items()]
    gate = next(iter(found.values())).gate
    mistakes = tuple(f.mistake.name for f in found.values() if f.mistake)
    return Verdict(question.name, earned, question.points, gate, "\n".join([head, *lines]), mistakes)
