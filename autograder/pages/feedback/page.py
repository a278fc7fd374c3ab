"""What a feedback page says: verdicts and grades, for a template. Pure.

Nothing of a graded cell is shown but its verdict: no hidden test, no output, no traceback. Of the
other cells those are shown that are not the instructor's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from backprop_lab.model import Exercise, Question
from backprop_lab.validation import Status

from ...judging.verdict import GradientCheck, Verdict, standing
from ...submission.annotate import NOTE_CELL, about, verdicts
from ...submission.cells import Cell, gives_points, mark, name_of
from ...submission.notebook import Notebook
from ..bounds import Room
from ..outputs import Output, disarm, text_of
from .reasons import LONGEST_REASON, Line, reason

WORDS = {
    Status.RIGHT: "right",
    Status.PARTLY: "right in part",
    Status.WRONG: "wrong",
    Status.OPEN: "not answered yet",
    Status.NEEDS_REVIEW: "not graded yet",
}
NOT_GRADED_YET = "No grade yet: the instructor will look at it."
BY_HAND = "These points were given by the instructor."
NO_REASON = "The test gave no reason."
STOPPED = "The test stopped with {name}."


@dataclass(frozen=True)
class Mark:
    """The grade of one cell; `points` is None as long as there is none."""

    points: float | None
    out_of: float
    by_hand: bool = False


@dataclass(frozen=True)
class Marks:
    """What the gradebook holds on a notebook: marks by graded cell, comments by cell."""

    marks: Mapping[str, Mark]
    comments: Mapping[str, str] = field(default_factory=dict)
    penalty: float = 0.0

    @property
    def total(self) -> float | None:
        """The points, less what being late costs; None if nothing is graded."""
        given = [m.points for m in self.marks.values() if m.points is not None]
        return max(0.0, sum(given) - self.penalty) if given else None

    @property
    def out_of(self) -> float:
        return sum(m.out_of for m in self.marks.values())


@dataclass(frozen=True)
class Shown:
    """A cell of the student's; `kind` is code, markdown or raw."""

    kind: str
    source: str
    outputs: Sequence[Output] = ()
    attachments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """A question with its grade, the reason for it, and what the student wrote."""

    name: str
    title: str
    quantity: str  # "" if the question does not ask for a gradient
    status: Status
    mark: Mark
    lines: Sequence[Line] = ()
    checks: Sequence[GradientCheck] = ()
    comment: str = ""
    cell: Shown | None = None

    @property
    def word(self) -> str:
        return WORDS[self.status]


@dataclass(frozen=True)
class Page:
    """A feedback page."""

    assignment: str
    student: str
    marks: Marks
    answers: Sequence[Answer]
    exercise: Exercise | None = None
    own_cells: Sequence[Shown] = ()
    notes: Sequence[str] = ()
    incidents: Sequence[str] = ()

    @property
    def open_marks(self) -> int:
        """How many questions are not graded yet."""
        return sum(answer.mark.points is None for answer in self.answers)


def printed(cell: Cell) -> list[Line]:
    """What a graded cell printed, where nbgrader's own kernel ran it."""
    outputs = cell.get("outputs", [])
    said = "".join(text_of(o.get("text")) for o in outputs if o.get("output_type") == "stream")
    lines = [Line("", line.strip()) for line in said[:LONGEST_REASON].splitlines() if line.strip()]
    names = [text_of(o.get("ename")) for o in outputs if o.get("output_type") == "error"]
    return lines + [Line("", STOPPED.format(name=name)) for name in names[:1]]


# Answers


def _shown(cell: Cell, room: Room) -> Shown:
    source = room.cut(text_of(cell["source"]))
    outputs = [disarm(output, room) for output in cell.get("outputs", [])]
    return Shown(cell["cell_type"], source, outputs, cell.get("attachments") or {})


def _remarks(given: Mark, lines: Sequence[Line]) -> list[Line]:
    """What is to be said of the points themselves."""
    if given.points is None:
        return [Line("", NOT_GRADED_YET)]
    if given.by_hand:
        return [Line("", BY_HAND)]
    return [Line("", NO_REASON)] if not lines and given.points < given.out_of else []


def _asked(exercise: Exercise | None, name: str) -> tuple[str, str]:
    """The title of a question, and the quantity whose gradient it asks for."""
    asked = exercise.asked.get(name) if exercise else None
    if exercise and isinstance(asked, Question):
        return exercise.gradient(asked.wrt), asked.wrt
    return name, ""


@dataclass(frozen=True)
class _Found:
    """What a page is made from."""

    notebook: Notebook
    marks: Marks
    exercise: Exercise | None
    verdicts: Mapping[str, Verdict]
    room: Room = field(default_factory=Room)

    def answer(self, cell: Cell) -> Answer:
        """One question: a test and the cell that it tests, or a cell that a person grades."""
        name = name_of(cell)
        question, verdict = name.removeprefix("test_"), self.verdicts.get(name)
        written = next((c for c in self.notebook["cells"] if name_of(c) == question), None)
        given = self.marks.marks.get(name) or Mark(None, float(mark(cell).get("points") or 0))
        lines = reason(verdict) if verdict else printed(cell) if written is not cell else []
        title, quantity = _asked(self.exercise, question)
        return Answer(
            question,
            title,
            quantity,
            standing(verdict, given.points, given.out_of),
            given,
            lines + _remarks(given, lines),
            verdict.checks if verdict else (),
            self.marks.comments.get(question, ""),
            _shown(written, self.room) if written else None,
        )


def _own_cells(
    notebook: Notebook, answers: Collection[str], ours: Collection[str], room: Room
) -> list[Shown]:
    """The student's own cells: not an answer, not a graded cell, not as the instructor wrote them."""
    left_out = {*ours, ""}
    own = [c for c in notebook["cells"] if not gives_points(c) and name_of(c) not in answers]
    own = [c for c in own if c.get("id") != NOTE_CELL and text_of(c["source"]).strip() not in left_out]
    return [_shown(c, room) for c in own]


def page(
    assignment: str,
    student: str,
    notebook: Notebook,
    marks: Marks,
    ours: Collection[str],
    exercise: Exercise | None,
) -> Page:
    """The page on an executed notebook; `ours` holds the texts of the instructor's cells."""
    found, noted = verdicts(notebook), about(notebook)
    if noted.get("unreadable"):  # which the notes say, once
        found = {name: replace(verdict, reason="") for name, verdict in found.items()}
    made = _Found(notebook, marks, exercise, found)
    answers = [made.answer(cell) for cell in notebook["cells"] if gives_points(cell)]
    own = _own_cells(notebook, {answer.name for answer in answers}, ours, made.room)
    tell = {key: [str(words) for words in noted.get(key) or []] for key in ("notes", "incidents")}
    return Page(assignment, student, marks, answers, exercise, own, **tell)
