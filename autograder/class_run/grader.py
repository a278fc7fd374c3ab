"""A whole class: what is new or changed is graded, several submissions at a time, and recorded by one
writer."""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from backprop_lab.validation import Status

from ..submission.beside import is_utf8, printable
from ..submission.pipeline import Done, Job
from ..submission.session import Clock
from .executor import Pool, in_flight
from .gradebook import Course, CourseError, Gradebook, GradebookBroken, GradebookGone, Scores
from .patience import Answer, patiently
from .points import other_points
from .submissions import Bounds, NothingSubmitted, Rules, Submission, chosen, is_unchanged, read_submission

GRADED, UNCHANGED, REVIEW = "graded", "unchanged", "needs review"
NO_NOTEBOOK, NOT_RECORDED = "no notebook", "not recorded"
STATUSES = (GRADED, UNCHANGED, REVIEW, NO_NOTEBOOK, NOT_RECORDED)
FINE = (GRADED, UNCHANGED)

NOT_THERE = "nothing was submitted by a student of this name"
BAD_NAME = "the name of this folder is not UTF-8, so no gradebook can hold it. Rename it, and grade it again"
NOT_WRITTEN = "its files could not be written: {reason}. Make room, and grade it again"
FAILED = "internal error: {kind}: {reason}. The log says more; the others go on"
KEPT = "the grader failed at it this time; the grades that were given before stay"


@dataclass(frozen=True)
class Options:
    """What is graded, and how: `force` also what has not changed, `dry_run` without recording anything;
    `patience` is how long a gradebook that does not answer is waited for, in seconds."""

    students: Sequence[str] = ()
    force: bool = False
    dry_run: bool = False
    patience: float = 60.0


@dataclass(frozen=True)
class Change:
    """Points of a question that a regrade changed; None stands for no grade."""

    question: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Outcome:
    """What became of one student's submission."""

    student: str
    status: str
    path: str  # of the notebook that was submitted, or should have been
    points: float | None = None
    out_of: float | None = None
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    log: str = ""
    lacking: tuple[str, ...] = ()  # packages that the answers need and that are not installed


def _is_settled(scores: Scores | None) -> bool:
    """Whether every question has points, from the grader or from a person."""
    return scores is not None and not any(s.auto is None and s.manual is None for s in scores.values())


def _was_graded(before: Scores | None) -> bool:
    return before is not None and any(score.auto is not None for score in before.values())


class ClassGrader:
    """Grades one assignment of a course."""

    def __init__(
        self, course: Course, bounds: Bounds, pool: Pool, options: Options, tell: Callable[[str], None]
    ) -> None:
        """`tell` is called with what a person should know meanwhile.

        Raises GradebookGone, CourseError if gradebook and source do not agree, ConfigurationError or
        ExerciseError.
        """
        self._course, self._pool, self._options = course, pool, options
        self.tell = tell
        self.students, self._absent = chosen(course, options.students)
        self._gradebook: Gradebook = patiently(course.gradebook, options.patience, tell, lambda: None)
        self._max_scores = self._gradebook.max_scores
        self._rules = Rules(course, bounds, self._max_scores)
        self._rules.prepare()
        self._scores = self._ask(self._gradebook.scores)
        self._open: dict[str, Submission] = {}
        if warning := other_points(course.template, self._max_scores, course.assignment):
            tell(warning)

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        return patiently(question, self._options.patience, self.tell, self._gradebook.reconnect)

    def close(self) -> None:
        """Let go of the gradebook."""
        self._gradebook.close()

    def missing(self) -> list[str]:
        """Who is in the gradebook and submitted nothing."""
        return sorted(set(self._ask(self._gradebook.students)) - set(self._course.students()))

    def run(self) -> Iterator[Outcome]:
        """Grade what there is to grade; what became of each student, as soon as it is known.

        Raises GradebookGone when the gradebook is gone for good. What was told before is recorded.
        """
        for student in self._absent:
            yield self._outcome(student, NO_NOTEBOOK, remarks=(NOT_THERE,))
        for found in in_flight(self._pool, self._submissions()):
            yield found if isinstance(found, Outcome) else self._settle(found)

    def _outcome(self, student: str, status: str, **more: Any) -> Outcome:
        path = self._course.submitted(student) / self._course.source.name
        return Outcome(printable(student), status, printable(str(path)), **more)

    def _failed(self, student: str, error: Exception) -> Outcome:
        """What is wrong with one submission, whatever it is, is no other's trouble."""
        reason = FAILED.format(kind=type(error).__name__, reason=printable(str(error)))
        log = printable("".join(traceback.format_exception(error)))
        return self._outcome(student, NOT_RECORDED, remarks=(reason,), log=log)

    # What there is to grade

    def _submissions(self) -> Iterator[Job | Outcome]:
        """The submissions, read one by one: a job for each that there is something to grade in."""
        for student in self.students:
            try:
                yield self._found(student)
            except (GradebookGone, GradebookBroken, CourseError):
                raise
            except Exception as error:
                yield self._failed(student, error)

    def _found(self, student: str) -> Job | Outcome:
        if not is_utf8(student):
            return self._outcome(student, NOT_RECORDED, remarks=(BAD_NAME,))
        self._course.clear(student)
        try:
            submission = read_submission(self._course, student)
        except NothingSubmitted as reason:
            return self._outcome(student, NO_NOTEBOOK, remarks=(str(reason),))
        return self._job(submission)

    def _job(self, submission: Submission) -> Job | Outcome:
        """The job that grades a submission, or that it has not changed."""
        student = submission.student
        late = self._ask(partial(self._gradebook.seconds_late, student, submission.timestamp))
        fingerprint = self._rules.fingerprint(submission, late)
        scores = self._scores.get(student)
        if not self._options.force and is_unchanged(self._rules, student, fingerprint, scores):
            status = UNCHANGED if _is_settled(scores) else REVIEW
            return self._outcome(student, status, remarks=submission.remarks)
        job = self._rules.job(submission, fingerprint)
        self._open[student] = submission
        return job

    # What came of it

    def _settle(self, done: Done) -> Outcome:
        """Record what was found, and say so."""
        submission, clock = self._open.pop(done.student), Clock()
        if done.log and _was_graded(self._scores.get(done.student)):
            return self._outcome(done.student, REVIEW, remarks=(KEPT,), log=done.log)
        try:
            if not self._options.dry_run:
                self._record(submission, done, clock)
        except OSError as error:
            reason = NOT_WRITTEN.format(reason=error.strerror or error)
            return self._outcome(done.student, NOT_RECORDED, remarks=(reason,))
        except (GradebookGone, GradebookBroken, CourseError):
            raise
        except Exception as error:
            return self._failed(done.student, error)
        return self._graded(submission, done, clock)

    def _graded(self, submission: Submission, done: Done, clock: Clock) -> Outcome:
        points = self._points(done)
        known = [p for p in points.values() if p is not None]
        review = any(verdict.status is Status.NEEDS_REVIEW for verdict in done.verdicts.values())
        return self._outcome(
            done.student,
            REVIEW if review else GRADED,
            points=sum(known) if known else None,
            out_of=sum(self._max_scores[name] for name in points),
            changes=self._changes(done, points),
            remarks=(*submission.remarks, *done.notes, *done.incidents),
            seconds={**done.seconds, **clock},
            log=done.log,
            lacking=tuple(sorted(done.lacking)),
        )

    def _points(self, done: Done) -> dict[str, float | None]:
        """The points of the graded cells: the judge's shares of what the gradebook says they are worth."""
        return {name: v.points(self._max_scores[name]) for name, v in done.verdicts.items()}

    def _changes(self, done: Done, points: Mapping[str, float | None]) -> tuple[Change, ...]:
        """Which points are not what the gradebook holds; none for a submission that is graded first."""
        before = self._scores.get(done.student)
        if before is None or not _was_graded(before):
            return ()
        changes = [
            Change(done.verdicts[name].question, before[name].auto, after)
            for name, after in points.items()
            if name in before
        ]
        return tuple(change for change in changes if change.before != change.after)

    def _record(self, submission: Submission, done: Done, clock: Clock) -> None:
        """First the files aside, then the grades in one transaction, then the files into place: whenever
        this is cut short, the next run finds it out and does it again."""
        with clock.measure("files"):
            staged = self._course.stage(done.student, done.notebook, submission.files)
        try:
            with clock.measure("gradebook"):
                self._write(submission, done)
            with clock.measure("files"):
                staged.publish()
        finally:
            staged.discard()

    def _write(self, submission: Submission, done: Done) -> None:
        grades = (done.student, submission.timestamp, done.verdicts, done.unanswered)
        self._ask(lambda: self._gradebook.record(*grades))
