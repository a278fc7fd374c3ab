"""What a class run needs of a course and of its gradebook, whichever they are: what is asked, what is
told, and what may go wrong. A course of another kind is another implementation of these protocols."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ..submission.notebook import Notebook


class CourseError(Exception):
    """The course cannot be graded as it is; the message says why, where, and what to do."""


class GradebookError(Exception):
    """There is nothing to read; the message says what is missing and what to do."""


class NothingGraded(GradebookError):
    """Nothing of an assignment is in the gradebook yet."""


class GradebookGone(Exception):
    """The gradebook does not answer, or cannot write."""


class GradebookBroken(Exception):
    """What lies there is no gradebook, or a damaged one."""


# What a gradebook holds


@dataclass(frozen=True)
class Item:
    """A graded cell."""

    notebook: str
    name: str
    out_of: float

    @property
    def question(self) -> str:
        """The question that the cell grades, by the function's name."""
        return self.name.removeprefix("test_")


@dataclass(frozen=True)
class Student:
    """A student, as the gradebook knows them."""

    id: str
    last_name: str = ""
    first_name: str = ""
    email: str = ""


@dataclass(frozen=True)
class Record:
    """What the gradebook holds of a student for an assignment; no `points` if nothing was submitted.

    Points are None where there is no score yet. Scores given by hand count before automatic ones, and
    extra credit is in them. `doubtful` are those that a person gave to an earlier submission, and has to
    look at again.
    """

    student: Student
    points: Mapping[Item, float | None]
    penalty: float = 0.0
    timestamp: datetime | None = None
    doubtful: tuple[Item, ...] = ()

    @property
    def raw(self) -> float | None:
        """The sum of the points, None as long as one is missing."""
        given = [p for p in self.points.values() if p is not None]
        return sum(given) if given and len(given) == len(self.points) else None

    @property
    def total(self) -> float | None:
        """The sum of the points less the penalty for being late, and not below 0."""
        return None if self.raw is None else max(0.0, self.raw - self.penalty)


@dataclass(frozen=True)
class Score:
    """What the gradebook holds for one graded cell of a student; a person's score counts before the
    automatic one. `needs_review` says that a person has to look."""

    auto: float | None
    manual: float | None
    needs_review: bool
    extra: float | None = None

    @property
    def points(self) -> float | None:
        """The score with extra credit, None where there is no score yet."""
        given = self.auto if self.manual is None else self.manual
        return None if given is None else given + (self.extra or 0.0)

    @property
    def is_doubtful(self) -> bool:
        """Whether a person gave it to an earlier submission, and has to look again."""
        return self.needs_review and self.manual is not None


Scores = Mapping[str, Score]  # by graded cell


def regraded(before: Score | None, auto: float | None) -> Score:
    """What a grading leaves of a score: one that a person gave counts on, and wants another look."""
    manual, extra = (before.manual, before.extra) if before else (None, None)
    return Score(auto, manual, auto is None or manual is not None, extra)


@dataclass(frozen=True)
class Grades:
    """What was found for a student: points by graded cell, None where a person has to give them; and the
    answer cells that were left as they were."""

    student: str
    timestamp: datetime | None
    found: Mapping[str, float | None]
    unanswered: frozenset[str]


class Gradebook(Protocol):
    """The gradebook of one assignment. Everything may raise GradebookGone or GradebookBroken."""

    @property
    def max_scores(self) -> Mapping[str, float]:
        """The points available, by graded cell, also those that a person grades. These count, whatever a
        notebook says."""

    def scores(self) -> Mapping[str, Scores]:
        """What it holds of every student."""

    def students(self) -> Collection[str]:
        """Everybody in the course."""

    def admits(self, student: str) -> bool:
        """Whether a submission of this student may be recorded."""

    def is_untimed(self, student: str, timestamp: datetime | None) -> bool:
        """Whether it matters when a submission was submitted, and nothing says so."""

    def lateness(self, student: str, timestamp: datetime | None) -> str:
        """Stands for all that being late costs a submission: by how much it is late, with the extension
        that was granted, and the course's rule for that. Empty if it is in time."""

    def record(self, grades: Sequence[Grades]) -> None:
        """Write the automatic scores of some submissions, all of them or none. What people gave stays."""

    def reconnect(self) -> None:
        """Begin anew with a gradebook that did not answer."""

    def close(self) -> None:
        """Let go of it."""


# What a course holds


class Staged(Protocol):
    """The files of one graded submission, ready beside their place."""

    def publish(self) -> None:
        """Move them into place; raises OSError."""

    def discard(self) -> None:
        """Remove what was got ready."""


class Course(Protocol):
    """One assignment of a course, which a group may grade together if it is `shared`."""

    @property
    def shared(self) -> bool:
        """Whether the course's files are its group's."""

    @property
    def assignment(self) -> str:
        """Its name."""

    @property
    def root(self) -> Path:
        """The course's folder."""

    @property
    def notebook(self) -> str:
        """Which notebook of an assignment of several, "" where there is only one."""

    @property
    def source(self) -> Path:
        """The source notebook."""

    @property
    def template(self) -> Notebook:
        """What every trusted notebook is made from."""

    @property
    def contents(self) -> Mapping[str, bytes]:
        """The files beside the source notebook, by their relative paths."""

    def students(self) -> list[str]:
        """Who submitted something, by name."""

    def submitted(self, student: str) -> Path:
        """The folder of a student's submission."""

    def executed(self, student: str) -> Path:
        """Where a student's executed notebook lies."""

    def files_in(self, folder: Path) -> tuple[Mapping[str, Path], list[str]]:
        """The files of a submission beside its notebook, by their relative paths, and what was odd."""

    def timestamp_in(self, folder: Path) -> tuple[datetime | None, str]:
        """When a submission was submitted (UTC), and what is wrong with its time stamp."""

    def gradebook(self) -> Gradebook:
        """Open the gradebook; raises CourseError if it does not know the assignment as it is."""

    def clear(self, student: str) -> None:
        """Remove what a run that was killed had got ready for a student."""

    def stage(self, student: str, notebook: str, files: Mapping[str, bytes]) -> Staged:
        """Get the files of a graded submission ready; raises OSError, with nothing left behind."""
