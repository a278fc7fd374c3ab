"""`grade`, the one line of a hidden test."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from backprop_lab.nbgrader_mode import quiet, shell
from backprop_lab.validation import Status

from .. import exercises
from ..judging.assess import assess
from ..judging.exercise import GradedExercise
from ..judging.gradient import Policy
from ..judging.sample import Sample, visible_samples
from ..judging.sampling import sample_inputs, seed_for
from ..judging.verdict import Verdict, render
from .cells import max_scores
from .notebook import read_notebook
from .secret import find_secret
from .settings import find_course, read_settings

INTERNAL_ERROR = (
    "NEEDS REVIEW: {name} could not be judged, through no fault of the student "
    "({kind}: {reason}). This is not a grade. Tell the instructor."
)
NO_CELL = "no notebook in {folder} has a graded cell test_{question}, which would say what it is worth"


class NeedsReview(Exception):
    """The grader itself failed: the student's answer is neither right nor wrong."""


@dataclass
class Grading:
    """What answers are judged with: the exercise, the seed of the test inputs (None for those of the
    visible check) and the course's policy. Collects the verdicts."""

    exercise: GradedExercise
    seed: bytes | None
    policy: Policy
    verdicts: list[Verdict] = field(default_factory=list)

    def _samples(self, name: str) -> Sequence[Sample]:
        if self.seed is None:
            return visible_samples(self.exercise)
        return sample_inputs(self.exercise, self.seed, name)

    def judge(self, name: str, function: Callable[..., Any]) -> Verdict:
        """The verdict on a student's function; raises whatever fails of the grader's own."""
        return assess(self.exercise, name, function, self._samples(name), self.policy)


_current: ContextVar[Grading | None] = ContextVar("grading", default=None)


@contextmanager
def grading_with(grading: Grading) -> Iterator[list[Verdict]]:
    """Have `grade` judge with this, and collect its verdicts."""
    grading.verdicts.clear()
    token = _current.set(grading)
    try:
        yield grading.verdicts
    finally:
        _current.reset(token)


# In nbgrader's own kernel, where there is no grader around


def working_folder() -> Path:
    """Where the notebook was started; the student may have changed folder since."""
    return Path(getattr(shell(), "starting_dir", None) or Path.cwd())


def identity(folder: Path) -> tuple[str, str]:
    """(assignment, student) as nbgrader's folders name them: …/<student>/<assignment>/."""
    return folder.name, folder.parent.name


def _worth(folder: Path) -> dict[str, float]:
    """What each question is worth, by the notebook that nbgrader runs: the gradebook wrote that there."""
    found = (max_scores(read_notebook(path)) for path in sorted(folder.glob("*.ipynb")))
    return {name.removeprefix("test_"): points for each in found for name, points in each.items()}


def _content(folder: Path) -> bytes:
    """What stands in the cells of the notebooks in a folder."""
    notebooks = [read_notebook(path) for path in sorted(folder.glob("*.ipynb"))]
    return "\n".join("".join(cell["source"]) for n in notebooks for cell in n["cells"]).encode()


def _grade_in_kernel(name: str, function: Callable[..., Any]) -> float:
    folder = working_folder()
    assignment, student = identity(folder)
    course = find_course(folder)
    worth = _worth(folder)
    if name not in worth:
        raise LookupError(NO_CELL.format(folder=folder, question=name))
    exercise = exercises.find(exercises.named(assignment, worth, course), course)
    settings = read_settings(course, partial(exercises.mistake_names, course))
    seed = seed_for(find_secret(course, settings), assignment, student, _content(folder))
    with quiet():
        verdict = Grading(exercise, seed, settings.kept).judge(name, function)
    if verdict.status is Status.NEEDS_REVIEW:
        raise NeedsReview(verdict.reason)
    print(render(verdict, worth[name]))
    return float(verdict.points(worth[name]) or 0.0)


def _judge(name: str, function: Callable[..., Any]) -> float:
    if (grading := _current.get()) is None:
        return _grade_in_kernel(name, function)
    verdict = grading.judge(name, function)
    grading.verdicts.append(verdict)
    return float(verdict.share)


def grade(name: str, function: Callable[..., Any]) -> float:
    """The points for a student's function; the reason is printed where a notebook shows it.

    Called in the last line of a graded cell, it shows its points as the cell's result, which
    is how nbgrader learns of them. The hidden test inputs are those of the student whose folder
    the notebook lies in.

    Raises NeedsReview if the grader itself fails: that is no verdict on the answer.
    """
    try:
        return _judge(name, function)
    except NeedsReview:
        raise
    except Exception as error:
        words = {"name": name, "kind": type(error).__name__, "reason": error}
        raise NeedsReview(INTERNAL_ERROR.format(**words)) from error
