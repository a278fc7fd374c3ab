"""A whole class: what is new or changed is graded, several hand-ins at a time, and recorded by one writer."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from .database import DatabaseGone
from .judge import Review
from .nbcourse import Course
from .pool import Pool, in_flight
from .publish import Staged
from .recorder import Recorder, Scores
from .session import Clock
from .submissions import HandIn, NothingHandedIn, Rules, chosen, is_unchanged, read_hand_in
from .work import Done, Job

GRADED, UNCHANGED, REVIEW = "graded", "unchanged", "needs review"
NO_NOTEBOOK, NOT_RECORDED = "no notebook", "not recorded"
STATUSES = (GRADED, UNCHANGED, REVIEW, NO_NOTEBOOK, NOT_RECORDED)
FINE = (GRADED, UNCHANGED)

NOT_THERE = "nothing was handed in by a student of this name"
NOT_WRITTEN = "its files could not be written: {reason}. Make room, and grade it again"
WAITING = "the database does not answer ({reason}); trying again for {seconds:.0f} s"
GIVEN_UP = "the database does not answer ({reason}). What was graded before is recorded; run this again"


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
    points: float | None = None
    out_of: float | None = None
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    log: str = ""


def _changes(done: Done, before: Scores | None) -> tuple[Change, ...]:
    """Which points are not what the gradebook holds; none for a hand-in that is graded first."""
    if before is None or all(score.auto is None for score in before.values()):
        return ()
    pairs = [(v.question, before[name].auto, v.points) for name, v in done.verdicts.items() if name in before]
    return tuple(Change(*pair) for pair in pairs if pair[1] != pair[2])


class ClassGrader:
    """Grades one assignment of a course."""

    def __init__(self, course: Course, rules: Rules, pool: Pool, options: Options) -> None:
        self._course, self._rules, self._pool, self._options = course, rules, pool, options
        self._recorder = Recorder(course)
        self.students, self._absent = chosen(course, options.students)
        self._scores: Mapping[str, Scores] = {}
        self._open: dict[str, HandIn] = {}
        self._tell: Callable[[str], None] = print

    def close(self) -> None:
        """Let go of the database."""
        self._recorder.close()

    def missing(self) -> list[str]:
        """Who is in the gradebook and handed nothing in."""
        return self._recorder.missing(set(self._course.students()))

    def run(self, tell: Callable[[str], None]) -> Iterator[Outcome]:
        """Grade what there is to grade; what became of each student, as soon as it is known. `tell` is
        called with what a person should know meanwhile.

        Raises DatabaseGone when the database is gone for good. What was told before is recorded.
        """
        for student in self._absent:
            yield Outcome(student, NO_NOTEBOOK, remarks=(NOT_THERE,))
        self._tell, self._scores = tell, self._recorder.scores()
        aside: list[Outcome] = []  # what needs no job
        for future in in_flight(self._pool.submit, self._jobs(aside), 2 * self._pool.width):
            yield from _drain(aside)
            yield self._settle(future.result())
        yield from _drain(aside)

    def _jobs(self, aside: list[Outcome]) -> Iterator[Job]:
        """The jobs, read one by one; what needs none goes aside."""
        for student in self.students:
            try:
                hand_in = read_hand_in(self._course, student)
            except NothingHandedIn as reason:
                aside.append(Outcome(student, NO_NOTEBOOK, remarks=(str(reason),)))
                continue
            late = self._recorder.seconds_late(student, hand_in.timestamp)
            job = self._rules.job(hand_in, late)
            scores = self._scores.get(student)
            if not self._options.force and is_unchanged(self._course, job, scores):
                aside.append(Outcome(student, UNCHANGED, remarks=hand_in.remarks))
                continue
            self._open[student] = hand_in
            yield job

    def _settle(self, done: Done) -> Outcome:
        """Record what was found, and say so."""
        hand_in, clock = self._open.pop(done.student), Clock()
        try:
            if not self._options.dry_run:
                self._record(hand_in, done, clock)
        except OSError as error:
            reason = NOT_WRITTEN.format(reason=error.strerror or error)
            return Outcome(done.student, NOT_RECORDED, remarks=(reason,))
        verdicts = done.verdicts.values()
        known = [v.points for v in verdicts if v.points is not None]
        return Outcome(
            done.student,
            REVIEW if any(isinstance(v, Review) for v in verdicts) else GRADED,
            sum(known) if known else None,
            sum(v.out_of for v in verdicts),
            _changes(done, self._scores.get(done.student)),
            (*hand_in.remarks, *done.notes, *done.incidents),
            {**done.seconds, **clock},
            done.log,
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
        """Write into the gradebook; a database that does not answer is waited for."""
        until = time.monotonic() + self._options.patience
        pause = 0.25
        while True:
            try:
                self._recorder.record(done.student, hand_in.timestamp, done.verdicts, done.unanswered)
                return
            except DatabaseGone as error:
                left = until - time.monotonic()
                if left <= 0:
                    raise DatabaseGone(GIVEN_UP.format(reason=error)) from error
                self._tell(WAITING.format(reason=error, seconds=left))
            pause = min(2 * pause, 5.0, max(0.1, left))
            time.sleep(pause)
            with suppress(DatabaseGone):
                self._recorder.reconnect()


def _drain(aside: list[Outcome]) -> Iterator[Outcome]:
    while aside:
        yield aside.pop(0)
