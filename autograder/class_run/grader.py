"""A whole class: what is new or changed is graded, several submissions at a time, and recorded by one
writer."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from ..submission.beside import is_utf8
from ..submission.cells import name_of
from ..submission.clock import Clock
from ..submission.pipeline import Done, Job
from .executor import Pool, in_flight, together
from .gradebook import Course, CourseError, Gradebook, GradebookBroken, GradebookGone
from .ledger import Ledger, Ready
from .outcome import NO_NOTEBOOK, NOT_RECORDED, UNCHANGED, Outcome, was_graded
from .patience import Answer, patiently
from .points import other_points
from .submissions import Bounds, NothingSubmitted, Rules, Submission, chosen, is_unchanged, read_submission

NOT_THERE = "nothing was submitted by a student of this name"
BAD_NAME = "the name of this folder is not UTF-8, so no gradebook can hold it. Rename it, and grade it again"
NOT_ADMITTED = "the gradebook does not know this student, and c.Autograde.create_student is False"


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
        max_scores = dict(sorted(self._gradebook.max_scores.items(), key=lambda i: order.index(i[0])))
        self._rules = Rules(course, bounds, max_scores)
        self._scores = self._ask(self._gradebook.scores)
        self._ledger = Ledger(course, self._gradebook, max_scores, self._scores, self._ask, options.dry_run)
        if not options.new_secret and any(map(was_graded, self._scores.values())):
            self._rules.check_secret()
        self._rules.prepare()
        self._open: dict[str, Submission] = {}
        if warning := other_points(course.template, max_scores, course.assignment):
            tell(warning)
        if shared := self._rules.share_secret():
            tell(shared)

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        return patiently(question, self._options.patience, self.tell, self._gradebook.reconnect)

    def close(self) -> None:
        """Let go of the gradebook."""
        self._gradebook.close()

    @property
    def processor_time(self) -> float:
        """Seconds of processor time that the students' processes took, and what began them."""
        return self._pool.processor_time

    def missing(self) -> list[str]:
        """Who is in the gradebook and submitted nothing."""
        return sorted(set(self._ask(self._gradebook.students)) - set(self._course.students()))

    def run(self) -> Iterator[Outcome]:
        """Grade what there is to grade; what became of each student, as soon as it is known.

        Raises GradebookGone when the gradebook is gone for good. What was told before is recorded.
        """
        for student in self._absent:
            yield self._ledger.outcome(student, NO_NOTEBOOK, remarks=(NOT_THERE,))
        found: Generator[Ready | Outcome | None, None, None]
        found = in_flight(self._pool, self._submissions(), self._make_ready)
        groups: Iterator[list[Ready | Outcome]] = together(found)
        with closing(self._ledger), closing(found):
            for group in groups:
                yield from self._ledger.settle(group)

    def _make_ready(self, done: Done) -> Ready | Outcome:
        return self._ledger.make_ready(self._open.pop(done.student), done)

    # What there is to grade

    def _submissions(self) -> Iterator[Job | Outcome]:
        """The submissions, read one by one: a job for each that there is something to grade in."""
        for student in self.students:
            try:
                yield self._found(student)
            except (GradebookGone, GradebookBroken, CourseError):
                raise
            except Exception as error:
                yield self._ledger.failed(student, error)

    def _found(self, student: str) -> Job | Outcome:
        if not is_utf8(student):
            return self._ledger.outcome(student, NOT_RECORDED, remarks=(BAD_NAME,))
        if not self._gradebook.admits(student):
            return self._ledger.outcome(student, NOT_RECORDED, remarks=(NOT_ADMITTED,))
        clock = Clock()
        with clock.measure("read"):
            self._course.clear(student)
            try:
                submission = replace(read_submission(self._course, student), clock=clock)
            except NothingSubmitted as reason:
                return self._ledger.outcome(student, NO_NOTEBOOK, remarks=(str(reason),))
            return self._job(submission)

    def _job(self, submission: Submission) -> Job | Outcome:
        """The job that grades a submission, or that it has not changed."""
        student = submission.student
        late = self._ask(partial(self._gradebook.lateness, student, submission.timestamp))
        fingerprint = self._rules.fingerprint(submission, late)
        scores = self._scores.get(student)
        if scores and not self._options.force and is_unchanged(self._rules, student, fingerprint, scores):
            return self._ledger.standing(UNCHANGED, submission, scores)
        job = self._rules.job(submission, fingerprint)
        self._open[student] = submission
        return job
