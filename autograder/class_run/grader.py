"""A whole class: what is new or changed is graded, several submissions at a time, and recorded by one
writer."""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..submission.beside import is_utf8, printable
from ..submission.cells import is_graded, name_of
from ..submission.pipeline import Done, Job
from ..submission.session import Clock
from .executor import Pool, in_flight
from .gradebook import Course, CourseError, Gradebook, GradebookBroken, GradebookGone, Scores, regraded
from .outcome import (
    GRADED,
    NO_NOTEBOOK,
    NOT_RECORDED,
    REVIEW,
    UNCHANGED,
    WAITING,
    Outcome,
    changes,
    was_graded,
)
from .patience import Answer, patiently
from .points import other_points
from .submissions import Bounds, NothingSubmitted, Rules, Submission, chosen, is_unchanged, read_submission

NOT_THERE = "nothing was submitted by a student of this name"
BAD_NAME = "the name of this folder is not UTF-8, so no gradebook can hold it. Rename it, and grade it again"
NOT_ADMITTED = "the gradebook does not know this student, and c.Autograde.create_student is False"
NOT_WRITTEN = "its files could not be written: {reason}. Make room, and grade it again"
FAILED = "internal error: {kind}: {reason}. The log says more; the others go on"
DOUBTFUL = "the grade that a person gave to an earlier submission still counts, and needs a look: {cells}"
KEPT = "the grader failed at it this time; the grades that were given before stay"


@dataclass(frozen=True)
class Options:
    """What is graded, and how: `force` also what has not changed, `dry_run` without recording anything;
    `patience` is how long a gradebook that does not answer is waited for, in seconds; `new_secret` makes a
    new secret where that of earlier grades is missing."""

    students: Sequence[str] = ()
    force: bool = False
    dry_run: bool = False
    patience: float = 60.0
    new_secret: bool = False


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
        order = [name_of(cell) for cell in course.template["cells"]]
        self._max_scores = dict(sorted(self._gradebook.max_scores.items(), key=lambda i: order.index(i[0])))
        self._rules = Rules(course, bounds, self._max_scores)
        self._scores = self._ask(self._gradebook.scores)
        if not options.new_secret and any(map(was_graded, self._scores.values())):
            self._rules.check_secret()
        self._rules.prepare()
        self._open: dict[str, Submission] = {}
        self._tests = {name_of(cell) for cell in course.template["cells"] if is_graded(cell)}
        if warning := other_points(course.template, self._max_scores, course.assignment):
            tell(warning)
        if shared := self._rules.share_secret():
            tell(shared)

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
        if not self._gradebook.admits(student):
            return self._outcome(student, NOT_RECORDED, remarks=(NOT_ADMITTED,))
        self._course.clear(student)
        try:
            submission = read_submission(self._course, student)
        except NothingSubmitted as reason:
            return self._outcome(student, NO_NOTEBOOK, remarks=(str(reason),))
        return self._job(submission)

    def _job(self, submission: Submission) -> Job | Outcome:
        """The job that grades a submission, or that it has not changed."""
        student = submission.student
        late = self._ask(partial(self._gradebook.lateness, student, submission.timestamp))
        fingerprint = self._rules.fingerprint(submission, late)
        scores = self._scores.get(student)
        if scores and not self._options.force and is_unchanged(self._rules, student, fingerprint, scores):
            return self._settled(UNCHANGED, submission, scores)
        job = self._rules.job(submission, fingerprint)
        self._open[student] = submission
        return job

    # What came of it

    def _settle(self, done: Done) -> Outcome:
        """Record what was found, and say so."""
        submission, clock, before = self._open.pop(done.student), Clock(), self._scores.get(done.student)
        if done.log and was_graded(before):
            return self._outcome(done.student, REVIEW, remarks=(KEPT,), log=done.log)
        found = {name: done.auto_score(name, points) for name, points in self._max_scores.items()}
        try:
            if not self._options.dry_run:
                self._record(submission, done, found, clock)
        except OSError as error:
            reason = NOT_WRITTEN.format(reason=error.strerror or error)
            return self._outcome(done.student, NOT_RECORDED, remarks=(reason,))
        except (GradebookGone, GradebookBroken, CourseError):
            raise
        except Exception as error:
            return self._failed(done.student, error)
        after = {name: regraded((before or {}).get(name), auto) for name, auto in found.items()}
        return self._settled(
            GRADED,
            submission,
            after,
            *(done.notes + done.incidents),
            changes=changes(before, after),
            seconds={**done.seconds, **clock},
            log=done.log,
            lacking=tuple(sorted(done.lacking)),
        )

    def _settled(
        self, status: str, submission: Submission, scores: Scores, *remarks: str, **more: Any
    ) -> Outcome:
        """The outcome for a submission of which the gradebook holds these scores: `status` if no person has
        to look at it."""
        held = {name: scores[name] for name in self._max_scores}
        waiting = [name for name, score in held.items() if score.needs_review or score.points is None]
        if waiting:
            unjudged = any(scores[name].auto is None for name in self._tests.intersection(waiting))
            status = REVIEW if unjudged else WAITING
        doubtful = ", ".join(name for name in waiting if scores[name].is_doubtful)
        given = [score.points for score in scores.values() if score.points is not None]
        return self._outcome(
            submission.student,
            status,
            points=sum(given) if given else None,
            out_of=sum(self._max_scores.values()),
            waiting=tuple(waiting),
            remarks=(*submission.remarks, *remarks, *([DOUBTFUL.format(cells=doubtful)] if doubtful else [])),
            untimed=self._gradebook.is_untimed(submission.student, submission.timestamp),
            **more,
        )

    def _record(
        self, submission: Submission, done: Done, found: Mapping[str, float | None], clock: Clock
    ) -> None:
        """First the files aside, then the grades in one transaction, then the files into place: whenever
        this is cut short, the next run finds it out and does it again."""
        with clock.measure("files"):
            staged = self._course.stage(done.student, done.notebook, submission.files)
        try:
            with clock.measure("gradebook"):
                grades = (done.student, submission.timestamp, found, done.unanswered)
                self._ask(lambda: self._gradebook.record(*grades))
            with clock.measure("files"):
                staged.publish()
        finally:
            staged.discard()
