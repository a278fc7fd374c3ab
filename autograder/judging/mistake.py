"""What a known mistake is, and how the catalogue's entries are written down."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .questions import QUESTIONS

Formula = Callable[..., Any]

EXACT = 1e-6


@dataclass(frozen=True)
class Mistake:
    """A wrong answer to one question. An answer is recognised if it lies `within` this share of
    its scale around `wrong(*arguments)`, at every point."""

    question: str
    name: str
    hint: str
    wrong: Formula
    within: float = EXACT


def kind(name: str, hint: str, **formulas: Formula) -> Iterator[Mistake]:
    """The same mistake in several questions: a formula for each."""
    for question, wrong in formulas.items():
        yield Mistake(question, name, hint, wrong)


def after(change: Callable[[Any], Any], *questions: str) -> dict[str, Formula]:
    """The right answers to the questions, spoilt by `change`."""
    return {q: lambda *args, q=q: change(QUESTIONS[q].reference(*args)) for q in questions}
