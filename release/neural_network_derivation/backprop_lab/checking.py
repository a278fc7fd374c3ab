"""The check that a student has at hand: validation stages in order, then numerical gradients of the loss.

It holds no derivative: what is right is read off the forward pass, by moving one quantity a
little and watching the loss.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import numpy as np

from . import tolerance
from .model import Exercise, Question, Values, WholePass
from .numerical import numerical_gradient
from .parts import Parts, Survived, surviving
from .validation import Rejected, Stage, Status, as_mapping, call, entry, finite, numeric, shaped

RIGHT = "✓ {question} is right: it agrees with the numerical gradient at {count} inputs."
OPEN = "○ {question}: {message}"
CALLS = "calls {part}, which {message}"
WRONG = "✗ {question}: {message}"
LINE = "{message}\n    in the line: {line}"
AN_ARRAY, A_NUMBER = "an array of shape {shape}", "a number"
VALUE = """wrong value. {gradient} at {inputs}:
    got       {got}
    expected  {expected}   (numerical gradient, by central differences)
    {remark}
    → {question}"""
THE_EXAMPLE, OTHERS = "the notebook's numbers", "other numbers"
REMARK_NUMBER = "Your value is {ratio} times the slope."
REMARK_ENTRY = "Worst entry: [{index}] is {ratio} times the slope."
REMARK_ZERO = "Worst entry: [{index}] is off by {error:.3g} where the slope is 0."
ASK_NEARLY = "Nearly: is it itself a numerical gradient, or rounded?"
ASK_SIGN = "Only the sign differs: does {loss} grow or shrink when this quantity grows?"
ASK_FACTOR = "Every entry is off by the same factor: which factor of the chain rule is it?"
ASK_SOME = "Some entries are right: what is different about the others?"
ASK_STEP = "Look at one step of the graph alone: how does {after} change when {quantity} changes?"
CHANGED = "  (Note: it changes {names} in place. Better work on a copy.)"


@dataclass(frozen=True)
class Result:
    """What a check found; `message` is for the student. `values` holds the gradients that were right,
    by letter, at the notebook's own numbers."""

    question: str
    status: Status
    message: str
    values: Values = field(default_factory=dict)


def numerical_gradients(exercise: Exercise, values: Mapping[str, Any]) -> Values:
    """The numerical gradient of the loss in each quantity that is asked for, by letter, at one forward
    pass."""
    return {
        quantity: numerical_gradient(partial(exercise.loss_when, values, quantity), values[quantity])
        for quantity in exercise.quantities
    }


@cache
def visible(exercise: Exercise) -> Sequence[tuple[Values, Values]]:
    """What an answer is checked with: forward passes, each with its numerical gradients."""
    passes = [exercise.forward(inputs) for inputs in exercise.visible_inputs()]
    return [(values, numerical_gradients(exercise, values)) for values in passes]


# The words for a wrong value


def _ask(exercise: Exercise, ratios: Any, quantity: str) -> str:
    """The question that leads on, from the entries' ratios to the numerical gradient."""
    first = np.ravel(ratios)[0]
    if np.allclose(ratios, 1, rtol=1e-2):
        return ASK_NEARLY
    if np.allclose(ratios, -1, rtol=1e-4):
        return ASK_SIGN.format(loss=exercise.loss)
    if np.any(np.isclose(ratios, 1, rtol=tolerance.CENTRAL)):
        return ASK_SOME
    if first and np.size(ratios) > 1 and np.allclose(ratios, first, rtol=1e-4):
        return ASK_FACTOR
    return ASK_STEP.format(after=exercise.consumer(quantity).output, quantity=quantity)


def _remark(exercise: Exercise, got: Any, expected: Any, quantity: str) -> dict[str, str]:
    """On the worst entry: its ratio to the numerical gradient, and the question that leads on."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.divide(got, expected)
    question = _ask(exercise, ratios, quantity)
    worst = np.unravel_index(np.argmax(np.abs(got - expected)), np.shape(expected))
    words: dict[str, Any] = {"index": ", ".join(str(i) for i in worst)}
    if not np.isfinite(ratios[worst]):
        template, words["error"] = REMARK_ZERO, np.max(np.abs(got - expected))
    else:
        template = REMARK_ENTRY if worst else REMARK_NUMBER
        words["ratio"] = f"{ratios[worst] + 0.0:.{7 if question == ASK_NEARLY else 4}g}"
    return {"remark": template.format(**words), "question": question}


def _text(array: Any) -> str:
    return np.array2string(np.asarray(array), precision=6, separator=", ").replace("\n", "\n" + " " * 14)


# One answer


@dataclass(frozen=True)
class _Reader:
    """Reads the answers to a question at one of the visible inputs."""

    exercise: Exercise
    question: Question | WholePass
    values: Values
    expected: Values
    inputs: str  # in words

    def __call__(self, answer: Any) -> Values:
        """The gradients that an answer consists of, one or all, if each passes every stage; raises
        Rejected."""
        if isinstance(self.question, Question):
            return {self.question.wrt: self._compare(answer, self.question.wrt)}
        given = as_mapping(_whole(answer), self.exercise.quantities)
        return {q: self._compare(entry(given, q), q) for q in self.exercise.quantities}

    def _compare(self, answer: Any, quantity: str) -> Any:
        """The answer as an array, if it is right; raises Rejected, at last at the stage "value"."""
        shape, gradient = np.shape(self.values[quantity]), self.exercise.gradient(quantity)
        array = numeric(answer, AN_ARRAY.format(shape=shape) if shape else A_NUMBER)
        got, expected = finite(shaped(array, shape, gradient, quantity)), self.expected[quantity]
        if np.max(np.abs(got - expected)) <= tolerance.CENTRAL * np.max(np.abs(expected)):
            return got
        words = {"got": _text(got), "expected": _text(expected), "gradient": gradient, "inputs": self.inputs}
        remark = _remark(self.exercise, got, expected, quantity)
        raise Rejected(Stage.VALUE, VALUE.format(**words, **remark))


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


def _examine(
    exercise: Exercise, question: Question | WholePass, function: Callable[..., Any]
) -> tuple[Values, str]:
    """The right gradients at the notebook's numbers, and a note; raises Rejected."""
    names = exercise.arguments(question)
    found: list[Values] = []
    touched: set[int] = set()
    for values, expected in visible(exercise):
        read = _Reader(exercise, question, values, expected, OTHERS if found else THE_EXAMPLE)
        asked = _asked(exercise, question, function, values)
        gradients, changed = call(asked, exercise.values_given(question, values, expected), read)
        touched.update(changed)
        found.append(gradients)
    note = CHANGED.format(names=", ".join(names[i] for i in sorted(touched))) if touched else ""
    return found[0], note


def _failed(question: str, reason: Rejected) -> Result:
    is_open = reason.stage is Stage.ANSWERED
    message = LINE.format(message=reason.message, line=reason.line) if reason.line else reason.message
    template, status = (OPEN, Status.OPEN) if is_open else (WRONG, Status.WRONG)
    return Result(question, status, template.format(question=question, message=message))


def examine(exercise: Exercise, question: str, function: Callable[..., Any]) -> Result:
    """Check one question without printing; raises ValueError for a question that does not exist."""
    asked = exercise.find(question)
    try:
        values, note = _examine(exercise, asked, function)
    except Rejected as reason:
        return _failed(question, reason)
    right = RIGHT.format(question=question, count=len(visible(exercise)))
    return Result(question, Status.RIGHT, "\n".join(filter(None, (right, note))), values)
