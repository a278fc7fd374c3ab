"""The check that a student has at hand: validation stages in order, then numerical gradients of the loss.

It holds no derivative: what is right is read off the forward pass, by moving one quantity a little and
watching the loss. What is right here is right for the grader, which compares a little less strictly.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np

from . import tolerance
from .calls import call_written
from .causes import explained, reading
from .hints import Table
from .model import Exercise, Question, Values, WholePass
from .numerical import complex_step
from .parts import Parts, surviving
from .remarks import Comparison, read_again
from .results import Fault, Result, right, wrong
from .validation import Rejected, Stage, call, finite, numeric, shaped
from .whole import entries_of, of_entry, standing

AN_ARRAY, A_NUMBER = "an array of shape {shape}", "a number"
CALL = "To try it, run in a cell:\n{call}"
THE_EXAMPLE = "{name}(*example())"
CHANGED = "  (Note: it changes {names} in place. Better work on a copy.)"


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


def _asked(exercise: Exercise, question: Question | WholePass, function: Any, values: Values) -> Any:
    """What is called: the function itself, or the whole pass so that it survives its parts."""
    if isinstance(question, Question):
        return function
    return surviving(function, Parts({q.name: np.shape(values[q.wrt]) for q in exercise.questions}))


def _read(exercise: Exercise, question: Question | WholePass, values: Values, answer: Any) -> Answer:
    """The gradients that an answer consists of, one or all. Raises Rejected."""
    if isinstance(question, Question):
        return {question.wrt: _array(answer, values[question.wrt])}
    return entries_of(exercise, answer, lambda array, quantity: _array(array, values[quantity]))


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
            found.append(dict.fromkeys(quantities, explained(reason, function)))
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
        try:
            return finite(shaped(answer, np.shape(like), self.exercise.gradient(quantity), quantity))
        except Rejected as reason:
            raise of_entry(reason, quantity) if len(self.answers[0]) > 1 else reason from None

    def _is_right(self, number: int, quantity: str) -> bool:
        values, gradients = visible(self.exercise)[number]
        questions, asked = self.exercise.questions, self.exercise.asking_for(quantity)
        answer, limit = self.answers[number][quantity], tolerance.SURELY
        steps: Sequence[Question] = (asked,)
        if len(self.answers[number]) > 1:  # the rounding of all steps before is in it
            steps, limit = questions[: questions.index(asked) + 1], tolerance.RIGHT
        given = [v for step in steps for v in self.exercise.values_given(step, values, gradients)]
        return tolerance.is_right(answer, gradients[quantity], given, self._single, limit)

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

    def _fault(self, number: int, quantity: str) -> Fault | None:
        """What is not right about a gradient at one input, and the questions that lead on."""
        try:
            self._shaped(number, quantity)
        except Rejected as reason:
            return Fault(reason, number)
        if self._is_right(number, quantity):
            return None
        compared = self._comparison(quantity)
        return Fault(Rejected(Stage.VALUE, compared.message()), number, compared.questions())

    def faults(self) -> dict[str, Fault]:
        """What is not right about each gradient, at the first input where something is."""
        found: dict[str, Fault] = {}
        for quantity in self.answers[0]:
            faults = (self._fault(number, quantity) for number in range(len(self.answers)))
            if fault := next(filter(None, faults), None):
                found[quantity] = fault
        return found

    def only_the_example(self, quantity: str) -> bool:
        """Whether a gradient is right at the notebook's numbers, and nowhere else."""
        faults = [self._fault(number, quantity) for number in range(len(self.answers))]
        return len(faults) > 1 and faults[0] is None and None not in faults[1:]

    def hints(self, table: Table, quantity: str) -> tuple[str, ...]:
        """What the table says to the answers for a gradient."""
        answers = [answer[quantity] for answer in self.answers]
        if len(answers) < len(visible(self.exercise)) or any(isinstance(a, Rejected) for a in answers):
            return ()
        hints = table.find(self.exercise.asking_for(quantity).name, answers)
        return (*hints, read_again(self.exercise, quantity)) if hints else ()


def _call(exercise: Exercise, question: Question | WholePass, fault: Fault) -> str:
    """The call that showed a fault, to be pasted into a cell."""
    if fault.reason.stage in (Stage.ANSWERED, Stage.CALLABLE):
        return ""
    if isinstance(question, WholePass) and not fault.number:
        return CALL.format(call=THE_EXAMPLE.format(name=question.name))
    values, gradients = visible(exercise)[fault.number]
    call = call_written(question.name, exercise.values_given(question, values, gradients))
    return CALL.format(call=call) if call else ""


def _first(check: _Check, asked: Question | WholePass, function: Any, table: Table) -> tuple[str, Fault]:
    """The first gradient that is not right, and all there is to say; raises StopIteration if all are."""
    faults = check.faults()
    quantity, fault = next(iter(faults.items()))
    only_here = check.only_the_example(quantity)
    reads = reading(function, check.exercise, only_here)
    asks = (*reads.asks * only_here, *(check.hints(table, quantity) or fault.asks))
    reasons = {q: one.reason for q, one in faults.items()}
    notes = (reads.note, standing(tuple(check.answers[0]), reasons), _call(check.exercise, asked, fault))
    return quantity, replace(fault, asks=asks, notes=notes)


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
    if not check.faults():
        return right(question, len(visible(exercise)), note, answers[0])
    quantity, fault = _first(check, asked, function, table or Table())
    mistake = f"{quantity}: {fault.asks[0]}" if fault.asks else ""
    return wrong(question, fault, mistake, before, _returned(answers[0]))
