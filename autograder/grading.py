"""`grade`, the one line of a hidden test. It runs where the notebook runs: in nbgrader's kernel."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from backprop_lab.quiet import quiet, shell

from . import course
from .assess import assess
from .judge import Verdict
from .points import points, seed_for

FAILURE_OF_OURS = (
    "NEEDS REVIEW: {name} could not be judged, through no fault of the student "
    "({kind}: {reason}). This is not a grade. Tell the instructor."
)


class NeedsReview(Exception):
    """The grader itself failed: the student's answer is neither right nor wrong."""


def working_folder() -> Path:
    """Where the notebook was started; the student may have changed folder since."""
    return Path(getattr(shell(), "starting_dir", None) or Path.cwd())


def identity(folder: Path) -> tuple[str, str]:
    """(assignment, student) as nbgrader's folders name them: …/<student>/<assignment>/."""
    return folder.name, folder.parent.name


def _judge(name: str, function: Callable[..., Any]) -> Verdict:
    folder = working_folder()
    root = course.find_course(folder)
    settings = course.read_settings(root)
    seed = seed_for(course.find_secret(root, settings), *identity(folder))
    return assess(name, function, points(seed), settings.kept)


def grade(name: str, function: Callable[..., Any]) -> float:
    """The points for a student's function; the reason is printed.

    Called in the last line of a graded cell, it shows its points as the cell's result, which
    is how nbgrader learns of them. The hidden points are those of the student whose folder the
    notebook lies in.

    Raises NeedsReview if the grader itself fails: that is no verdict on the answer.
    """
    try:
        with quiet():
            verdict = _judge(name, function)
    except Exception as error:
        words = {"name": name, "kind": type(error).__name__, "reason": error}
        raise NeedsReview(FAILURE_OF_OURS.format(**words)) from error
    print(verdict.message)
    return float(verdict.points)
