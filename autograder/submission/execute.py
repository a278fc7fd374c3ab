"""Run a trusted notebook: the student's cells in the student's process, the graded cells here."""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import CodeType
from typing import Any

from backprop_lab.validation import Stage, Status

from ..judging import verdict as data
from ..judging.gradient import Kept, Review, Verdict
from ..judging.sampling import Point
from .hidden_test import NeedsReview, grading_for
from .notebook import Notebook
from .rebuild import Cell, is_graded, mark, name_of
from .remote import RemoteNames
from .session import Session, error_output

NOT_ONCE = "{name} has to call grade once; it called it {count} times"
NOT_DEFINED = (
    "✗ {question}, 0 of {out_of:g} points: it is not defined. Was it renamed, or did its cell raise an error?"
)


@dataclass(frozen=True)
class Graded:
    """What became of a notebook: the verdicts by graded cell, what a person may want to look at
    (limits that were hit, processes that ended), and the seconds by what they were spent on."""

    verdicts: dict[str, Verdict | Review]
    incidents: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)


def _no_check(question: str, function: Any) -> None:
    """The visible check is silent while it is graded: the hidden tests speak."""


def _no_print(*values: Any, **options: Any) -> None:
    """What a hidden test prints is for nobody: the verdict has its message."""


def _shown(verdict: Verdict) -> list[dict[str, Any]]:
    """A verdict as the cell's outputs, for people; its points go to the gradebook another way."""
    points = {"text/plain": repr(float(verdict.points))}
    result = {"output_type": "execute_result", "execution_count": None, "data": points, "metadata": {}}
    return [{"output_type": "stream", "name": "stdout", "text": f"{verdict.message}\n"}, result]


@cache
def _compiled(source: str, name: str) -> CodeType:
    """The code of a graded cell, which is the same for a whole class."""
    return compile(source, name, "exec")


def _judge(cell: Cell, names: RemoteNames, points: Sequence[Point], kept: Kept) -> Verdict:
    """Run a graded cell in the grader; raises NameError for what the student did not define, and
    NeedsReview if the grader itself fails."""
    with grading_for(points, kept) as verdicts:
        exec(_compiled("".join(cell["source"]), name_of(cell)), {}, names)
    if len(verdicts) != 1:
        raise NeedsReview(NOT_ONCE.format(name=name_of(cell), count=len(verdicts)))
    return verdicts[0]


def _asked(cell: Cell) -> tuple[str, float]:
    """The question that a graded cell judges, and its points."""
    return name_of(cell).removeprefix("test_"), float(mark(cell)["points"])


def review(cell: Cell, reason: str, log: str = "") -> Review:
    """Leave a graded cell to a person: the cell's output and the verdict's stand-in give the reason."""
    cell["outputs"] = [error_output(NeedsReview.__name__, reason)]
    return Review(*_asked(cell), reason, log)


def unjudged(notebook: Notebook, reason: str, log: str = "") -> Graded:
    """No points for any graded cell, and the reason in each: a person has to look."""
    return Graded({name_of(cell): review(cell, reason, log) for cell in notebook["cells"] if is_graded(cell)})


def _grade(cell: Cell, names: RemoteNames, points: Sequence[Point], kept: Kept) -> Verdict | Review:
    """The verdict of a graded cell, whose outputs then give the reason."""
    try:
        verdict = _judge(cell, names, points, kept)
    except NameError as error:
        question, out_of = _asked(cell)
        cell["outputs"] = [error_output("NameError", str(error))]
        message = NOT_DEFINED.format(question=question, out_of=out_of)
        return Verdict(question, 0.0, out_of, "defined", message)
    except Exception as error:
        return review(cell, str(error), traceback.format_exc())
    cell["outputs"] = _shown(verdict)
    return verdict


def run(notebook: Notebook, session: Session, points: Sequence[Point], kept: Kept) -> Graded:
    """Run the cells in their order and fill their outputs; what became of the graded ones."""
    verdicts: dict[str, Verdict | Review] = {}
    for cell in (c for c in notebook["cells"] if c["cell_type"] == "code"):
        if is_graded(cell):
            names = RemoteNames(session, {"check": _no_check, "print": _no_print})
            with session.clock.measure("judging"):
                verdicts[name_of(cell)] = _grade(cell, names, points, kept)
        elif source := "".join(cell["source"]).strip():
            with session.clock.measure("execution"):
                cell["outputs"], cell["execution_count"] = session.run(source)
    return Graded(verdicts, tuple(session.incidents), dict(session.clock))


# For the time being: from the judge's former verdicts to verdicts as data


def _status(verdict: Verdict) -> Status:
    if verdict.gate is None:
        return Status.RIGHT
    if verdict.points:
        return Status.PARTLY
    return Status.OPEN if verdict.gate in ("answered", "defined") else Status.WRONG


def as_verdict(old: Verdict | Review) -> data.Verdict:
    """Return a former verdict as data."""
    if isinstance(old, Review):
        return data.needs_review(old.question, old.message, old.log)
    stage = Stage(old.gate) if old.gate in set(Stage) else None
    mistake = old.mistakes[0] if old.mistakes else ""
    share = old.points / old.out_of
    return data.Verdict(old.question, _status(old), share, stage=stage, reason=old.message, mistake=mistake)


def as_verdicts(graded: Graded) -> dict[str, data.Verdict]:
    """Return the verdicts of a notebook as data."""
    return {name: as_verdict(verdict) for name, verdict in graded.verdicts.items()}
