"""What a check found, and how a student is told."""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

from .model import Values
from .validation import Rejected, Stage, Status

RIGHT = "✓ {question} is right: it agrees with the numerical gradient at {count} inputs."
OPEN = "○ {question}: {message}"
WRONG = "✗ {question}: {message}"
LINE = "{message}\n    in {line}"
NOTE = "\n    {note}"
ASKS = "{message}\n    → {question}"
# For what is no answer yet and does not ask itself, by stage.
ASK_STAGE = {
    Stage.RETURNS: "Print what goes into the line that failed: which value, type or shape surprises you?",
    Stage.NUMERIC: "What does the `return` hand back, and is that what the docstring promises?",
    Stage.SHAPE: "How many entries does the quantity have, and what is the gradient for one of them?",
}
LABEL = re.compile(r" {4}(got {7}|expected {2}|→ )")
WIDTH = 80  # characters of a line, which the narrowest window shows


def _folded(line: str) -> str:
    """A line, in several where it is too long, indented below what it says."""
    label = LABEL.match(line)
    indent = " " * (len(label[0]) if label else 4)
    return textwrap.fill(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def folded(message: str) -> str:
    """A message in lines that are short enough to be read in any window."""
    return "\n".join(_folded(line) if len(line) > WIDTH else line for line in message.splitlines())


@dataclass(frozen=True)
class Result:
    """What a check found; `message` is for the student. `values` holds the gradients that were returned,
    by letter, at the notebook's own numbers. `mistake` tells one mistake from another, "" for none, and
    `times` counts how often it was made without another one between."""

    question: str
    status: Status
    message: str
    values: Values = field(default_factory=dict)
    mistake: str = ""
    times: int = 0


def right(question: str, count: int, note: str, values: Values) -> Result:
    """The result for an answer that is right at so many inputs."""
    words = RIGHT.format(question=question, count=count)
    return Result(question, Status.RIGHT, "\n".join(filter(None, (words, note))), values)


def _split(message: str) -> tuple[str, str]:
    """What a message says, and the question that it ends with, "" if it ends with none."""
    said, _, question = message.rpartition(". ")
    return (f"{said}.", question) if said and question.endswith("?") else (message, "")


@dataclass(frozen=True)
class Fault:
    """Why an answer is not right: the reason, the number of the input where it shows, what else there is to
    say of it, and the questions that lead on, the plainest last."""

    reason: Rejected
    number: int
    asks: Sequence[str] = ()
    notes: Sequence[str] = ()

    def _question(self, own: str, times: int) -> str:
        """The question that goes with it; `own` is that of its reason, "" if there is none."""
        if self.asks:
            return self.asks[min(times, len(self.asks)) - 1]
        return own or ASK_STAGE.get(self.reason.stage, "")

    def message(self, times: int) -> str:
        """What is wrong, where, what else there is to say, and what to ask oneself."""
        message, own = _split(self.reason.message)
        question = self._question(own, times)
        if self.reason.line:
            message = LINE.format(message=message, line=self.reason.line)
        for note in filter(None, self.notes):
            message += NOTE.format(note=note.replace("\n", "\n    "))
        return ASKS.format(message=message, question=question) if question else message


def wrong(question: str, fault: Fault, mistake: str, before: Result | None, values: Values) -> Result:
    """The result for an answer that is not right. Who makes a mistake again gets the next question."""
    times = before.times + 1 if before and mistake and before.mistake == mistake else 1
    is_open = fault.reason.stage is Stage.ANSWERED
    template, status = (OPEN, Status.OPEN) if is_open else (WRONG, Status.WRONG)
    message = template.format(question=question, message=fault.message(times))
    return Result(question, status, message, values, mistake, times)
