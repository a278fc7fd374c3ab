"""A known mistake: a wrong answer to one question, with a name and the questions that lead out of it.

An entry serves three times: it names the mistake, it carries the hint, and it tests the grader.
A hint asks and never tells: no formula, no value of the reference.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Formula = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Mistake:
    """A wrong answer to a question: `wrong` gives it, from the question's arguments.

    The `hint` asks. `plainer` says more, to whom the hint has not helped. Where the right answer is spoilt,
    `change` says how; where it is multiplied by a number, `factor` is that number.
    """

    question: str
    name: str
    hint: str
    wrong: Formula
    plainer: str = ""
    change: Callable[[Any], Any] | None = None
    factor: float | None = None

    def at(self, arguments: Sequence[Any]) -> Any:
        """What it gives for these arguments, as an array; None where their shapes do not go together."""
        return computed(self.wrong, arguments)


def computed(formula: Formula, arguments: Sequence[Any]) -> Any:
    """What a formula gives, as an array; None where the shapes of its arguments do not go together."""
    with np.errstate(all="ignore"):
        return _tried(formula, arguments)


def _tried(formula: Formula, arguments: Sequence[Any]) -> Any:
    try:
        return np.asarray(formula(*arguments))
    except (ValueError, TypeError, IndexError):
        return None


def in_shape(
    shape: tuple[int, ...], known: Sequence[Mistake], arguments: Sequence[Any], right: Any
) -> list[tuple[Mistake, Any]]:
    """Those of the mistakes that give an array of this shape for these arguments, each with that array;
    `right` is the right answer."""
    with np.errstate(all="ignore"):
        made = [np.asarray(m.change(right)) if m.change else _tried(m.wrong, arguments) for m in known]
    pairs = zip(known, made, strict=True)
    return [(mistake, array) for mistake, array in pairs if array is not None and array.shape == shape]


def kind(name: str, hint: str, plainer: str = "", **formulas: Formula) -> Iterator[Mistake]:
    """The same mistake in several questions: a formula for each."""
    for question, wrong in formulas.items():
        yield Mistake(question, name, hint, wrong, plainer)
