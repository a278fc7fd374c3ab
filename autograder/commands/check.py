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
from ..sandbox.processes import CannotIsolate, ordinary_origin
from ..submission.annotate import verdicts
from ..submission.beside import is_material, is_utf8, read_files
from ..submission.notebook import Notebook, Unreadable, content_of, parse_notebook, read_notebook
from ..submission.pipeline import Done, Job, grade_submission
from ..submission.rebuild import mark
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


def _content(path: Path) -> bytes:
    """What is in the file; raises CannotCheck for one that is no notebook."""
    try:
        content = content_of(path)
        parse_notebook(content)
    except Unreadable as error:
        raise CannotCheck(str(error)) from None
    return content


def _check_ours(done: Done) -> None:
    """Raise CannotCheck for a notebook in which no question of ours is answered."""
    if done.unanswered >= set(QUESTIONS):
        raise CannotCheck(NOT_OURS.format(assignment=ASSIGNMENT, questions=", ".join(QUESTIONS)))


def visible() -> Sequence[Point]:
    """The points of the notebook's own checks, as the judge takes them."""
    return [point(*(values[name] for name in "xyubwc")) for values, _ in visible_points()]


def _material(path: Path) -> Path:
    """The files beside the notebook, if it lies in the folder that was handed out; else that folder.
    (Downloads, say, are not to be copied.)"""
    folder = path.parent
    return folder if (folder / "backprop_lab").is_dir() else source_of_all() / "source" / ASSIGNMENT


def _files(folder: Path) -> dict[str, bytes]:
    """What lies in the folder for the notebook's code: no links, no notebooks."""
    found = (path for path in sorted(folder.rglob("*")) if path.suffix != ".ipynb" and path.is_file())
    paths = {path.relative_to(folder).as_posix(): path for path in found}
    files, _ = read_files({name: path for name, path in paths.items() if is_utf8(name) and is_material(name)})
    return files


def _run(path: Path, unconfined: bool) -> Done:
    """Send the notebook through the pipeline."""
    job = Job(
        "", _content(path), _files(_material(path)), _template(), visible(), {}, CELL_TIME, NOTEBOOK_TIME
    )
    origin = ordinary_origin()
    try:
        origin.require(unconfined)
        return grade_submission(job, origin)
    except (CannotIsolate, RuntimeError) as error:
        raise CannotCheck(str(error)) from None
    finally:
        origin.close()


def _words(verdict: Verdict | Review) -> str:
    """A verdict as it is shown: the judge takes all points for hidden ones, and an open answer for a
    wrong one."""
    message = verdict.message.replace("hidden points", "visible points")
    return message.replace("✗", "○", 1) if verdict.gate in OPEN else message


def _summary(found: Sequence[Verdict | Review]) -> str:
    right = sum(v.gate is None for v in found)
    points, out_of = sum(v.points or 0.0 for v in found), sum(v.out_of for v in found)
    return SUMMARY.format(right=right, count=len(found), points=points, out_of=out_of)


def check(path: Path, unconfined: bool = False) -> tuple[bool, str]:
    """Whether all is right, and what a grader would say; raises CannotCheck.

    `unconfined` goes on where files or network cannot be closed off to the notebook's code.
    """
    done = _run(path.resolve(), unconfined)
    _check_ours(done)
    executed = parse_notebook(done.notebook.encode())
    found = list(verdicts(executed).values())
    notes = [NOTED.format(note=note) for note in (*done.notes, *done.incidents)]
    lines = [*map(_words, found), *notes, "", _summary(found), NEXT]
    return all(v.gate is None for v in found), "\n".join(lines)
