"""Run a trusted notebook: the student's cells in the student's process, the graded cells here."""

import ast
import builtins
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from types import CodeType
from typing import Any

from backprop_lab.validation import Stage, Status

from ..judging.verdict import Verdict, needs_review, render
from ..sandbox.client import Request, to_look, to_run
from .cells import Cell, is_graded, mark, name_of
from .clock import Clock
from .hidden_test import Grading, NeedsReview, grading_with
from .notebook import Notebook
from .ordinary_test import is_ordinary, verdict_of
from .outputs import error_output
from .packages import MISSING
from .remote import RemoteNames
from .session import Session

NOT_ONCE = "{name} has to call grade once; it called it {count} times"
NOT_DEFINED = "it is not defined. Was it renamed, or did its cell raise an error?"


@dataclass(frozen=True)
class Graded:
    """What became of a notebook: the verdicts by graded cell, what a person may want to look at
    (limits that were hit, processes that ended), the packages that were lacking, and what was spent by
    stage."""

    verdicts: dict[str, Verdict]
    incidents: tuple[str, ...] = ()
    spent: Clock = field(default_factory=Clock)
    lacking: frozenset[str] = frozenset()


def _no_check(question: str, function: Any) -> None:
    """The visible check is silent while it is graded: the hidden tests speak."""


def _no_print(*values: Any, **options: Any) -> None:
    """What a hidden test prints is for nobody: the verdict has its reason."""


OWN: dict[str, Any] = {"check": _no_check, "print": _no_print}  # the grader's, in place of the student's


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


def _grade(cell: Cell, session: Session, grading: Grading) -> Verdict:
    """The verdict of a graded cell, whose outputs then give the reason."""
    names, lacking = RemoteNames(session, dict(OWN)), session.lacking
    lacking.start()
    try:
        verdict = _judge(cell, names, grading)
    except NameError as error:
        if package := lacking.blame_for(error.name or ""):
            return _for_a_person(cell, needs_review(_question(cell), MISSING.format(package=package)))
        cell["outputs"] = [error_output("NameError", str(error))]
        return Verdict(_question(cell), Status.OPEN, 0.0, stage=Stage.DEFINED, reason=NOT_DEFINED)
    except Exception as error:
        return _for_a_person(cell, needs_review(_question(cell), str(error), traceback.format_exc()))
    if lacking.blamed and verdict.status is not Status.RIGHT:
        verdict = needs_review(_question(cell), MISSING.format(package=lacking.blamed))
    if verdict.status is Status.NEEDS_REVIEW:
        return _for_a_person(cell, verdict)
    cell["outputs"] = _shown(verdict, float(mark(cell)["points"]))
    return verdict


@cache
def _asked(source: str) -> tuple[str, ...]:
    """The names that a graded cell takes from the student: all that it uses and does not make itself."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:  # told when it is judged
        return ()
    names = [node for node in nodes if isinstance(node, ast.Name)]
    made = {name.id for name in names if not isinstance(name.ctx, ast.Load)} | OWN.keys()
    made |= {a.asname or a.name for n in nodes if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names}
    return tuple(sorted({name.id for name in names} - made - vars(builtins).keys()))


def _steps(cells: Sequence[Cell]) -> Iterator[tuple[Cell, Request]]:
    """What there is to do, and for which cell: run the student's cells and ordinary tests; where a graded
    cell stands that is judged here, hold what it asks for."""
    for cell in cells:
        source = "".join(cell["source"]).strip()
        if is_graded(cell) and not is_ordinary(cell):
            yield from ((cell, to_look(name)) for name in _asked(source))
        elif source:
            yield cell, to_run(source)


def _is_ordinary(place: tuple[Cell, Request]) -> bool:
    return is_graded(place[0]) and is_ordinary(place[0])


def _run(cells: Sequence[Cell], session: Session) -> None:
    """Take all steps, and fill the cells' outputs. The student's process is given no ordinary test before the
    cells above it were run."""
    for _, places in groupby(_steps(cells), key=_is_ordinary):
        found, steps = zip(*places, strict=True)
        for cell, shown in zip(found, session.take(steps), strict=True):
            if shown:
                cell["outputs"], cell["execution_count"] = shown


def execute(notebook: Notebook, session: Session, grading: Grading) -> Graded:
    """Run the student's cells in their order, then judge; fill the cells' outputs.

    What is judged is what a name stood for at its graded cell. It is called when all cells were run, so
    that it can use what stands in a later one, and no code of a cell sees what the calls were given.
    """
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    with session.clock.measure("cells"):
        _run(cells, session)
    session.start_judging()
    verdicts: dict[str, Verdict] = {}
    for cell in filter(is_graded, cells):
        with session.clock.measure("judge"):
            ordinary = is_ordinary(cell)
            verdicts[name_of(cell)] = verdict_of(cell) if ordinary else _grade(cell, session, grading)
    return Graded(verdicts, tuple(session.incidents), session.clock, session.lacking.packages)
