"""What was submitted: read, told apart from what was graded already, made into jobs."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property, partial
from pathlib import Path

import numpy as np

import backprop_lab

from .. import exercises
from ..judging.exercise import GradedExercise
from ..judging.gradient import Policy
from ..judging.sampling import seed_for
from ..sandbox.limits import Limits
from ..submission.annotate import verdicts
from ..submission.beside import IN_THE_WAY, in_the_way, is_material, printable, read_files
from ..submission.clock import Clock
from ..submission.notebook import Notebook, Unreadable, content_of, read_notebook
from ..submission.pipeline import Job
from ..submission.rebuild import about
from ..submission.recognition import exercise_for
from ..submission.secret import check_secret, find_secret, secret_path, share_secret
from ..submission.settings import Settings, find_course, read_settings
from .gradebook import Course, Scores
from .points import with_max_scores

NO_NOTEBOOK = "no {name} was submitted{found}"
FOUND = ", but {names}. If one of them is it, rename it"


@dataclass(frozen=True)
class Submission:
    """What one student submitted. `remarks` says what was odd about the files."""

    student: str
    content: bytes | Unreadable
    files: Mapping[str, bytes]
    timestamp: datetime | None
    remarks: tuple[str, ...]
    clock: Clock = field(default_factory=Clock)  # of what it took in this thread


class NothingSubmitted(Exception):
    """There is a folder, but no notebook in it; the message says what is there."""


def _content(path: Path) -> bytes | Unreadable:
    try:
        return content_of(path)
    except Unreadable as reason:
        return reason


def _check_there(path: Path) -> None:
    """Raise NothingSubmitted if nothing at all lies where the notebook belongs."""
    try:
        path.lstat()
    except FileNotFoundError:
        others = sorted(printable(p.name) for p in path.parent.glob("*.ipynb"))
        found = FOUND.format(names=", ".join(others)) if others else ""
        raise NothingSubmitted(NO_NOTEBOOK.format(name=path.name, found=found)) from None
    except OSError:
        return  # what is there cannot be read, as will be said


def beside(course: Course, folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """The files beside the notebook, as far as they do not get into the way of the course's own; these come
    in the place of what has their names."""
    paths, remarks = course.files_in(folder)
    blocked = in_the_way(paths, course.contents)
    remarks += [IN_THE_WAY.format(name=printable(name)) for name in sorted(blocked)]
    left_out = blocked | course.contents.keys()
    files, more = read_files({name: path for name, path in paths.items() if name not in left_out})
    return files, [*remarks, *more]


def read_submission(course: Course, student: str) -> Submission:
    """Return what lies in a student's folder; raise NothingSubmitted if no notebook is among it."""
    folder = course.submitted(student)
    path = folder / course.source.name
    _check_there(path)
    timestamp, remark = course.timestamp_in(folder)
    files, more = beside(course, folder)
    remarks = tuple(filter(None, [remark, *more]))
    return Submission(student, _content(path), files, timestamp, remarks)


# What the outcome depends on


def _digest(*parts: bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "little") + part)
    return whole.hexdigest()


@cache
def _code() -> str:
    """The grader's own code and NumPy's version: with other ones the outcome may be another."""
    folders = (Path(__file__).parents[1], Path(backprop_lab.__file__).parent)
    sources = [path.read_bytes() for folder in folders for path in sorted(folder.rglob("*.py"))]
    return _digest(np.__version__.encode(), *sources)


def _private_halves(course: Course) -> list[bytes]:
    """The course's own exercises; those of the package are the grader's own code."""
    return [path.read_bytes() for path in sorted((course.root / "exercises").rglob("*.py"))]


@dataclass(frozen=True)
class Bounds:
    """The seconds that a cell and a notebook may take, and the limits of a student's process."""

    cell_time: float
    notebook_time: float
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Rules:
    """How an assignment is graded: the source, the course's secret and policy, and the bounds.

    `max_scores` are the points that the gradebook gives, by graded cell.
    """

    course: Course
    bounds: Bounds
    max_scores: Mapping[str, float]

    def prepare(self) -> None:
        """Read what is the same for everybody; raises ConfigurationError, ExerciseError or OSError."""
        _ = self._all

    @cached_property
    def template(self) -> Notebook:
        """The course's template, with the gradebook's points."""
        return with_max_scores(self.course.template, self.max_scores)

    @cached_property
    def exercise_name(self) -> str:
        """The exercise that the source notebook is about; raises ExerciseError."""
        return exercise_for(self.course.template, self.course.assignment, self.course.root)

    @cached_property
    def exercise(self) -> GradedExercise:
        """The same with its reference."""
        return exercises.find(self.exercise_name, self.course.root)

    @cached_property
    def _material(self) -> Mapping[str, bytes]:
        """The course's files beside the notebook that are for the student's code, and not loaded already."""
        loaded = exercises.modules_of(exercises.source_of(self.exercise_name, self.course.root))
        contents = self.course.contents.items()
        return {name: data for name, data in contents if name not in loaded and is_material(name)}

    @cached_property
    def _settings(self) -> tuple[Path | None, Settings]:
        """The course's folder and its settings, as `grade` finds them from a student's folder."""
        root = find_course(self.course.executed("student").parent)
        return root, read_settings(root, partial(exercises.mistake_names, self.course.root))

    def check_secret(self) -> None:
        """Raise ConfigurationError if the secret is missing that the assignment was graded with."""
        check_secret(*self._settings, self.course.assignment)

    def share_secret(self) -> str:
        """Let the group of a shared course read the secret; what to say of it, "" if nothing changed."""
        return share_secret(secret_path(*self._settings)) if self.course.shared else ""

    @cached_property
    def _secret_and_policy(self) -> tuple[bytes, Policy]:
        """The secret and the policy."""
        return find_secret(*self._settings), self._settings[1].kept

    @cached_property
    def _all(self) -> bytes:
        """Stands for what the outcome depends on for everybody."""
        template = json.dumps(self.template, sort_keys=True)
        kept = json.dumps(dict(self._secret_and_policy[1]), sort_keys=True)
        beside = [part for name, data in self.course.contents.items() for part in (name.encode(), data)]
        exercise = _digest(*beside, *_private_halves(self.course))
        name = self.exercise.public.name
        return _digest(f"{_code()} {exercise} {template} {kept} {self.bounds} {name}".encode()).encode()

    def _seed(self, submission: Submission) -> bytes:
        content = submission.content
        read = content if isinstance(content, bytes) else str(content).encode()
        return seed_for(self._secret_and_policy[0], self.course.assignment, submission.student, read)

    def fingerprint(self, submission: Submission, lateness: str) -> str:
        """Stands for all that the outcome depends on."""
        beside = [part for name, data in submission.files.items() for part in (name.encode(), data)]
        return _digest(self._all, self._seed(submission), lateness.encode(), *beside)

    def job(self, submission: Submission, fingerprint: str = "") -> Job:
        """The job that grades a submission."""
        own = {name: data for name, data in submission.files.items() if is_material(name)}
        return Job(
            submission.student,
            submission.content,
            {**own, **self._material},
            self.template,
            self.exercise_name,
            self.course.root,
            self._seed(submission),
            self._secret_and_policy[1],
            self.bounds.cell_time,
            self.bounds.notebook_time,
            self.bounds.limits,
            fingerprint,
        )


# What was graded already


def is_unchanged(rules: Rules, student: str, fingerprint: str, scores: Scores | None) -> bool:
    """Whether the executed notebook is of this very submission under these very rules, and the gradebook
    holds its points."""
    path = rules.course.executed(student)
    if scores is None or scores.keys() != rules.max_scores.keys() or not path.is_file():
        return False
    try:
        notebook = read_notebook(path)
        found = verdicts(notebook)
        same = about(notebook).get("fingerprint") == fingerprint
        points = {name: verdict.points(rules.max_scores[name]) for name, verdict in found.items()}
    except (Unreadable, KeyError, TypeError, ValueError, AttributeError):  # not written by us, or damaged
        return False
    return same and points == {name: scores[name].auto for name in found if name in scores}


def chosen(course: Course, wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """The students to grade, all if none are named; and those named who submitted nothing."""
    there = course.students()
    if not wanted:
        return there, []
    return [s for s in there if s in wanted], [s for s in wanted if s not in there]
