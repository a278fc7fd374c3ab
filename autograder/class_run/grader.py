"""A whole class: what is new or changed is graded, several hand-ins at a time, and recorded by one writer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..adapters.nbgrader.course import Course
from ..adapters.nbgrader.database import Answer, patiently
from ..adapters.nbgrader.publish import Staged, clear
from ..adapters.nbgrader.writer import Recorder, Scores
from ..judging.gradient import Review
from ..submission.pipeline import Done, Job
from ..submission.session import Clock
from .executor import Pool, in_flight
from .submissions import HandIn, NothingHandedIn, Rules, chosen, is_unchanged, read_hand_in

GRADED, UNCHANGED, REVIEW = "graded", "unchanged", "needs review"
NO_NOTEBOOK, NOT_RECORDED = "no notebook", "not recorded"
STATUSES = (GRADED, UNCHANGED, REVIEW, NO_NOTEBOOK, NOT_RECORDED)
FINE = (GRADED, UNCHANGED)

NOT_THERE = "nothing was handed in by a student of this name"
NOT_WRITTEN = "its files could not be written: {reason}. Make room, and grade it again"
KEPT = "the grader failed at it this time; the grades that were given before stay"


@dataclass(frozen=True)
class Options:
    """What is graded, and how: `force` also what has not changed, `dry_run` without recording anything;
    `patience` is how long a database that does not answer is waited for, in seconds."""

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
    """What became of one student's hand-in."""

    student: str
    status: str
    path: str  # of the notebook that was handed in, or should have been
    points: float | None = None
    out_of: float | None = None
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    log: str = ""


def _is_settled(scores: Scores | None) -> bool:
    """Whether every question has points, from the grader or from a person."""
    return scores is not None and not any(s.auto is None and s.manual is None for s in scores.values())


def _was_graded(before: Scores | None) -> bool:
    return before is not None and any(score.auto is not None for score in before.values())


def _changes(done: Done, before: Scores | None) -> tuple[Change, ...]:
    """Which points are not what the gradebook holds; none for a hand-in that is graded first."""
    if before is None or not _was_graded(before):
        return ()
    pairs = [(v.question, before[name].auto, v.points) for name, v in done.verdicts.items() if name in before]
    return tuple(Change(*pair) for pair in pairs if pair[1] != pair[2])


class ClassGrader:
    """Grades one assignment of a course."""

    def __init__(
        self, course: Course, rules: Rules, pool: Pool, options: Options, tell: Callable[[str], None]
    ) -> None:
        """`tell` is called with what a person should know meanwhile.

        Raises DatabaseGone, or CourseError if gradebook and source do not agree.
        """
        self._course, self._rules, self._pool, self._options = course, rules, pool, options
        self.tell = tell
        self.students, self._absent = chosen(course, options.students)
        self._recorder = patiently(lambda: Recorder(course), options.patience, tell, lambda: None)
        self._scores = self._ask(self._recorder.scores)
        self._open: dict[str, HandIn] = {}

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        return patiently(question, self._options.patience, self.tell, self._recorder.reconnect)

    def close(self) -> None:
        """Let go of the database."""
        self._recorder.close()

    def missing(self) -> list[str]:
        """Who is in the gradebook and handed nothing in."""
        return self._ask(lambda: self._recorder.missing(set(self._course.students())))

    def run(self) -> Iterator[Outcome]:
        """Grade what there is to grade; what became of each student, as soon as it is known.

        Raises DatabaseGone when the database is gone for good. What was told before is recorded.
        """
        for student in self._absent:
            yield self._outcome(student, NO_NOTEBOOK, remarks=(NOT_THERE,))
        for found in in_flight(self._pool, self._hand_ins()):
            yield found if isinstance(found, Outcome) else self._settle(found)

    def _outcome(self, student: str, status: str, **more: Any) -> Outcome:
        path = self._course.place("submitted", student) / self._course.source.name
        return Outcome(student, status, str(path), **more)

    def _hand_ins(self) -> Iterator[Job | Outcome]:
        """The hand-ins, read one by one: a job for each that there is something to grade in."""
        for student in self.students:
            clear(self._course, student)
            try:
                hand_in = read_hand_in(self._course, student)
            except NothingHandedIn as reason:
                yield self._outcome(student, NO_NOTEBOOK, remarks=(str(reason),))
            else:
                yield self._job(hand_in)

    def _job(self, hand_in: HandIn) -> Job | Outcome:
        """The job that grades a hand-in, or that it has not changed."""
        student = hand_in.student
        late = self._ask(partial(self._recorder.seconds_late, student, hand_in.timestamp))
        fingerprint = self._rules.fingerprint(hand_in, late)
        scores = self._scores.get(student)
        if not self._options.force and is_unchanged(self._course, student, fingerprint, scores):
            status = UNCHANGED if _is_settled(scores) else REVIEW
            return self._outcome(student, status, remarks=hand_in.remarks)
        self._open[student] = hand_in
        return self._rules.job(hand_in, fingerprint)

    def _settle(self, done: Done) -> Outcome:
        """Record what was found, and say so."""
        hand_in, clock = self._open.pop(done.student), Clock()
        if done.log and _was_graded(self._scores.get(done.student)):
            return self._outcome(done.student, REVIEW, remarks=(KEPT,), log=done.log)
        try:
            if not self._options.dry_run:
                self._record(hand_in, done, clock)
        except OSError as error:
            reason = NOT_WRITTEN.format(reason=error.strerror or error)
            return self._outcome(done.student, NOT_RECORDED, remarks=(reason,))
        verdicts = done.verdicts.values()
        known = [v.points for v in verdicts if v.points is not None]
        return self._outcome(
            done.student,
            REVIEW if any(isinstance(v, Review) for v in verdicts) else GRADED,
            points=sum(known) if known else None,
            out_of=sum(v.out_of for v in verdicts),
            changes=_changes(done, self._scores.get(done.student)),
            remarks=(*hand_in.remarks, *done.notes, *done.incidents),
            seconds={**done.seconds, **clock},
            log=done.log,
        )

    def _record(self, hand_in: HandIn, done: Done, clock: Clock) -> None:
        """First the files aside, then the grades in one transaction, then the files into place: whenever
        this is cut short, the next run finds it out and does it again."""
        with clock.measure("files"):
            staged = Staged(self._course, done.student, done.notebook, hand_in.files)
        try:
            with clock.measure("gradebook"):
                self._write(hand_in, done)
            with clock.measure("files"):
                staged.publish()
        finally:
            staged.discard()

    def _write(self, hand_in: HandIn, done: Done) -> None:
        grades = (done.student, hand_in.timestamp, done.verdicts, done.unanswered)
        self._ask(lambda: self._recorder.record(*grades))
