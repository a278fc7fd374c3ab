"""The check that a student has at hand: gates in order, then numerical slopes of the loss.

It holds no derivative: what is right is read off the forward pass, by moving one quantity a
little and watching the loss.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import numpy as np

from .network import GRAPH, Values, example, forward, loss_when
from .numerical import numerical_gradient
from .validation import Rejected, call, gradient_of, kind_of, read

# Each question with the quantity that L is derived by, and its arguments.
QUESTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "grad_z": ("z", ("z", "y")),
    "grad_w": ("w", ("dL_dz", "h")),
    "grad_c": ("c", ("dL_dz",)),
    "grad_h": ("h", ("dL_dz", "w")),
    "grad_g": ("g", ("dL_dh", "g")),
    "grad_u": ("u", ("dL_dg", "x")),
    "grad_b": ("b", ("dL_dg",)),
    "backward": ("", ("x", "y", "u", "b", "w", "c")),
}
POINTS = {
    "grad_z": 2,
    "grad_w": 3,
    "grad_c": 1,
    "grad_h": 3,
    "grad_g": 4,
    "grad_u": 3,
    "grad_b": 1,
    "backward": 3,
}
QUANTITIES = tuple(quantity for quantity, _ in QUESTIONS.values() if quantity)

TOLERANCE = 1e-6  # of the largest slope: central differences are good to about 1e-9

UNKNOWN = "there is no question {question!r}; the questions are {known}."
NOT_A_DICT = "returned {kind}. Return a dict with the keys {keys}."
MISSING_KEY = "the dict has no entry {key!r}."
NO_KEY = "the dict has none of the entries {keys}; its keys are {found}."
RIGHT = "✓ {question} is right: it agrees with the numerical slope at {count} points."
OPEN = "○ {question}: {message}"
WRONG = "✗ {question}: {message}"
VALUE = """wrong value. {gradient} at {inputs}:
    got       {got}
    expected  {expected}   (numerical slope, by central differences)
    {remark}
    → {question}"""
REMARK_NUMBER = "Your value is {ratio} times the slope."
REMARK_ENTRY = "Worst entry: [{index}] is {ratio} times the slope."
REMARK_ZERO = "Worst entry: [{index}] is off by {error:.3g} where the slope is 0."
ASK_NEARLY = "Nearly: is it itself a numerical slope, or rounded?"
ASK_SIGN = "Only the sign differs: does L grow or shrink when this quantity grows?"
ASK_FACTOR = "Every entry is off by the same factor: which factor of the chain rule is it?"
ASK_SOME = "Some entries are right: what is different about the others?"
ASK_STEP = "Look at one step of the graph alone: how does {after} change when {quantity} changes?"
CHANGED = "  (Note: it changes {names} in place. Better work on a copy.)"


@dataclass(frozen=True)
class Result:
    """What a check found: `status` is "right", "wrong" or "open"; `message` is for the student.

    `values` holds the gradients that were right or wrong, at the notebook's own numbers.
    """

    question: str
    status: str
    message: str
    values: Values = field(default_factory=dict)


def slopes(values: Mapping[str, Any]) -> Values:
    """The numerical slope of L in each of the seven quantities, by letter, at one forward pass."""
    return {q: numerical_gradient(partial(loss_when, values, q), values[q]) for q in QUANTITIES}


def _point(*inputs: Any) -> tuple[Values, Values]:
    """A forward pass, with the upstream gradients as the questions name them; and its slopes."""
    values = forward(*inputs)
    expected = slopes(values)
    upstream = {f"dL_d{q}": expected[q] for q in "zhg"}
    return values | upstream, expected


def _random_inputs(rng: np.random.Generator) -> tuple[Any, ...]:
    sizes = ((2,), (), (3, 2), (3,), (3,), ())
    return tuple(np.round(rng.normal(size=size), 2)[()] for size in sizes)


@cache
def visible_points() -> list[tuple[Values, Values]]:
    """The notebook's example and two other points, always the same: (values, slopes) each."""
    rng = np.random.default_rng(2024)
    return [_point(*example())] + [_point(*_random_inputs(rng)) for _ in range(2)]


def _ask(ratios: Any, quantity: str) -> str:
    """The question that leads on, from the entries' ratios to the slopes."""
    first = np.ravel(ratios)[0]
    if np.allclose(ratios, 1, rtol=1e-2):
        return ASK_NEARLY
    if np.allclose(ratios, -1, rtol=1e-4):
        return ASK_SIGN
    if np.any(np.isclose(ratios, 1, rtol=TOLERANCE)):
        return ASK_SOME
    if first and np.size(ratios) > 1 and np.allclose(ratios, first, rtol=1e-4):
        return ASK_FACTOR
    after = next(result for result, _, inputs in GRAPH if quantity in inputs)
    return ASK_STEP.format(after=after, quantity=quantity)


def _remark(got: Any, expected: Any, quantity: str) -> dict[str, str]:
    """On the worst entry: its ratio to the slope, and the question that leads on."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.divide(got, expected)
    question = _ask(ratios, quantity)
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


def _compare(answer: Any, values: Values, expected: Any, quantity: str) -> Any:
    """The answer as an array, if it passes every gate; raises Rejected, at last at "value"."""
    got = read(answer, values[quantity], quantity)
    if np.max(np.abs(got - expected)) <= TOLERANCE * np.max(np.abs(expected)):
        return got
    inputs = "the notebook's numbers" if np.array_equal(values["x"], example()[0]) else "other numbers"
    texts = {"got": _text(got), "expected": _text(expected), **_remark(got, expected, quantity)}
    raise Rejected("value", VALUE.format(gradient=gradient_of(quantity), inputs=inputs, **texts))


def entry(answer: Any, key: str) -> Any:
    """One gradient of the dict that `backward` returned; raises Rejected at the gate "numeric"."""
    try:
        return answer[key]
    except KeyError:
        raise Rejected("numeric", MISSING_KEY.format(key=key)) from None


def as_mapping(answer: Any) -> Any:
    """The dict that `backward` returned; raises Rejected at the gate "numeric" for anything else,
    and for a dict with other keys."""
    keys = " ".join(QUANTITIES)
    if not isinstance(answer, Mapping):
        raise Rejected("numeric", NOT_A_DICT.format(kind=kind_of(answer), keys=keys))
    found = [key for key in answer if isinstance(key, str)]
    if not set(found) & set(QUANTITIES):
        shown = " ".join(key[:20] for key in found[:20]) or "none"
        raise Rejected("numeric", NO_KEY.format(keys=keys, found=shown))
    return answer


def _compare_all(answer: Any, question: str, values: Values, expected: Values) -> Values:
    """The gradients that an answer consists of, one or all seven, if each passes every gate."""
    quantity = QUESTIONS[question][0]
    if quantity:
        return {quantity: _compare(answer, values, expected[quantity], quantity)}
    given = as_mapping(answer)
    return {q: _compare(entry(given, q), values, expected[q], q) for q in QUANTITIES}


def _examine(question: str, function: Callable[..., Any]) -> tuple[Values, str]:
    """The right gradients at the notebook's numbers, and a note; raises Rejected."""
    names = QUESTIONS[question][1]
    found: list[Values] = []
    touched: set[int] = set()
    for values, expected in visible_points():
        read = partial(_compare_all, question=question, values=values, expected=expected)
        gradients, changed = call(function, [values[name] for name in names], read)
        touched.update(changed)
        found.append(gradients)
    note = CHANGED.format(names=", ".join(names[i] for i in sorted(touched))) if touched else ""
    return found[0], note


def examine(question: str, function: Callable[..., Any]) -> Result:
    """Check one question without printing; raises ValueError for a question that does not exist."""
    if question not in QUESTIONS:
        known = ", ".join(QUESTIONS)
        raise ValueError(UNKNOWN.format(question=question, known=known))
    try:
        values, note = _examine(question, function)
    except Rejected as reason:
        is_open = reason.gate == "answered"
        template = OPEN if is_open else WRONG
        message = template.format(question=question, message=reason.message)
        return Result(question, "open" if is_open else "wrong", message)
    right = RIGHT.format(question=question, count=len(visible_points()))
    return Result(question, "right", "\n".join(filter(None, (right, note))), values)
