"""The check that a student has at hand: validation stages in order, then numerical gradients of the loss.

It holds no derivative: what is right is read off the forward pass, by moving one quantity a little and
watching the loss. What is right here is right for the grader, which compares with the same tolerance.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

import numpy as np

from . import tolerance
from .hints import Table
from .model import Exercise, Question, Values, WholePass
from .numerical import complex_step
from .parts import Parts, Survived, surviving
from .remarks import Comparison, read_again
from .validation import Rejected, Stage, Status, as_mapping, call, entry, finite, numeric, shaped

RIGHT = "✓ {question} is right: it agrees with the numerical gradient at {count} inputs."
OPEN = "○ {question}: {message}"
CALLS = "calls {part}, which {message}"
WRONG = "✗ {question}: {message}"
LINE = "{message}\n    in the line: {line}"
ASKS = "{message}\n    → {question}"
AN_ARRAY, A_NUMBER = "an array of shape {shape}", "a number"
# For what is no answer yet and does not ask itself, by stage.
ASK_STAGE = {
    Stage.RETURNS: "Print what goes into the line that failed: which value, type or shape surprises you?",
    Stage.NUMERIC: "What does the `return` hand back, and is that what the docstring promises?",
    Stage.SHAPE: "How many entries does the quantity have, and what is the gradient for one of them?",
}
CHANGED = "  (Note: it changes {names} in place. Better work on a copy.)"


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


def numerical_gradients(exercise: Exercise, values: Mapping[str, Any]) -> Values:
    """The numerical gradient of the loss in each quantity that is asked for, by letter, at one forward
    pass: by the complex step, which is exact to rounding."""
    return {
        quantity: complex_step(partial(exercise.loss_when, values, quantity), values[quantity])
        for quantity in exercise.quantities
    }


@cache
def visible(exercise: Exercise) -> Sequence[tuple[Values, Values]]:
    """What an answer is checked with: forward passes, each with its numerical gradients."""
    passes = [exercise.forward(inputs) for inputs in exercise.visible_inputs()]
    return [(values, numerical_gradients(exercise, values)) for values in passes]


# What the function answers

Answer = dict[str, Any]  # by letter an array, or Rejected


def _whole(survived: Survived) -> Any:
    """What the whole pass returned; raises Rejected if a function that it calls failed."""
    for part, reason in survived.failed.items():
        raise Rejected(reason.stage, CALLS.format(part=part, message=reason.message), reason.line)
    return survived.answer


def _asked(exercise: Exercise, question: Question | WholePass, function: Any, values: Values) -> Any:
    """What is called: the function itself, or the whole pass so that it survives its parts."""
    if isinstance(question, Question):
        return function
    return surviving(function, Parts({q.name: np.shape(values[q.wrt]) for q in exercise.questions}))


def _read(exercise: Exercise, question: Question | WholePass, values: Values, answer: Any) -> Answer:
    """The gradients that an answer consists of, one or all. Raises Rejected."""
    if isinstance(question, Question):
        return {question.wrt: _array(answer, values[question.wrt])}
    given, found = as_mapping(_whole(answer), exercise.quantities), Answer()
    for quantity in exercise.quantities:
        try:
            found[quantity] = _array(entry(given, quantity), values[quantity])
        except Rejected as reason:
            found[quantity] = reason
    return found


def _array(answer: Any, like: Any) -> Any:
    shape = np.shape(like)
    return numeric(answer, AN_ARRAY.format(shape=shape) if shape else A_NUMBER)


def _ask(exercise: Exercise, question: Question | WholePass, function: Any) -> tuple[list[Answer], str]:
    """The answers at the visible inputs, up to the first that is none, and a note."""
    found: list[Answer] = []
    touched: set[int] = set()
    for values, expected in visible(exercise):
        asked, read = _asked(exercise, question, function, values), partial(_read, exercise, question, values)
        try:
            answer, changed = call(asked, exercise.values_given(question, values, expected), read)
        except Rejected as reason:
            quantities = exercise.quantities if isinstance(question, WholePass) else (question.wrt,)
            found.append(dict.fromkeys(quantities, reason))
            break
        found.append(answer)
        touched.update(changed)
    names = exercise.arguments(question)
    note = CHANGED.format(names=", ".join(names[i] for i in sorted(touched))) if touched else ""
    return found, note


# Whether it is right


@dataclass(frozen=True)
class _Check:
    """The answers to a question, to be compared with the numerical gradients."""

    exercise: Exercise
    answers: Sequence[Answer]

    @property
    def _single(self) -> float:
        """The tolerance for single precision, which may have been that of all steps before."""
        arrays = [a for answer in self.answers for a in answer.values() if not isinstance(a, Rejected)]
        throughout = len(self.answers[0]) > 1 and all(tolerance.is_single(array) for array in arrays)
        return tolerance.SINGLE_THROUGHOUT if throughout else tolerance.SINGLE

    def _shaped(self, number: int, quantity: str) -> Any:
        """An answer, if it passes every stage but the last; raises Rejected."""
        answer = self.answers[number][quantity]
        if isinstance(answer, Rejected):
            raise answer
        like = visible(self.exercise)[number][0][quantity]
        return finite(shaped(answer, np.shape(like), self.exercise.gradient(quantity), quantity))

    def _is_right(self, number: int, quantity: str) -> bool:
        values, gradients = visible(self.exercise)[number]
        given = self.exercise.values_given(self.exercise.asking_for(quantity), values, gradients)
        answer = self.answers[number][quantity]
        return tolerance.is_right(answer, gradients[quantity], given, self._single)

    def _comparison(self, quantity: str) -> Comparison:
        """The answers that can be compared."""
        numbers = []
        for number in range(len(self.answers)):
            try:
                self._shaped(number, quantity)
            except Rejected:
                continue
            numbers.append(number)
        got = [self.answers[number][quantity] for number in numbers]
        expected = [visible(self.exercise)[number][1][quantity] for number in numbers]
        wrong = [not self._is_right(number, quantity) for number in numbers]
        return Comparison(self.exercise, quantity, got, expected, wrong)

    def fault(self) -> tuple[str, Rejected, tuple[str, ...]] | None:
        """The first gradient that is not right, why, and the questions that lead on."""
        for number, answer in enumerate(self.answers):
            for quantity in answer:
                try:
                    self._shaped(number, quantity)
                except Rejected as reason:
                    return quantity, reason, ()
                if not self._is_right(number, quantity):
                    compared = self._comparison(quantity)
                    return quantity, Rejected(Stage.VALUE, compared.message()), compared.questions()
        return None

    def hints(self, table: Table, quantity: str) -> tuple[str, ...]:
        """What the table says to the answers for a gradient."""
        answers = [answer[quantity] for answer in self.answers]
        if len(answers) < len(visible(self.exercise)) or any(isinstance(a, Rejected) for a in answers):
            return ()
        hints = table.find(self.exercise.asking_for(quantity).name, answers)
        return (*hints, read_again(self.exercise, quantity)) if hints else ()


def _wrong(
    question: str, reason: Rejected, asks: Sequence[str], mistake: str, before: Result | None
) -> Result:
    """The result for an answer that is not right. Who makes a mistake again gets the next question."""
    is_open = reason.stage is Stage.ANSWERED
    message = LINE.format(message=reason.message, line=reason.line) if reason.line else reason.message
    times = before.times + 1 if before and mistake and before.mistake == mistake else 1
    if not asks and not message.endswith("?") and reason.stage in ASK_STAGE:
        asks = (ASK_STAGE[reason.stage],)
    if asks:
        message = ASKS.format(message=message, question=asks[min(times, len(asks)) - 1])
    template, status = (OPEN, Status.OPEN) if is_open else (WRONG, Status.WRONG)
    return Result(question, status, template.format(question=question, message=message), {}, mistake, times)


def _returned(answer: Answer) -> Values:
    """The gradients of an answer, right or wrong, without what is no array of numbers."""
    return {quantity: value for quantity, value in answer.items() if not isinstance(value, Rejected)}


def examine(
    exercise: Exercise,
    question: str,
    function: Callable[..., Any],
    table: Table | None = None,
    before: Result | None = None,
) -> Result:
    """Check one question without printing; raises ValueError for a question that does not exist.

    `table` holds the sealed hints, and `before` is what the check found the last time.
    """
    asked = exercise.find(question)
    answers, note = _ask(exercise, asked, function)
    check = _Check(exercise, answers)
    if found := check.fault():
        quantity, reason, asks = found
        asks = check.hints(table or Table(), quantity) or asks
        result = _wrong(question, reason, asks, f"{quantity}: {asks[0]}" if asks else "", before)
        return replace(result, values=_returned(answers[0]))
    right = RIGHT.format(question=question, count=len(visible(exercise)))
    return Result(question, Status.RIGHT, "\n".join(filter(None, (right, note))), answers[0])
