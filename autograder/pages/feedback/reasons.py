"""Why an answer is not right, line by line, from a verdict's fields. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from backprop_lab.validation import Stage, Status

from ...judging.verdict import Verdict

# What is good about an answer that failed a later stage, in their order.
PASSED = {
    Stage.RETURNS: "returns in time",
    Stage.NUMERIC: "is numeric",
    Stage.SHAPE: "has the right shape",
    Stage.FINITE: "is finite",
    Stage.VALUE: "",
}
MORE = "your function {passed}."
ENTRY = "{gradient}: {reason}"
NOTED = "Note: {note}"
PARTIAL_CREDIT = "A known mistake ({mistake}): {percent:g} % of the points are kept."
LONGEST_REASON = 4_000  # characters


@dataclass(frozen=True)
class Line:
    """A line of a reason: plain words, a "hint", what was "right", or a line of "code"."""

    kind: str
    text: str


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _explained(verdict: Verdict, reason: str) -> Iterator[Line]:
    """The lines on one gradient."""
    yield Line("", reason[:LONGEST_REASON])
    if verdict.line:
        yield Line("code", verdict.line)
    if verdict.hint:
        yield Line("hint", verdict.hint)
    if verdict.mistake and verdict.share:
        yield Line("", PARTIAL_CREDIT.format(mistake=verdict.mistake, percent=100 * verdict.share))


def _wrong_entries(verdict: Verdict) -> Iterator[Line]:
    for entry in verdict.entries:
        if entry.status is not Status.RIGHT:
            reason = ENTRY.format(gradient=entry.gradient, reason=entry.reason)
            yield from _explained(entry, reason)


def praise(verdict: Verdict) -> str:
    """What was right about an answer that is not right altogether, "" if there is nothing."""
    if verdict.status is Status.RIGHT:
        return ""
    if verdict.entries:
        return ", ".join(entry.gradient for entry in verdict.entries if entry.status is Status.RIGHT)
    stages = list(PASSED)
    passed = [PASSED[s] for s in stages[: stages.index(verdict.stage)]] if verdict.stage in PASSED else []
    if len(passed) < 2:
        return ""
    return MORE.format(passed=f"{', '.join(passed[:-1])} and {passed[-1]}")


def reason(verdict: Verdict) -> list[Line]:
    """Why an answer is not right, what was right about it, and what costs nothing."""
    lines = list(_explained(verdict, _capital(verdict.reason))) if verdict.reason else []
    lines += _wrong_entries(verdict)
    right = praise(verdict)
    notes = [Line("", NOTED.format(note=note)) for note in verdict.notes]
    return lines + ([Line("right", right)] if right else []) + notes
