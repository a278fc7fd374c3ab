"""What a person sees of a run over a class: a bar or plain lines, what changed, and a summary."""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

from ..judging.verdict import points_in_words
from ..submission.beside import printable
from ..submission.clock import total
from .outcome import FINE, GRADED, STATUSES, WAITING, Outcome

LINE_EVERY = 5.0  # seconds between plain lines

DOING = "{done} of {total} submissions, {rate:.1f} a second, {left:.0f} s left, {problems} with problems"
PROBLEM = "{student}: {status}{points}{where}{remarks}"
CHANGE = "{student}: {question}: {before} → {after} points"
NOTHING = "no grade"
LACKING = "with packages that are not installed here: {packages}"
DRY = "This was a dry run: nothing was recorded."
ALL_WELL = "All submissions are graded."
NOTHING_THERE = "Nothing was graded: no student has submitted anything."
SOME_WAIT = "All that can be graded automatically is graded. {cells} wait for a person, in formgrader."
NOT_ALL = "Not everything could be graded: see above."
MEANINGS = {
    "graded": "graded and recorded",
    "unchanged": "unchanged since they were graded",
    "waiting": "graded, and waiting for a person",
    "needs review": "could not be judged: a person has to look",
    "no notebook": "without the notebook",
    "not recorded": "not recorded",
}


class Progress(Protocol):
    """Follows a run."""

    def tell(self, words: str) -> None:
        """Say something between."""

    def step(self, outcome: Outcome) -> None:
        """Another student is done."""

    def close(self) -> None:
        """The run is over."""


class Bar:
    """A bar, for a terminal."""

    def __init__(self, total: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(total=total, unit=" submissions", dynamic_ncols=True, file=sys.stderr)
        self._problems = 0
        self._bar.set_postfix(problems=0)

    def tell(self, words: str) -> None:
        """Say something above the bar."""
        self._bar.write(words, file=sys.stderr)

    def step(self, outcome: Outcome) -> None:
        """Move on by one."""
        if outcome.status not in FINE:
            self._problems += 1
            self._bar.set_postfix(problems=self._problems)
        self._bar.update()

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()


class Lines:
    """A plain line now and then, for a log."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._problems = total, 0, 0
        self._start = self._last = time.monotonic()

    def tell(self, words: str) -> None:
        """Say something."""
        print(words, file=sys.stderr, flush=True)

    def step(self, outcome: Outcome) -> None:
        """Count, and say how far it is when there was nothing to read for a while."""
        self._done += 1
        self._problems += outcome.status not in FINE
        if self._done < self._total and time.monotonic() - self._last >= LINE_EVERY:
            self._line()

    def _line(self) -> None:
        self._last = time.monotonic()
        rate = self._done / max(1e-9, self._last - self._start)
        left = (self._total - self._done) / max(1e-9, rate)
        words = {"done": self._done, "total": self._total, "problems": self._problems}
        self.tell(DOING.format(rate=rate, left=left, **words))

    def close(self) -> None:
        """Say how far it came."""
        self._line()


def progress(total: int) -> Progress:
    """A bar on a terminal, lines elsewhere."""
    return Bar(total) if sys.stderr.isatty() else Lines(total)


# What is said of one student


def _number(points: float | None) -> str:
    return NOTHING if points is None else points_in_words(points)


def said_of(outcome: Outcome) -> list[str]:
    """The lines that a person should read about one student: changed points and problems."""
    words = [
        CHANGE.format(
            student=outcome.student, question=c.question, before=_number(c.before), after=_number(c.after)
        )
        for c in outcome.changes
    ]
    if outcome.status not in (*FINE, WAITING) or outcome.remarks:
        points = f" ({_number(outcome.points)} of {outcome.out_of:g} points)" if outcome.out_of else ""
        remarks = "".join(f"\n    {remark}" for remark in dict.fromkeys(outcome.remarks))
        where = "" if outcome.status in (*FINE, WAITING) else f"\n    {outcome.path}"
        given = {"student": outcome.student, "status": outcome.status, "where": where}
        words.append(PROBLEM.format(points=points, remarks=remarks, **given))
    return [printable(line) for line in words]  # names and messages are the student's


# The summary


def summary(outcomes: Sequence[Outcome], missing: Sequence[str], dry_run: bool) -> str:
    """The table at the end."""
    counts = Counter(outcome.status for outcome in outcomes)
    rows = [(counts[status], MEANINGS[status]) for status in STATUSES if counts[status]]
    rows += [(len(missing), "in the gradebook, with nothing submitted")] if missing else []
    if lacking := [o.lacking for o in outcomes if o.lacking]:
        packages = ", ".join(sorted({package for each in lacking for package in each}))
        rows.append((len(lacking), LACKING.format(packages=packages)))
    untimed = sum(outcome.untimed for outcome in outcomes)
    rows += [(untimed, "without a time stamp, so taken as in time")] if untimed else []
    points = [o.points for o in outcomes if o.status == GRADED and o.points is not None]
    lines = [f"{count:6}  {words}" for count, words in rows]
    if points:
        lines.append(f"{sum(points) / len(points):6.1f}  points in the mean of those graded now")
    changed = sum(bool(outcome.changes) for outcome in outcomes)
    lines += [f"{changed:6}  with changed points"] if changed else []
    lines += [DRY] if dry_run else []
    return "\n".join([*lines, _conclusion(outcomes)])


def _conclusion(outcomes: Sequence[Outcome]) -> str:
    if not outcomes:
        return NOTHING_THERE
    if all_fine(outcomes):
        return ALL_WELL
    if any(outcome.status not in (*FINE, WAITING) for outcome in outcomes):
        return NOT_ALL
    cells = sorted({name for outcome in outcomes for name in outcome.waiting})
    return SOME_WAIT.format(cells=", ".join(cells))


def all_fine(outcomes: Sequence[Outcome]) -> bool:
    """Whether everything that was submitted is graded."""
    return all(outcome.status in FINE for outcome in outcomes)


def _one_as_data(outcome: Outcome) -> dict[str, Any]:
    fields = {name: value for name, value in vars(outcome).items() if name not in ("log", "spent")}
    return {**fields, "changes": list(map(asdict, outcome.changes)), "seconds": outcome.spent.seconds}


def as_data(outcomes: Sequence[Outcome], missing: Sequence[str], **more: Any) -> dict[str, Any]:
    """The same for machines, and all seconds by what they were spent on."""
    counts = Counter(outcome.status for outcome in outcomes)
    students = [_one_as_data(outcome) for outcome in outcomes]
    spent = total(outcome.spent for outcome in outcomes).seconds
    whole = {"counts": counts, "missing": list(missing), "seconds": spent, "students": students}
    return {**more, **whole}
