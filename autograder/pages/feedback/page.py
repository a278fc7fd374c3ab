"""What a feedback page says: the executed notebook and the grades, put into words. Pure.

Nothing of a graded cell is shown but its verdict: no hidden test, no output, no traceback. Of the
other cells those are shown that are not the instructor's.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from backprop_lab.checking import QUANTITIES
from backprop_lab.validation import NOT_ANSWERED, gradient_of

from ...judging.follow_through import PART
from ...judging.gradient import Review, Verdict
from ...judging.questions import QUESTIONS
from ...submission.annotate import verdicts
from ...submission.notebook import Notebook
from ...submission.rebuild import Cell, about, mark, name_of
from ..outputs import Output, disarm, text_of

# The gates that say something good about an answer which failed a later one, in their order.
PASSED = {
    "returns": "returns in time",
    "numeric": "is numeric",
    "shape": "has the right shape",
    "finite": "is finite",
    "value": "",
}
HEAD = re.compile(r"^[✓✗○] \w+, \S+ of \S+ points[.:,] ?")
MORE = "your function {passed}."
WORDS = {
    "right": "right",
    "partly": "right in part",
    "wrong": "wrong",
    "open": "not answered yet",
    "review": "not graded yet",
}
NOT_GRADED_YET = "No grade yet: the instructor will look at it."
BY_HAND = "These points were given by the instructor."
NO_REASON = "The test gave no reason."
STOPPED = "The test stopped with {name}."
LONGEST_REASON = 4_000
NOTE_CELL = "about-this-hand-in"  # the id of the cell that the plug-in adds for formgrader


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
class Line:
    """A line of a reason: plain words, a "hint", what was "right", or a line of "code"."""

    kind: str
    text: str


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
    quantity: str  # "" if the question does not ask for a gradient
    status: str  # a key of WORDS
    mark: Mark
    lines: Sequence[Line] = ()
    comment: str = ""
    cell: Shown | None = None

    @property
    def title(self) -> str:
        return gradient_of(self.quantity) if self.quantity else self.name

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
    own_cells: Sequence[Shown] = ()
    notes: Sequence[str] = ()
    incidents: Sequence[str] = ()

    @property
    def open_marks(self) -> int:
        """How many questions are not graded yet."""
        return sum(answer.mark.points is None for answer in self.answers)


# Reasons


def _line(text: str) -> Line:
    for kind, head in (("hint", "Hint: "), ("code", "in the line: ")):
        if text.startswith(head):
            return Line(kind, text.removeprefix(head))
    return Line("", text[:1].upper() + text[1:])


def wrong_entries(message: str) -> list[str]:
    """The entries that a message on `backward` finds fault with."""
    return [q for q in QUANTITIES if f"\n{PART.format(gradient=gradient_of(q), reason='')}" in message]


def praise(verdict: Verdict | Review) -> str:
    """What was right about an answer that is not right altogether, "" if there is nothing."""
    if wrong := wrong_entries(verdict.message):
        return ", ".join(gradient_of(q) for q in QUANTITIES if q not in wrong)
    gates = list(PASSED)
    passed = [PASSED[gate] for gate in gates[: gates.index(verdict.gate)]] if verdict.gate in PASSED else []
    if len(passed) < 2:
        return ""
    return MORE.format(passed=f"{', '.join(passed[:-1])} and {passed[-1]}")


def _lines(message: str) -> list[Line]:
    """A message without the points at its head."""
    words = HEAD.sub("", message[:LONGEST_REASON])
    return [_line(line.strip()) for line in words.splitlines() if line.strip()]


def reason(verdict: Verdict | Review) -> list[Line]:
    """A verdict's message, and what was right."""
    right = praise(verdict)
    return _lines(verdict.message) + ([Line("right", right)] if right else [])


def printed(cell: Cell) -> list[Line]:
    """The reason that a graded cell printed, where nbgrader's own kernel ran it."""
    outputs = cell.get("outputs", [])
    said = "".join(text_of(o.get("text")) for o in outputs if o.get("output_type") == "stream")
    lines = _lines(said)
    names = [text_of(o.get("ename")) for o in outputs if o.get("output_type") == "error"]
    return lines + [Line("", STOPPED.format(name=name)) for name in names[:1]]


# Answers


def status(given: Mark, lines: Sequence[Line]) -> str:
    """How a question stands, by its points and by the reason for them."""
    if given.points is None:
        return "review"
    if given.points >= given.out_of:
        return "right"
    if given.points > 0:
        return "partly"
    return "open" if any(line.text.lower() == NOT_ANSWERED for line in lines) else "wrong"


def _shown(cell: Cell) -> Shown:
    outputs = [disarm(output) for output in cell.get("outputs", [])]
    return Shown(cell["cell_type"], text_of(cell["source"]), outputs, cell.get("attachments") or {})


def _remarks(given: Mark, lines: Sequence[Line]) -> list[Line]:
    """What is to be said of the points themselves."""
    if given.points is None:
        return [Line("", NOT_GRADED_YET)]
    if given.by_hand:
        return [Line("", BY_HAND)]
    return [Line("", NO_REASON)] if not lines and given.points < given.out_of else []


def _answer(cell: Cell, notebook: Notebook, marks: Marks, verdict: Verdict | Review | None) -> Answer:
    """One question: a test and the cell that it tests, or a cell that a person grades."""
    name = name_of(cell)
    question = name.removeprefix("test_")
    written = next((c for c in notebook["cells"] if name_of(c) == question), None)
    given = marks.marks.get(name) or Mark(None, float(mark(cell).get("points") or 0))
    quantity = QUESTIONS[question].quantity if question in QUESTIONS else ""
    lines = reason(verdict) if verdict else printed(cell) if written is not cell else []
    comment, shown = marks.comments.get(question, ""), _shown(written) if written else None
    remarks = _remarks(given, lines)
    return Answer(question, quantity, status(given, lines), given, lines + remarks, comment, shown)


def _gives_points(cell: Cell) -> bool:
    return bool(mark(cell).get("grade") or mark(cell).get("task"))


def _own_cells(notebook: Notebook, answers: Collection[str], ours: Collection[str]) -> list[Shown]:
    """The student's own cells: not an answer, not a graded cell, not as the instructor wrote them."""
    left_out = {*ours, ""}
    own = [c for c in notebook["cells"] if not _gives_points(c) and name_of(c) not in answers]
    own = [c for c in own if c.get("id") != NOTE_CELL and text_of(c["source"]).strip() not in left_out]
    return [_shown(c) for c in own]


def page(assignment: str, student: str, notebook: Notebook, marks: Marks, ours: Collection[str]) -> Page:
    """The page on an executed notebook; `ours` holds the texts of the instructor's cells."""
    found, noted = verdicts(notebook), about(notebook)
    if noted.get("unreadable"):  # which the notes say, once
        found = {name: replace(verdict, message="") for name, verdict in found.items()}
    graded = [cell for cell in notebook["cells"] if _gives_points(cell)]
    answers = [_answer(cell, notebook, marks, found.get(name_of(cell))) for cell in graded]
    own = _own_cells(notebook, {answer.name for answer in answers}, ours)
    tell = {key: [str(words) for words in noted.get(key) or []] for key in ("notes", "incidents")}
    return Page(assignment, student, marks, answers, own, **tell)
