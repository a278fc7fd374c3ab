"""`grade`, the one line of a hidden test. It runs where the notebook runs: in nbgrader's kernel."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backprop_lab.nbgrader_mode import quiet, shell

from ..judging.assess import assess
from ..judging.gradient import Kept, Verdict
from ..judging.mistakes import NAMES
from ..judging.sampling import Point, points, seed_for
from .secret import find_secret
from .settings import find_course, read_settings

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


@dataclass
class Grading:
    """What `grade` is to use when the grader runs it outside a student's kernel, and its verdicts."""

    points: Sequence[Point]
    kept: Kept
    verdicts: list[Verdict] = field(default_factory=list)


_current: ContextVar[Grading | None] = ContextVar("grading", default=None)


@contextmanager
def grading_for(points: Sequence[Point], kept: Kept) -> Iterator[list[Verdict]]:
    """Have `grade` judge at these points, and collect its verdicts."""
    grading = Grading(points, kept)
    token = _current.set(grading)
    try:
        yield grading.verdicts
    finally:
        _current.reset(token)


def _judge_in_kernel(name: str, function: Callable[..., Any]) -> Verdict:
    """Judge where the student's code runs, in nbgrader's kernel."""
    folder = working_folder()
    given, kept = material_for(folder, *identity(folder))
    with quiet():
        return assess(name, function, given, kept)


def _judge(name: str, function: Callable[..., Any]) -> Verdict:
    grading = _current.get()
    if grading is None:
        return _judge_in_kernel(name, function)
    verdict = assess(name, function, grading.points, grading.kept)
    grading.verdicts.append(verdict)
    return verdict


def material_for(folder: Path, assignment: str, student: str) -> tuple[Sequence[Point], Kept]:
    """A student's points and the course's policy, by the course that the folder lies in."""
    root = find_course(folder)
    settings = read_settings(root, NAMES)
    seed = seed_for(find_secret(root, settings), assignment, student)
    return points(seed), settings.kept


def grade(name: str, function: Callable[..., Any]) -> float:
    """The points for a student's function; the reason is printed where a notebook shows it.

    Called in the last line of a graded cell, it shows its points as the cell's result, which
    is how nbgrader learns of them. The hidden points are those of the student whose folder the
    notebook lies in.

    Raises NeedsReview if the grader itself fails: that is no verdict on the answer.
    """
    try:
        verdict = _judge(name, function)
    except Exception as error:
        words = {"name": name, "kind": type(error).__name__, "reason": error}
        raise NeedsReview(FAILURE_OF_OURS.format(**words)) from error
    if _current.get() is None:
        print(verdict.message)
    return float(verdict.points)
