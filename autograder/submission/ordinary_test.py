"""An ordinary test of nbgrader's among our questions: code of the instructor's that asserts something.

It runs at its place in the student's process, as in nbgrader in the student's kernel, and its outputs are
judged by nbgrader's rules. The sandbox keeps it from doing harm; that the student's code cannot meddle with
it, nobody can promise of a test that runs beside it.
"""

from functools import cache
from typing import Any

from backprop_lab.validation import Stage, Status

from ..judging.verdict import Verdict, needs_review
from .cells import Cell, mark, name_of
from .packages import MISSING, missing_package
from .rebuild import HIDDEN
from .recognition import imports_autograder

STOPPED = "the test stopped with {name}{words}"
NO_SHARE = "the test gave {given} points, and there are 0 to {out_of:g}"
WARNED = "the test wrote to standard error, which nbgrader takes for a failure"


@cache
def _is_ordinary(source: str) -> bool:
    return not imports_autograder(source)


def is_ordinary(cell: Cell) -> bool:
    """Whether a graded cell is a test of nbgrader's own kind."""
    return _is_ordinary("".join(cell["source"]))


def _points(output: Any) -> float | None:
    """What a test's result says that an answer is worth, None if it is no number."""
    text = output.get("data", {}).get("text/plain", "")
    try:
        return float("".join(text))
    except ValueError:
        return None


def _failed(question: str, reason: str) -> Verdict:
    return Verdict(question, Status.WRONG, 0.0, stage=Stage.VALUE, reason=reason)


def _stopped(cell: Cell, question: str, output: Any) -> Verdict:
    """An exception: what it says is the student's to read, unless a hidden test may have raised it."""
    name, words = str(output.get("ename")), str(output.get("evalue") or "")
    if package := missing_package(name, words):
        return needs_review(question, MISSING.format(package=package))
    told = f": {words}" if words and not HIDDEN.search("".join(cell["source"])) else ""
    return _failed(question, STOPPED.format(name=name, words=told))


def _partly(question: str, given: float, out_of: float) -> Verdict:
    if not 0 <= given <= out_of:
        return needs_review(question, NO_SHARE.format(given=given, out_of=out_of))
    share = given / out_of if out_of else 1.0
    status = Status.RIGHT if share == 1 else Status.PARTLY if share else Status.WRONG
    return Verdict(question, status, share)


def verdict_of(cell: Cell) -> Verdict:
    """The verdict by the outputs of an ordinary test that was run: an error gives nothing, a number gives
    that many points, anything else gives all of them."""
    question = name_of(cell).removeprefix("test_")
    for output in cell["outputs"]:
        if output["output_type"] == "error":
            return _stopped(cell, question, output)
        if output["output_type"] == "stream" and output["name"] == "stderr":
            return _failed(question, WARNED)
        if output["output_type"] == "execute_result" and (given := _points(output)) is not None:
            return _partly(question, given, float(mark(cell)["points"]))
    return Verdict(question, Status.RIGHT, 1.0)
