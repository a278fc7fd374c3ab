"""What became of a question: a verdict is data, and only here are its words made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backprop_lab.validation import Stage, Status

SIGNS = {
    Status.RIGHT: "✓",
    Status.PARTLY: "◐",
    Status.WRONG: "✗",
    Status.OPEN: "○",
    Status.NEEDS_REVIEW: "?",
}
HEAD = "{sign} {name}, {points} of {max_score:g} points{more}"
REVIEW = "{sign} {name} needs manual review: {reason}"
REASON = ": {reason}"
ENTRIES = ", {right} of {count} entries right."
PART = "    {gradient}: {reason}"
LINE = "{reason}\n    in the line: {line}"
HINT = "{reason}\n    Hint: {hint}"
PARTIAL_CREDIT = "{reason}\n    A known mistake ({mistake}): {percent:g} % of the points are kept."
NOTE = "{message}\n    Note: {note}"


@dataclass(frozen=True)
class GradientCheck:
    """How far an answer is from two numerical gradients, as relative errors
    |answer − numerical| / max(|answer|, |numerical|), by the largest entries: the largest one over all
    test inputs.

    `central` is against central differences, as they are taught; `complex_step` against the complex
    step, which is exact to rounding. None where the answer could not be compared.
    """

    gradient: str
    central: float | None
    complex_step: float | None


@dataclass(frozen=True)
class Verdict:
    """The outcome for one question, or for one entry of the whole pass.

    `gradient` says how the gradient is written that is asked for ("" for the whole pass). `stage` is the
    first validation stage that failed, None if none did. `share` in [0, 1] is the share of the
    question's points: how many those are, the gradebook knows. `reason`, `line` (a line of the
    student's code), `hint` and `mistake` (the name of a known mistake) say what is wrong. The whole
    pass has a verdict for each of its `entries`. `checks` is what the gradient check found, `notes`
    what costs nothing; `log` is for whoever mends an internal error.
    """

    question: str
    status: Status
    share: float
    gradient: str = ""
    stage: Stage | None = None
    reason: str = ""
    line: str = ""
    hint: str = ""
    mistake: str = ""
    entries: tuple["Verdict", ...] = ()
    checks: tuple[GradientCheck, ...] = ()
    notes: tuple[str, ...] = ()
    log: str = ""

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The names of all known mistakes that were recognised."""
        own = (self.mistake,) if self.mistake else ()
        return own + tuple(name for entry in self.entries for name in entry.mistakes)

    def points(self, max_score: float) -> float | None:
        """The points of a question that is worth `max_score`; None as long as a person has to look."""
        if self.status is Status.NEEDS_REVIEW:
            return None
        if self.entries:  # multiplied first: to the last bit what adding the entries' points would give
            return max_score * sum(entry.share for entry in self.entries) / len(self.entries)
        return max_score * self.share


def needs_review(question: str, reason: str, log: str = "") -> Verdict:
    """Neither points nor zero: a person has to look, because the grader itself could not judge."""
    return Verdict(question, Status.NEEDS_REVIEW, 0.0, reason=reason, log=log)


def standing(verdict: Verdict | None, points: float | None, max_score: float) -> Status:
    """How a question stands: by its verdict or, where a person gave other points than the verdict or
    there is none, by the points."""
    if points is None:
        return Status.NEEDS_REVIEW
    if verdict and verdict.points(max_score) == points:
        return verdict.status
    if points >= max_score:
        return Status.RIGHT
    return Status.PARTLY if points > 0 else Status.WRONG


# Words


def points_in_words(points: float) -> str:
    """Points as people write them: 2, 2.5, 17.57."""
    return f"{round(points, 2):.15g}"


def points_with_unit(points: float) -> str:
    """What a question is worth: 1 point, 2.5 points."""
    return f"{points_in_words(points)} {'point' if points == 1 else 'points'}"


def explain(verdict: Verdict) -> str:
    """The reason as a student reads it: what is wrong, where, a hint, and the share that is kept."""
    reason = verdict.reason
    if verdict.line:
        reason = LINE.format(reason=reason, line=verdict.line)
    if verdict.hint:
        reason = HINT.format(reason=reason, hint=verdict.hint)
    if verdict.mistake and verdict.share:
        percent = 100 * verdict.share
        reason = PARTIAL_CREDIT.format(reason=reason, mistake=verdict.mistake, percent=percent)
    return reason


def _head(verdict: Verdict, max_score: float) -> str:
    words: dict[str, Any] = {"sign": SIGNS[verdict.status], "name": verdict.question}
    if verdict.status is Status.NEEDS_REVIEW:
        return REVIEW.format(reason=verdict.reason, **words)
    more = "."
    if verdict.status is not Status.RIGHT and verdict.entries:
        right = sum(entry.status is Status.RIGHT for entry in verdict.entries)
        more = ENTRIES.format(right=right, count=len(verdict.entries))
    elif verdict.status is not Status.RIGHT:
        more = REASON.format(reason=explain(verdict))
    points = points_in_words(verdict.points(max_score) or 0.0)
    return HEAD.format(points=points, max_score=max_score, more=more, **words)


def render(verdict: Verdict, max_score: float) -> str:
    """The verdict in words, for who has no page to look at."""
    lines = [_head(verdict, max_score)]
    for entry in verdict.entries:
        if entry.status is not Status.RIGHT:
            reason = explain(entry).replace("\n", "\n    ")
            lines.append(PART.format(gradient=entry.gradient, reason=reason))
    message = "\n".join(lines)
    for note in verdict.notes:
        message = NOTE.format(message=message, note=note)
    return message


# Data


def to_data(verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON data."""
    entries, checks = map(to_data, verdict.entries), (dict(vars(check)) for check in verdict.checks)
    return {**vars(verdict), "entries": list(entries), "checks": list(checks)}


def from_data(data: Mapping[str, Any]) -> Verdict:
    """The verdict that `to_data` gave; raises KeyError, TypeError or ValueError for anything else."""
    made = {
        "status": Status(data["status"]),
        "stage": None if data["stage"] is None else Stage(data["stage"]),
        "entries": tuple(from_data(entry) for entry in data["entries"]),
        "checks": tuple(GradientCheck(**check) for check in data["checks"]),
        "notes": tuple(data["notes"]),
    }
    return Verdict(**{**data, **made})
