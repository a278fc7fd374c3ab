"""`autograder check`: what a grader would say of a notebook, by its visible checks.

The notebook is rebuilt and run as for a grade, in the sandbox and with the same judge. Only the test inputs
differ: those of the notebook's own checks, in place of hidden ones. It needs no course and no secret.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .init import ASSIGNMENT, origin

if TYPE_CHECKING:
    from ..judging.gradient import Review, Verdict
    from ..judging.sampling import Point
    from ..submission.execute import Graded
    from ..submission.notebook import Notebook
    from ..submission.rebuild import Rebuilt

HELP = "say what a grader would say of a notebook, by its visible checks"
DESCRIPTION = (
    "Run a notebook, a student's or the source, in the sandbox, and say for each question what a grader "
    "would say. The test inputs are those of the notebook's own checks; a grade uses other, hidden ones. No "
    "course and no secret are needed, and nothing is written."
)
EXIT_CODES = (
    "The exit code is 0 if every answer is right, 1 if one is wrong or open, 2 if nothing could be found out "
    "(not a notebook of this assignment, no sandbox)."
)

CELL_TIME, NOTEBOOK_TIME = 20.0, 120.0  # seconds
SOLUTION = re.compile(r"### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL)
ABSENT = "raise NotImplementedError()  # the notebook has no such cell"
OPEN = ("answered", "defined")  # validation stages: there is no answer to judge

NOT_OURS = "it is a notebook, but not of {assignment}: it defines none of {questions}."
NOTED = "  note: {note}"
SUMMARY = (
    "{right} of {count} questions right, {points:.4g} of {out_of:g} points, with the test inputs of the "
    "notebook's own checks."
)
NEXT = "It is graded with other, hidden test inputs."


class CannotCheck(Exception):
    """Nothing was found out about the notebook; the message says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = EXIT_CODES
    parser.add_argument("notebook", type=Path, metavar="NOTEBOOK", help="the notebook's file, of any name")
    parser.add_argument(
        "--unconfined",
        action="store_true",
        help="go on where files or network cannot be closed off to the notebook's code: only for your own",
    )


def _source() -> Path:
    """Return the folder of the assignment's source."""
    return origin() / "source" / ASSIGNMENT


def _template() -> "Notebook":
    """Return the source notebook with its tests, its solutions taken out."""
    from ..submission.notebook import read_notebook
    from ..submission.rebuild import mark

    notebook = read_notebook(_source() / f"{_source().name}.ipynb")
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        if mark(cell).get("solution"):
            cell["source"] = SOLUTION.sub(ABSENT, cell["source"])
    return notebook


def _trusted(path: Path) -> "Rebuilt":
    """Return the trusted notebook; raises CannotCheck for a file that is not ours."""
    from backprop_lab.checking import QUESTIONS

    from ..submission.notebook import Unreadable, read_notebook
    from ..submission.rebuild import name_of, rebuild

    try:
        built = rebuild(_template(), read_notebook(path))
    except Unreadable as error:
        raise CannotCheck(str(error)) from None
    answers = [cell["source"] for cell in built.notebook["cells"] if name_of(cell) in QUESTIONS]
    if all(ABSENT in source for source in answers):
        raise CannotCheck(NOT_OURS.format(assignment=_source().name, questions=", ".join(QUESTIONS)))
    return built


def visible() -> "Sequence[Point]":
    """Return the test inputs of the notebook's own checks, as the judge takes them."""
    from backprop_lab.checking import visible_points

    from ..judging.sampling import point

    return [point(*(values[name] for name in "xyubwc")) for values, _ in visible_points()]


def _material(path: Path) -> Path:
    """Return the notebook's folder if it is a copy of the one that was handed out; else the source's own.
    (A folder of downloads, say, is not copied.)"""
    folder = path.parent
    return folder if (folder / "backprop_lab").is_dir() else _source()


def _run(notebook: "Notebook", material: Path, unconfined: bool) -> "Graded":
    from ..sandbox.processes import CannotIsolate, open_sandbox
    from ..submission.execute import run as execute
    from ..submission.session import Session

    sandbox = open_sandbox()
    try:
        sandbox.require(unconfined)
        with Session(sandbox, [material], CELL_TIME, NOTEBOOK_TIME) as session:
            return execute(notebook, session, visible(), {})
    except (CannotIsolate, RuntimeError) as error:
        raise CannotCheck(str(error)) from None
    finally:
        sandbox.close()


def _words(verdict: "Verdict | Review") -> str:
    """Return a verdict in words. The judge takes all test inputs for hidden ones, and an open answer for a
    wrong one."""
    message = verdict.message.replace("hidden points", "visible points")
    return message.replace("✗", "○", 1) if verdict.gate in OPEN else message


def _summary(verdicts: "Sequence[Verdict | Review]") -> str:
    right = sum(v.gate is None for v in verdicts)
    points, out_of = sum(v.points or 0.0 for v in verdicts), sum(v.out_of for v in verdicts)
    return SUMMARY.format(right=right, count=len(verdicts), points=points, out_of=out_of)


def check(path: Path, unconfined: bool = False) -> tuple[bool, str]:
    """Return whether all is right, and what a grader would say; raises CannotCheck.

    `unconfined` goes on where files or network cannot be closed off to the notebook's code.
    """
    path = path.resolve()
    built = _trusted(path)
    graded = _run(built.notebook, _material(path), unconfined)
    verdicts = list(graded.verdicts.values())
    notes = [NOTED.format(note=note) for note in (*built.notes, *graded.incidents)]
    lines = [*map(_words, verdicts), *notes, "", _summary(verdicts), NEXT]
    return all(v.gate is None for v in verdicts), "\n".join(lines)


def run(options: argparse.Namespace) -> int:
    """Check a notebook; 0 if all is right, 1 if not, 2 if nothing could be found out."""
    try:
        right, words = check(options.notebook, options.unconfined)
    except CannotCheck as error:
        print(f"autograder check: {options.notebook}: {error}", file=sys.stderr)
        return 2
    print(words)
    return 0 if right else 1
