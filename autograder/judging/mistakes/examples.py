"""What goes wrong where a gradient is a sum over the examples of a batch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from backprop_lab.model import Exercise, Question, Upstream

from .. import shapes
from . import hints
from .known import Formula


@dataclass(frozen=True)
class Examples:
    """A question, and the sizes with a name that its arguments have and its answer has not: the right answer
    sums over them."""

    exercise: Exercise
    question: Question
    right: Formula

    @cached_property
    def _named(self) -> Mapping[str, shapes.Shape]:
        return shapes.named_shapes(self.exercise) if self.exercise.shapes else {}

    @cached_property
    def _of_arguments(self) -> Sequence[shapes.Shape]:
        letters = [given.of if isinstance(given, Upstream) else given for given in self.question.given]
        return [self._named.get(letter, ()) for letter in letters]

    def _summed_over(self) -> Iterator[str]:
        here = dict.fromkeys(n for shape in self._of_arguments for n in shape if isinstance(n, str))
        return (name for name in here if name not in self._named[self.question.wrt])

    def _single(self, name: str, place: int, arguments: Sequence[Any]) -> Any:
        """The right answer of one of the examples alone."""
        axes = [shape.index(name) if name in shape else None for shape in self._of_arguments]
        pairs = zip(arguments, axes, strict=True)
        return self.right(*(a if axis is None else np.take(a, [place], axis) for a, axis in pairs))

    def _count(self, name: str, arguments: Sequence[Any]) -> int:
        return shapes.sizes_of(self._of_arguments, arguments)[name]

    def _all(self, name: str, arguments: Sequence[Any]) -> Any:
        count = self._count(name, arguments)
        return np.stack([self._single(name, place, arguments) for place in range(count)])

    def mistakes(self) -> Iterator[tuple[hints.Words, Formula]]:
        """The words and the wrong formula of each."""
        for name in self._summed_over():
            yield hints.OVERWRITTEN, lambda *given, name=name: self._single(name, -1, given)
            yield hints.NOT_SUMMED, lambda *given, name=name: self._all(name, given)
