"""Run a trusted notebook: the student's cells in the student's process, the graded cells here."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import CodeType
from typing import Any

from backprop_lab.validation import Stage, Status

from ..judging.verdict import Verdict, needs_review, render
from .hidden_test import Grading, NeedsReview, grading_with
from .notebook import Notebook
from .rebuild import Cell, is_graded, mark, name_of
from .remote import RemoteNames
from .session import Session, error_output

NOT_ONCE = "{name} has to call grade once; it called it {count} times"
NOT_DEFINED = "it is not defined. Was it renamed, or did its cell raise an error?"


@dataclass(frozen=True)
class Graded:
    """What became of a notebook: the verdicts by graded cell, what a person may want to look at
    (limits that were hit, processes that ended), and the seconds by what they were spent on."""

    verdicts: dict[str, Verdict]
    incidents: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)


def _no_check(question: str, function: Any) -> None:
    """The visible check is silent while it is graded: the hidden tests speak."""


def _no_print(*values: Any, **options: Any) -> None:
    """What a hidden test prints is for nobody: the verdict has its reason."""


def _shown(verdict: Verdict, max_score: float) -> list[dict[str, Any]]:
    """A verdict as the cell's outputs, for people; its points go to the gradebook another way."""
    points = {"text/plain": repr(float(verdict.points(max_score) or 0.0))}
    result = {"output_type": "execute_result", "execution_count": None, "data": points, "metadata": {}}
    return [{"output_type": "stream", "name": "stdout", "text": f"{render(verdict, max_score)}\n"}, result]


@cache
def _compiled(source: str, name: str) -> CodeType:
    """The code of a graded cell, which is the same for a whole class."""
    return compile(source, name, "exec")


def _judge(cell: Cell, names: RemoteNames, grading: Grading) -> Verdict:
    """Run a graded cell in the grader; raises NameError for what the student did not define, and
    NeedsReview if the grader itself fails."""
    with grading_with(grading) as verdicts:
        exec(_compiled("".join(cell["source"]), name_of(cell)), {}, names)
    if len(verdicts) != 1:
        raise NeedsReview(NOT_ONCE.format(name=name_of(cell), count=len(verdicts)))
    return verdicts[0]


def _question(cell: Cell) -> str:
    """The question that a graded cell judges."""
    return name_of(cell).removeprefix("test_")


def _for_a_person(cell: Cell, verdict: Verdict) -> Verdict:
    """Leave a graded cell to a person: its output gives the reason, and no points."""
    cell["outputs"] = [error_output(NeedsReview.__name__, verdict.reason)]
    return verdict


def unjudged(notebook: Notebook, reason: str, log: str = "") -> Graded:
    """No points for any graded cell, and the reason in each: a person has to look."""
    graded = [cell for cell in notebook["cells"] if is_graded(cell)]
    return Graded({name_of(c): _for_a_person(c, needs_review(_question(c), reason, log)) for c in graded})


def _grade(cell: Cell, names: RemoteNames, grading: Grading) -> Verdict:
    """The verdict of a graded cell, whose outputs then give the reason."""
    try:
        verdict = _judge(cell, names, grading)
    except NameError as error:
        cell["outputs"] = [error_output("NameError", str(error))]
        return Verdict(_question(cell), Status.OPEN, 0.0, stage=Stage.DEFINED, reason=NOT_DEFINED)
    except Exception as error:
        return _for_a_person(cell, needs_review(_question(cell), str(error), traceback.format_exc()))
    if verdict.status is Status.NEEDS_REVIEW:
        return _for_a_person(cell, verdict)
    cell["outputs"] = _shown(verdict, float(mark(cell)["points"]))
    return verdict


def execute(notebook: Notebook, session: Session, grading: Grading) -> Graded:
    """Run the cells in their order and fill their outputs; what became of the graded ones."""
    verdicts: dict[str, Verdict] = {}
    for cell in (c for c in notebook["cells"] if c["cell_type"] == "code"):
        if is_graded(cell):
            names = RemoteNames(session, {"check": _no_check, "print": _no_print})
            with session.clock.measure("judging"):
                verdicts[name_of(cell)] = _grade(cell, names, grading)
        elif source := "".join(cell["source"]).strip():
            with session.clock.measure("execution"):
                cell["outputs"], cell["execution_count"] = session.run(source)
    return Graded(verdicts, tuple(session.incidents), dict(session.clock))
