"""`autograder check`: what a grader would say of a notebook, by the points that everybody can see.

The notebook is rebuilt and run as for a grade, in isolation and with the same judge. Only the numbers
are others: those of the notebook's own checks, in place of hidden ones. No course and no secret are needed.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from backprop_lab.checking import QUESTIONS, visible_points

from ..judging.gradient import Review, Verdict
from ..judging.sampling import Point, point
from ..sandbox.processes import CannotIsolate, open_sandbox
from ..submission.execute import Graded, run
from ..submission.notebook import Notebook, Unreadable, read_notebook
from ..submission.rebuild import Rebuilt, mark, name_of, rebuild
from ..submission.session import Session
from .init import ASSIGNMENT
from .init import origin as source_of_all

CELL_TIME, NOTEBOOK_TIME = 20.0, 120.0  # seconds
SOLUTION = re.compile(r"### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL)
ABSENT = "raise NotImplementedError()  # the notebook has no such cell"
OPEN = ("answered", "defined")  # gates: there is no answer to judge

NOT_OURS = "it is a notebook, but none of {assignment}: it defines none of {questions}."
NOTED = "  note: {note}"
SUMMARY = (
    "{right} of {count} questions right, {points:.4g} of {out_of:g} points, with the numbers of the "
    "notebook's own checks."
)
NEXT = "It is graded with other, hidden numbers."


class CannotCheck(Exception):
    """Nothing was found out about the notebook; the message says why."""


def _template() -> Notebook:
    """The source notebook with its tests, its solutions taken out."""
    notebook = read_notebook(source_of_all() / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        if mark(cell).get("solution"):
            cell["source"] = SOLUTION.sub(ABSENT, cell["source"])
    return notebook


def _trusted(path: Path) -> Rebuilt:
    """The trusted notebook; raises CannotCheck for a file that is none of ours."""
    try:
        built = rebuild(_template(), read_notebook(path))
    except Unreadable as error:
        raise CannotCheck(str(error)) from None
    answers = [cell["source"] for cell in built.notebook["cells"] if name_of(cell) in QUESTIONS]
    if all(ABSENT in source for source in answers):
        raise CannotCheck(NOT_OURS.format(assignment=ASSIGNMENT, questions=", ".join(QUESTIONS)))
    return built


def visible() -> Sequence[Point]:
    """The points of the notebook's own checks, as the judge takes them."""
    return [point(*(values[name] for name in "xyubwc")) for values, _ in visible_points()]


def _material(path: Path) -> Path:
    """The files beside the notebook, if it lies in the folder that was handed out; else that folder.
    (Downloads, say, are not to be copied.)"""
    folder = path.parent
    return folder if (folder / "backprop_lab").is_dir() else source_of_all() / "source" / ASSIGNMENT


def _run(notebook: Notebook, material: Path, unconfined: bool) -> Graded:
    sandbox = open_sandbox()
    try:
        sandbox.require(unconfined)
        with Session(sandbox, [material], CELL_TIME, NOTEBOOK_TIME) as session:
            return run(notebook, session, visible(), {})
    except (CannotIsolate, RuntimeError) as error:
        raise CannotCheck(str(error)) from None
    finally:
        sandbox.close()


def _words(verdict: Verdict | Review) -> str:
    """A verdict as it is shown: the judge takes all points for hidden ones, and an open answer for a
    wrong one."""
    message = verdict.message.replace("hidden points", "visible points")
    return message.replace("✗", "○", 1) if verdict.gate in OPEN else message


def _summary(verdicts: Sequence[Verdict | Review]) -> str:
    right = sum(v.gate is None for v in verdicts)
    points, out_of = sum(v.points or 0.0 for v in verdicts), sum(v.out_of for v in verdicts)
    return SUMMARY.format(right=right, count=len(verdicts), points=points, out_of=out_of)


def check(path: Path, unconfined: bool = False) -> tuple[bool, str]:
    """Whether all is right, and what a grader would say; raises CannotCheck.

    `unconfined` goes on where files or network cannot be closed off to the notebook's code.
    """
    path = path.resolve()
    built = _trusted(path)
    graded = _run(built.notebook, _material(path), unconfined)
    verdicts = list(graded.verdicts.values())
    notes = [NOTED.format(note=note) for note in (*built.notes, *graded.incidents)]
    lines = [*map(_words, verdicts), *notes, "", _summary(verdicts), NEXT]
    return all(v.gate is None for v in verdicts), "\n".join(lines)
