"""Run a trusted notebook: the student's cells in the student's process, the graded cells here."""

from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from .grading import NeedsReview, grading_for
from .judge import Kept, Verdict
from .points import Point
from .rebuild import Cell, Notebook, is_graded, name_of
from .remote import RemoteNames
from .session import Session, error_output

NOT_ONCE = "{name} has to call grade once; it called it {count} times"


def _no_check(question: str, function: Any) -> None:
    """The visible check is silent while it is graded: the hidden tests speak."""


def _shown(verdict: Verdict) -> list[dict[str, Any]]:
    """A verdict as the cell's outputs, for people; its points go to the gradebook another way."""
    points = {"text/plain": repr(float(verdict.points))}
    result = {"output_type": "execute_result", "execution_count": None, "data": points, "metadata": {}}
    return [{"output_type": "stream", "name": "stdout", "text": f"{verdict.message}\n"}, result]


def _judge(cell: Cell, names: RemoteNames, points: Sequence[Point], kept: Kept) -> Verdict:
    """Run a graded cell in the grader; raises NameError for what the student did not define, and
    NeedsReview if the grader itself fails."""
    with grading_for(points, kept) as verdicts, redirect_stdout(StringIO()):
        exec(compile("".join(cell["source"]), name_of(cell), "exec"), {}, names)
    if len(verdicts) != 1:
        raise NeedsReview(NOT_ONCE.format(name=name_of(cell), count=len(verdicts)))
    return verdicts[0]


def _grade(cell: Cell, names: RemoteNames, points: Sequence[Point], kept: Kept) -> float | None:
    """The points for a graded cell, whose outputs then give the reason; None if the grader failed."""
    try:
        verdict = _judge(cell, names, points, kept)
    except NameError as error:
        cell["outputs"] = [error_output("NameError", str(error))]
        return 0.0
    except Exception as error:
        cell["outputs"] = [error_output(NeedsReview.__name__, str(error))]
        return None
    cell["outputs"] = _shown(verdict)
    return verdict.points


def run(notebook: Notebook, session: Session, points: Sequence[Point], kept: Kept) -> dict[str, float | None]:
    """Run the cells in their order and fill their outputs; the points by graded cell.

    A cell whose points are None could not be judged and needs review.
    """
    found: dict[str, float | None] = {}
    for cell in (c for c in notebook["cells"] if c["cell_type"] == "code"):
        if is_graded(cell):
            names = RemoteNames(session, {"check": _no_check})
            found[name_of(cell)] = _grade(cell, names, points, kept)
        elif source := "".join(cell["source"]).strip():
            cell["outputs"], cell["execution_count"] = session.run(source)
    return found
