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

if TYPE_CHECKING:
    from ..judging.verdict import Verdict
    from ..submission.notebook import Notebook
    from ..submission.pipeline import Done, Job

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

SOLUTION = re.compile(r"### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL)
ABSENT = "raise NotImplementedError()  # the notebook has no such cell"

NOT_OURS = "it is a notebook, but of none of these assignments: {known}. It defines none of their functions."
NOTED = "  note: {note}"
SUMMARY = (
    "{right} of {count} questions right, {points} of {out_of:g} points, with the test inputs of the "
    "notebook's own checks."
)
NEXT = "It is graded with other, hidden test inputs."


class CannotCheck(Exception):
    """Nothing was found out about the notebook; the message says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = EXIT_CODES
    parser.add_argument(
        "notebooks", nargs="+", type=Path, metavar="NOTEBOOK", help="the notebook's file, of any name"
    )
    parser.add_argument(
        "--unconfined",
        action="store_true",
        help="go on where files or network cannot be closed off to the notebook's code: only for your own",
    )


def _defined(notebook: "Notebook") -> set[str]:
    """Return the functions that a notebook defines."""
    from ..submission.cells import source_of
    from ..submission.rebuild import defined_in

    return {name for cell in notebook["cells"] for name in defined_in(source_of(cell) or "")}


def _exercise(notebook: "Notebook", course: Path | None) -> str:
    """Return the exercise that a notebook is about: the one that it names, or the one whose questions it
    answers most of."""
    from .. import exercises
    from ..submission.recognition import exercise_of

    known, defined = exercises.names(course), _defined(notebook)
    if (said := exercise_of(notebook)) in known:
        return said
    return max(known, key=lambda name: len(defined & exercises.find(name, course).public.asked.keys()))


def _template(folder: Path, exercise: str) -> "Notebook":
    """Return the source notebook with its tests, its solutions taken out."""
    from ..submission.cells import mark
    from ..submission.notebook import read_notebook

    notebook = read_notebook(next(iter(sorted(folder.glob("*.ipynb"))), folder / f"{exercise}.ipynb"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        if mark(cell).get("solution"):
            cell["source"] = SOLUTION.sub(ABSENT, cell["source"])
    return notebook


def _files(folder: Path, course: Path | None, exercise: str) -> dict[str, bytes]:
    """Return what lies beside the notebook, if its folder is a copy of the one that was handed out. (A
    folder of downloads, say, is not copied.)"""
    from .. import exercises
    from ..submission.beside import is_material, is_utf8, read_files

    if not (folder / "backprop_lab").is_dir():
        return {}
    loaded = exercises.modules_of(exercises.source_of(exercise, course))
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    paths = {path.relative_to(folder).as_posix(): path for path in files if path.suffix != ".ipynb"}
    wanted = {n: p for n, p in paths.items() if is_utf8(n) and is_material(n) and n not in loaded}
    return read_files(wanted)[0]


def _job(path: Path) -> "Job":
    """Return the job that grades a notebook by its visible checks; raise CannotCheck."""
    from .. import exercises
    from ..submission.notebook import Unreadable, content_of, parse_notebook
    from ..submission.pipeline import Job
    from ..submission.settings import find_course

    course = find_course(path.parent)
    try:
        content = content_of(path)
        exercise = _exercise(parse_notebook(content), course)
        template = _template(exercises.source_of(exercise, course), exercise)
    except (Unreadable, exercises.ExerciseError) as error:
        raise CannotCheck(str(error)) from None
    files = _files(path.parent, course, exercise)
    return Job("", content, files, template, exercise, course, None, {})


def _grade(job: "Job", unconfined: bool) -> "Done":
    """Send the notebook through the pipeline; raise CannotCheck if the grader itself fails."""
    from ..sandbox import open_sandbox
    from ..sandbox.processes import CannotIsolate
    from ..submission.pipeline import Workshop

    shop = Workshop(open_sandbox(), unconfined)
    try:
        shop.report()
        done = shop.do(job)
    except (CannotIsolate, RuntimeError) as error:
        raise CannotCheck(str(error)) from None
    finally:
        shop.close()
    if done.log:
        raise CannotCheck(next(v.reason for v in done.verdicts.values() if v.log))
    return done


def _must_be_ours(job: "Job", done: "Done") -> None:
    """Raise CannotCheck for a notebook without a single answer cell of an exercise."""
    from .. import exercises

    asked = exercises.find(job.exercise, job.course).public.asked
    if done.unanswered >= asked.keys():
        raise CannotCheck(NOT_OURS.format(known=", ".join(exercises.names(job.course))))


def _summary(verdicts: "Sequence[Verdict]", points: Sequence[float], out_of: Sequence[float]) -> str:
    from ..judging.verdict import points_in_words

    right = sum(verdict.share == 1 for verdict in verdicts)
    return SUMMARY.format(
        right=right, count=len(verdicts), points=points_in_words(sum(points)), out_of=sum(out_of)
    )


def check(path: Path, unconfined: bool = False) -> tuple[bool, str]:
    """Return whether all is right, and what a grader would say; raises CannotCheck.

    `unconfined` goes on where files or network cannot be closed off to the notebook's code.
    """
    from ..judging.verdict import render
    from ..submission.cells import max_scores

    job = _job(path.resolve())
    done = _grade(job, unconfined)
    _must_be_ours(job, done)
    worth = max_scores(job.template)
    words = [render(verdict, worth[name]) for name, verdict in done.verdicts.items()]
    points = [verdict.points(worth[name]) or 0.0 for name, verdict in done.verdicts.items()]
    notes = [NOTED.format(note=note) for note in (*done.notes, *done.incidents)]
    verdicts = list(done.verdicts.values())
    lines = [*words, *notes, "", _summary(verdicts, points, list(worth.values())), NEXT]
    return all(verdict.share == 1 for verdict in verdicts), "\n".join(lines)


def _run_one(path: Path, unconfined: bool) -> int:
    from ..submission.beside import printable

    try:
        right, words = check(path, unconfined)
    except CannotCheck as error:
        print(printable(f"autograder check: {path}: {error}"), file=sys.stderr)
        return 2
    print(printable(words))  # the student's messages are in it
    return 0 if right else 1


def run(options: argparse.Namespace) -> int:
    """Check notebooks; 0 if all is right, 1 if not, 2 if nothing could be found out about one."""
    codes = []
    for path in options.notebooks:
        if len(options.notebooks) > 1:
            print(f"{path}:", flush=True)
        codes.append(_run_one(path, options.unconfined))
    return max(codes)
