"""The words for a wrong value: how it differs from the numerical gradient, and a question that leads on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import tolerance
from .model import Exercise

VALUE = """wrong value. {gradient} at {inputs}:
    got       {got}
    expected  {expected}   (numerical gradient)
    {remark}"""
THE_EXAMPLE, OTHERS = "the notebook's numbers", "other numbers"
EVERYWHERE = "{subject} {ratio} the gradient at every input."
ZERO_EVERYWHERE = "{subject} 0 at every input."
YOUR_VALUE_IS, EVERY_ENTRY_IS = "Your value is", "Every entry is"
WHOLE_NUMBERS = "It holds whole numbers ({type}): what comes behind the point is cut off."
EXAMPLE_ONLY = "Right at the notebook's numbers only."
SOME_INPUTS = "Right at {right} of {count} inputs."
WORST_NUMBER = "Your value is {ratio} times the gradient."
WORST_ENTRY = "Worst entry: [{index}] is {ratio} times the gradient."
DIGITS_NUMBER = "Your value has {digits} digits of the gradient; a derivation has 15."
DIGITS_ENTRY = "Worst entry: [{index}] has {digits} digits of the gradient; a derivation has 15."
WORST_ZERO = "Worst entry: [{index}] is off by {error:.3g} where the gradient is 0."
SHOWN = 1e-6  # a share of the gradient that its seven digits do not show
PARTS = {2.0: "½ of", 3.0: "⅓ of", 4.0: "¼ of"}

ASK_NEARLY = (
    "It is right to a few digits only. Is something rounded, a small ε added, or held in few digits? Or is "
    "it a numerical gradient?"
)
ASK_SIGN = "Only the sign differs: does {loss} grow or shrink when {quantity} grows?"
ASK_WHOLE = "What type of numbers does the array hold that you fill, and which one should it be?"
ASK_FACTOR = "It is off by the same factor everywhere: which factor of the chain rule is it?"
ASK_ENTRIES = "Some entries are right: what is different about the others?"
ASK_VARIABLE = "Does your function use a variable of the notebook in place of an argument?"
ASK_INPUTS = "What is different about the inputs where it is wrong: a sign, a size, an order?"
ASK_STEP = "Look at one step of the graph alone: how does {after} change when {quantity} changes?"
READ_AGAIN = (
    "Read again in the statement how {after} is computed{formula}. How does it change when {quantity} does?"
)


def _text(array: Any) -> str:
    return np.array2string(np.asarray(array), precision=6, separator=", ").replace("\n", "\n" + " " * 14)


def _times(ratio: float) -> str:
    """A ratio in words: ½ of, 2 times, −1 times."""
    inverse = round(1 / ratio, 6) if ratio else 0.0
    return PARTS.get(inverse) or f"{ratio:.4g} times".replace("-", "−")


def _digits(ratio: float) -> int:
    """How many digits of a number are right in one that is `ratio` times it, not quite 1."""
    return int(-np.log10(max(abs(ratio - 1), np.finfo(float).eps)))


@dataclass(frozen=True)
class Comparison:
    """Answers beside the numerical gradients, shapes alike: at all visible inputs, or where there are some.
    `wrong` says at which of them it is wrong, at least at one."""

    exercise: Exercise
    quantity: str
    got: Sequence[Any]
    expected: Sequence[Any]
    wrong: Sequence[bool]

    @property
    def _first(self) -> int:
        """The first input where it is wrong."""
        return list(self.wrong).index(True)

    @property
    def _ratios(self) -> Any:
        """Of all entries at all inputs, without those whose gradient is 0."""
        got, expected = (
            np.concatenate([np.ravel(a) for a in arrays]) for arrays in (self.got, self.expected)
        )
        return got[expected != 0] / expected[expected != 0]

    def message(self) -> str:
        """What it is, what it should be, and how they differ."""
        at = self._first
        return VALUE.format(
            gradient=self.exercise.gradient(self.quantity),
            inputs=OTHERS if at else THE_EXAMPLE,
            got=_text(self.got[at]),
            expected=_text(self.expected[at]),
            remark=self._cut_off() or self._everywhere() or self._where() or self._worst(),
        )

    def _factor(self) -> float | None:
        """The ratio to the gradient that is the same everywhere, if there is one."""
        ratios = self._ratios
        same = len(ratios) > 1 and np.allclose(ratios, ratios[0], rtol=tolerance.CENTRAL, atol=0)
        return float(ratios[0]) if same else None

    def _cut_off(self) -> str:
        """What is to be said of arrays of integers that hold what is left of the gradients, or of their
        negatives."""
        if not all(np.asarray(array).dtype.kind in "iu" for array in self.got):
            return ""
        pairs = list(zip(self.got, self.expected, strict=True))
        cut = any(all(np.array_equal(a, np.trunc(sign * e)) for a, e in pairs) for sign in (1, -1))
        return WHOLE_NUMBERS.format(type=np.asarray(self.got[0]).dtype) if cut else ""

    def _everywhere(self) -> str:
        factor = self._factor()
        if factor is None or np.isclose(factor, 1, rtol=tolerance.NEARLY):
            return ""
        subject = EVERY_ENTRY_IS if np.ndim(self.got[0]) else YOUR_VALUE_IS
        template = EVERYWHERE if factor else ZERO_EVERYWHERE
        return template.format(subject=subject, ratio=_times(factor))

    def _where(self) -> str:
        right = self.wrong.count(False)
        if not right:
            return ""
        if right == 1 and not self.wrong[0]:
            return EXAMPLE_ONLY
        return SOME_INPUTS.format(right=right, count=len(self.wrong))

    def _worst(self) -> str:
        """The entry that is off by most."""
        got, expected = np.asarray(self.got[self._first]), np.asarray(self.expected[self._first])
        worst = np.unravel_index(np.argmax(np.abs(got - expected)), expected.shape)
        index = ", ".join(str(i) for i in worst)
        if not expected[worst]:
            return WORST_ZERO.format(index=index, error=np.abs(got - expected).max())
        ratio = got[worst] / expected[worst]
        if abs(ratio - 1) < SHOWN:
            template = DIGITS_ENTRY if worst else DIGITS_NUMBER
            return template.format(index=index, digits=_digits(ratio))
        digits = 7 if abs(ratio - 1) < tolerance.NEARLY else 4
        template = WORST_ENTRY if worst else WORST_NUMBER
        return template.format(index=index, ratio=f"{ratio + 0.0:.{digits}g}")

    # Questions

    def questions(self) -> tuple[str, ...]:
        """The question that leads on, and plainer ones for who comes again."""
        after = _consumer(self.exercise, self.quantity)
        first = self._ask().format(loss=self.exercise.loss, quantity=self.quantity, after=after)
        again = _step(self.exercise, self.quantity), read_again(self.exercise, self.quantity)
        return tuple(dict.fromkeys((first, *again)))

    def _ask(self) -> str:
        ratios, factor = self._ratios, self._factor()
        if self._cut_off():
            return ASK_WHOLE
        if tolerance.are_nearly_right(self.got, self.expected):
            return ASK_NEARLY
        if factor:
            return ASK_SIGN if np.isclose(factor, -1, rtol=tolerance.CENTRAL) else ASK_FACTOR
        if not all(self.wrong):
            return ASK_VARIABLE if self._where() == EXAMPLE_ONLY else ASK_INPUTS
        if np.isclose(ratios, 1, rtol=tolerance.CENTRAL).any():
            return ASK_ENTRIES
        return ASK_STEP


def _consumer(exercise: Exercise, quantity: str) -> str:
    return exercise.consumer(quantity).output


def _step(exercise: Exercise, quantity: str) -> str:
    """The question about the one step of the graph that a gradient goes back through."""
    return ASK_STEP.format(after=_consumer(exercise, quantity), quantity=quantity)


def read_again(exercise: Exercise, quantity: str) -> str:
    """Which line of the statement to read again."""
    operation = exercise.consumer(quantity)
    formula = f", {operation.output} = {operation.formula}" if operation.formula else ""
    return READ_AGAIN.format(after=operation.output, formula=formula, quantity=quantity)
