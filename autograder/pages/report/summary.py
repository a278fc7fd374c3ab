"""Where a class stands: from the gradebook's records and the executed notebooks to numbers. Pure."""

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from functools import cached_property
from typing import Any

from backprop_lab.model import Exercise
from backprop_lab.validation import Status

from ...class_run.gradebook import Item, Record, Student
from ...judging.verdict import Verdict, standing

LABELS = {
    Status.RIGHT: "right",
    Status.PARTLY: "partly",
    Status.WRONG: "wrong",
    Status.OPEN: "open",
    Status.NEEDS_REVIEW: "not graded",
}
STATUSES = tuple(LABELS.values())

MISSING = "nothing was submitted"
WAITING = "submitted, and not graded yet: run `autograder grade`"
NOT_EXECUTED = "the executed notebook in autograded/ is missing or damaged"
NOT_GRADED = "not graded yet: {questions}"
DOUBTFUL = "given by hand for an earlier submission: {questions}"
SOMEBODY = "this student"


@dataclass(frozen=True)
class Executed:
    """What an executed notebook tells: verdicts by graded cell, and notes on the run."""

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    notes: Sequence[str] = ()
    incidents: Sequence[str] = ()
    unreadable: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """How a question went: students by status, of those who submitted something."""

    item: Item
    counts: Mapping[str, int]
    mean: float | None  # points

    @property
    def name(self) -> str:
        return self.item.question

    def share(self, status: str) -> float:
        """The share of the students with that status."""
        return self.counts[status] / max(1, sum(self.counts.values()))


@dataclass(frozen=True)
class Made:
    """A known mistake: the questions in which it was made, by how many students, the hint that each got."""

    name: str
    questions: tuple[str, ...]
    hint: str
    count: int


@dataclass(frozen=True)
class Look:
    """A student who needs a look, and why."""

    student: str
    reasons: tuple[str, ...]


def _all_with_mistakes(verdict: Verdict) -> Iterator[Verdict]:
    """The verdict itself, or those of its entries, as far as a known mistake was recognised."""
    return (found for found in (verdict, *verdict.entries) if found.mistake)


def _without_names(look: Look, student: Student) -> Look:
    """The same reasons with nothing in them of what the gradebook calls the student."""
    called = [re.escape(name) for name in astuple(student) if name]
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(called)})(?!\w)")
    return Look("", tuple(pattern.sub(SOMEBODY, reason) for reason in look.reasons))


@dataclass(frozen=True)
class Summary:
    """A class: a record for every student, and the executed notebooks by student."""

    assignment: str
    records: Sequence[Record]
    executed: Mapping[str, Executed]
    items: Sequence[Item]
    exercise: Exercise | None = None
    anonymous: bool = False
    waiting: Collection[str] = ()  # who submitted something that is not graded yet

    @property
    def out_of(self) -> float:
        """The points of the assignment."""
        return sum(item.out_of for item in self.items)

    @cached_property
    def submitted(self) -> list[Record]:
        """The records of those who submitted something."""
        return [record for record in self.records if record.points]

    @property
    def totals(self) -> list[float]:
        """The points of all who are graded, less what being late costs."""
        return sorted(record.total for record in self.submitted if record.total is not None)

    @property
    def figures(self) -> dict[str, Any]:
        """The numbers at the head of the report."""
        totals = self.totals
        return {
            "students": len(self.records),
            "submitted": len(self.submitted),
            "graded": len(totals),
            "mean": statistics.mean(totals) if totals else None,
            "median": statistics.median(totals) if totals else None,
            "full points": sum(total >= self.out_of for total in totals),
        }

    def _executed(self, record: Record) -> Executed:
        return self.executed.get(record.student.id, Executed())

    @cached_property
    def questions(self) -> list[Question]:
        """How each question went."""
        found = []
        for item in self.items:
            given = [(r.points.get(item), self._executed(r).verdicts.get(item.name)) for r in self.submitted]
            statuses = (standing(verdict, points, item.out_of) for points, verdict in given)
            counts = Counter(LABELS[status] for status in statuses)
            known = [points for points, _ in given if points is not None]
            mean = statistics.mean(known) if known else None
            found.append(Question(item, {s: counts[s] for s in STATUSES}, mean))
        return found

    @cached_property
    def mistakes(self) -> list[Made]:
        """Which known mistakes were made, the most frequent first."""
        who: dict[str, set[str]] = defaultdict(set)
        where: dict[str, set[str]] = defaultdict(set)
        hints: dict[str, str] = {}
        for student, notebook in self.executed.items():
            for verdict in notebook.verdicts.values():
                for found in _all_with_mistakes(verdict):
                    who[found.mistake].add(student)
                    where[found.mistake].add(verdict.question)
                    hints.setdefault(found.mistake, found.hint)
        order = [item.question for item in self.items]
        asked = {name: tuple(q for q in order if q in where[name]) for name in where}
        names = sorted(who, key=lambda name: (-len(who[name]), name))
        return [Made(name, asked[name], hints[name], len(who[name])) for name in names]

    def _reasons(self, record: Record) -> list[str]:
        if not record.points:
            return [WAITING if record.student.id in self.waiting else MISSING]
        notebook = self.executed.get(record.student.id)
        if notebook is None:
            return [NOT_EXECUTED]
        open_ones = [item.question for item, points in record.points.items() if points is None]
        reasons = [notebook.unreadable] if notebook.unreadable else []
        reasons += [n for n in notebook.notes if n != notebook.unreadable]
        reasons += list(dict.fromkeys(notebook.incidents))
        doubtful = [item.question for item in record.doubtful]
        waiting = {NOT_GRADED: open_ones, DOUBTFUL: doubtful}
        return reasons + [w.format(questions=", ".join(names)) for w, names in waiting.items() if names]

    @cached_property
    def looks(self) -> list[Look]:
        """Who needs a look. Without names, neither the words nor the order lead to the student."""
        known = {record.student.id for record in self.records}
        found = [Look(record.student.id, tuple(self._reasons(record))) for record in self.records]
        found += [Look(student, (WAITING,)) for student in sorted(set(self.waiting) - known)]
        if self.anonymous:
            hidden = [
                _without_names(look, record.student)
                for look, record in zip(found, self.records, strict=False)
            ]
            found = sorted([*hidden, *(Look("", look.reasons) for look in found[len(hidden) :])], key=str)
        return [look for look in found if look.reasons]

    @property
    def spent(self) -> dict[str, float]:
        """Seconds of grading by what they were spent on, over the class."""
        spent: Counter[str] = Counter()
        for notebook in self.executed.values():
            spent.update(notebook.seconds)
        return dict(spent)
