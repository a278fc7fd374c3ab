"""From what was found to what is recorded and told: files made ready, grades written, files moved into
place."""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..submission.beside import printable
from ..submission.cells import is_graded, name_of
from ..submission.clock import Clock, Spent, total
from ..submission.pipeline import Done
from .gradebook import (
    Course,
    CourseError,
    Gradebook,
    GradebookBroken,
    GradebookGone,
    Grades,
    Scores,
    Staged,
    regraded,
)
from .outcome import GRADED, NOT_RECORDED, REVIEW, WAITING, Outcome, changes, was_graded
from .submissions import Submission

NOT_WRITTEN = "its files could not be written: {reason}. Make room, and grade it again"
FAILED = "internal error: {kind}: {reason}. The log says more; the others go on"
DOUBTFUL = "the grade that a person gave to an earlier submission still counts, and needs a look: {cells}"
KEPT = "the grader failed at it this time; the grades that were given before stay"

ENDS_THE_RUN = (GradebookGone, GradebookBroken, CourseError)  # the trouble of no single submission


@dataclass(frozen=True)
class Ready:
    """A graded submission that is ready to be recorded. Its files lie beside their place; in a dry run they
    lie nowhere."""

    submission: Submission
    done: Done
    found: Mapping[str, float | None]  # points by graded cell
    staged: Staged | None
    clock: Clock

    @property
    def student(self) -> str:
        """Whose it is."""
        return self.submission.student


class Ledger:
    """What became of the submissions of an assignment."""

    def __init__(
        self,
        course: Course,
        gradebook: Gradebook,
        max_scores: Mapping[str, float],
        scores: Mapping[str, Scores],
        ask: Callable[[Callable[[], None]], None],
        dry_run: bool,
    ) -> None:
        """`max_scores` are those of the gradebook in the order of the notebook, `scores` what it held before,
        by student; `ask` waits for a gradebook that does not answer. In a dry run nothing is written."""
        self._course, self._gradebook = course, gradebook
        self._max_scores, self._scores = max_scores, scores
        self._ask, self._dry_run = ask, dry_run
        self._staged: dict[str, Staged] = {}  # what was laid ready and is not in its place yet
        self._written = set[str]()  # whose grades are in the gradebook
        self._tests = {name_of(cell) for cell in course.template["cells"] if is_graded(cell)}

    # What is told

    def outcome(self, student: str, status: str, **more: Any) -> Outcome:
        """The outcome for a student."""
        path = self._course.submitted(student) / self._course.source.name
        return Outcome(printable(student), status, printable(str(path)), **more)

    def failed(self, student: str, error: Exception) -> Outcome:
        """What is wrong with one submission, whatever it is, is no other's trouble."""
        reason = FAILED.format(kind=type(error).__name__, reason=printable(str(error)))
        log = printable("".join(traceback.format_exception(error)))
        return self.outcome(student, NOT_RECORDED, remarks=(reason,), log=log)

    def _not_written(self, student: str, error: OSError) -> Outcome:
        reason = NOT_WRITTEN.format(reason=error.strerror or error)
        return self.outcome(student, NOT_RECORDED, remarks=(reason,))

    def standing(
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
        return self.outcome(
            submission.student,
            status,
            points=sum(given) if given else None,
            out_of=sum(self._max_scores.values()),
            waiting=tuple(waiting),
            remarks=(*submission.remarks, *remarks, *([DOUBTFUL.format(cells=doubtful)] if doubtful else [])),
            untimed=self._gradebook.is_untimed(submission.student, submission.timestamp),
            **more,
        )

    def _recorded(self, ready: Ready) -> Outcome:
        submission, done, before = ready.submission, ready.done, self._scores.get(ready.student)
        after = {name: regraded((before or {}).get(name), auto) for name, auto in ready.found.items()}
        return self.standing(
            GRADED,
            submission,
            after,
            *(done.notes + done.incidents),
            changes=changes(before, after),
            spent=total([submission.clock, done.spent, ready.clock]),
            log=done.log,
            lacking=tuple(sorted(done.lacking)),
        )

    # What is done: first the files aside, then the grades, then the files into place. Whenever this is cut
    # short, the next run finds it out and does it again.

    def make_ready(self, submission: Submission, done: Done) -> Ready | Outcome:
        """Lay the files of a graded submission ready; or why it cannot be recorded."""
        if done.log and was_graded(self._scores.get(done.student)):
            return self.outcome(done.student, REVIEW, remarks=(KEPT,), log=done.log)
        found = {name: done.auto_score(name, points) for name, points in self._max_scores.items()}
        clock, staged = Clock(), None
        try:
            with clock.measure("stage"):
                if not self._dry_run:
                    staged = self._course.stage(done.student, done.notebook, submission.files)
                    self._staged[done.student] = staged
        except OSError as error:
            return self._not_written(done.student, error)
        except ENDS_THE_RUN:
            raise
        except Exception as error:
            return self.failed(done.student, error)
        return Ready(submission, done, found, staged, clock)

    def settle(self, group: Sequence[Ready | Outcome]) -> Iterator[Outcome]:
        """Record what is ready, all at once, and tell what became of it; raises GradebookGone."""
        ready = [one for one in group if isinstance(one, Ready)]
        failed = {} if self._dry_run or not ready else self._record(ready)
        for one in group:
            if isinstance(one, Outcome):
                yield one
            elif error := failed.get(one.student):
                yield self.failed(one.student, error)
            else:
                yield self._publish(one)

    def _write(self, ready: Sequence[Ready]) -> None:
        self._gradebook.record(
            [Grades(one.student, one.submission.timestamp, one.found, one.done.unanswered) for one in ready]
        )
        self._written.update(one.student for one in ready)

    def _record(self, ready: Sequence[Ready]) -> dict[str, Exception]:
        """Write the grades in one transaction; where that fails, one by one. Why they could not be written,
        by student."""
        clock = Clock()
        try:
            with clock.measure("record"):
                self._ask(lambda: self._write(ready))
        except ENDS_THE_RUN:
            raise
        except Exception as error:
            if len(ready) == 1:
                return {ready[0].student: error}
            return {student: e for one in ready for student, e in self._record([one]).items()}
        for one in ready:
            one.clock.add("record", Spent(*(spent / len(ready) for spent in clock["record"])))
        return {}

    def close(self) -> None:
        """Of what was laid ready and did not come into its place, move there what the gradebook knows of, and
        remove the rest."""
        for student, staged in self._staged.items():
            with suppress(OSError):  # then it is graded again
                if student in self._written:
                    staged.publish()
            staged.discard()

    def _publish(self, ready: Ready) -> Outcome:
        try:
            with ready.clock.measure("stage"):
                if ready.staged:
                    ready.staged.publish()
                    del self._staged[ready.student]
        except OSError as error:
            return self._not_written(ready.student, error)
        return self._recorded(ready)
