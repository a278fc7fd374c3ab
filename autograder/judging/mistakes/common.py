"""Mistakes that every backward pass knows, made from an exercise's own shapes and arguments."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from backprop_lab.model import Exercise, Question, Upstream, Values

from . import hints
from .examples import Examples
from .known import Formula, Mistake, computed

Change = Callable[[Any], Any]


@dataclass(frozen=True)
class Common:
    """The generated mistakes, by what is wrong with them. Those `of_cases` are right at some inputs, those
    `of_variables` at the notebook's own."""

    of_shape: tuple[Mistake, ...]
    of_factors: tuple[Mistake, ...]
    of_variables: tuple[Mistake, ...]
    of_cases: tuple[Mistake, ...]


# The right answer, spoilt: the dimensions that it applies to, and the change

SHAPES: tuple[tuple[hints.Words, set[int], Change], ...] = (
    (hints.COLUMN, {1}, lambda a: np.reshape(a, (-1, 1))),
    (hints.COLUMN, {0}, lambda a: np.reshape(a, (1,))),
    (hints.COLUMN, {0}, lambda a: np.reshape(a, (1, 1))),
    (hints.ROW, {1}, lambda a: np.reshape(a, (1, -1))),
    (hints.SUMMED, {1, 2}, np.sum),
    (hints.SUMMED, {1, 2}, lambda a: np.sum(a, keepdims=True)),
    (hints.AVERAGED_TO_ONE, {1, 2}, np.mean),
    (hints.SUMMED_FIRST, {2}, lambda a: np.sum(a, axis=0)),
    (hints.SUMMED_FIRST, {2}, lambda a: np.sum(a, axis=0, keepdims=True)),
    (hints.SUMMED_SECOND, {2}, lambda a: np.sum(a, axis=1)),
    (hints.SUMMED_SECOND, {2}, lambda a: np.sum(a, axis=1, keepdims=True)),
    (hints.TRANSPOSED, {2}, np.transpose),
    (hints.RESHAPED, {2}, lambda a: np.transpose(a).reshape(np.shape(a))),
    (hints.FLATTENED, {2}, np.ravel),
    (hints.JACOBIAN, {1}, np.diag),
)
FACTORS: tuple[tuple[hints.Words, float], ...] = (
    (hints.SIGN, -1.0),
    (hints.HALVED, 0.5),
    (hints.TWICE, 2.0),
    *((hints.LEARNING_RATE, sign * rate) for rate in (0.1, 0.01, 0.001) for sign in (1, -1)),
)
CASES: tuple[tuple[hints.Words, set[int], Change], ...] = (
    (hints.ABSOLUTE, {0, 1, 2}, np.abs),
    (hints.ONE_SIDED, {0, 1, 2}, lambda a: np.maximum(a, 0)),
    (hints.CLIPPED, {0, 1, 2}, lambda a: np.clip(a, -1, 1)),
    (hints.CLIPPED, {0, 1, 2}, lambda a: np.clip(a, -5, 5)),
    (hints.SIZE_LOST, {0, 1, 2}, np.sign),
    (hints.SORTED, {1, 2}, np.sort),
    (hints.SORTED, {1}, lambda a: np.sort(a)[::-1]),
)


# What can be done wrong with an upstream gradient: it, and the slope of the one operation, in place of
# their product

COMBINED: tuple[tuple[hints.Words, Callable[[Any, Any], Any]], ...] = (
    (hints.ADDED, np.add),
    (hints.SUBTRACTED, np.subtract),
    (hints.SUBTRACTED, lambda upstream, slope: slope - upstream),
    (hints.DIVIDED, np.divide),
    (hints.DIVIDED, lambda upstream, slope: slope / upstream),
)


def _with_arguments(right: Formula, places: Sequence[int], change: Change) -> Formula:
    """The right formula at changed arguments."""
    return lambda *arguments: right(*(change(a) if i in places else a for i, a in enumerate(arguments)))


def _combined(right: Formula, place: int, how: Callable[[Any, Any], Any]) -> Formula:
    def wrong(*arguments: Any) -> Any:
        ones = [np.ones_like(a) if i == place else a for i, a in enumerate(arguments)]
        slope, upstream = np.asarray(right(*ones)), np.asarray(arguments[place])
        missing = slope.ndim - upstream.ndim
        return how(upstream.reshape(upstream.shape + (1,) * missing if upstream.ndim else ()), slope)

    return wrong


def _averaged(right: Formula, place: int, axis: int) -> Formula:
    """The right answer divided by how many entries an argument has along an axis."""
    return lambda *arguments: right(*arguments) / np.shape(arguments[place])[axis]


@dataclass(frozen=True)
class _Asked:
    """One question, with all that its mistakes are made from."""

    exercise: Exercise
    question: Question
    right: Formula
    values: Values  # of the notebook's own forward pass
    gradients: Values

    @property
    def arguments(self) -> list[Any]:
        """What a student's variables hold while the notebook runs."""
        return self.exercise.values_given(self.question, self.values, self.gradients)

    @property
    def upstream(self) -> list[int]:
        """The places of the upstream gradients among the arguments."""
        return [i for i, given in enumerate(self.question.given) if isinstance(given, Upstream)]

    @property
    def dimensions(self) -> int:
        """How many indices the answer has."""
        return np.ndim(self.gradients[self.question.wrt])

    def _made(self, words: hints.Words, wrong: Formula) -> Mistake:
        said = words.about(self.question.wrt, self.exercise.loss)
        return Mistake(self.question.name, said.name, said.hint, wrong, said.plainer)

    def _spoilt(self, words: hints.Words, change: Change) -> Mistake:
        """The right answer, changed."""
        made = self._made(words, lambda *arguments: change(self.right(*arguments)))
        return replace(made, change=change)

    def _multiplied(self, words: hints.Words, factor: float) -> Mistake:
        return replace(self._spoilt(words, lambda a: factor * a), factor=factor)

    def of_shape(self) -> Iterator[Mistake]:
        """The right numbers in a wrong shape, or summed to one."""
        for words, applies_to, change in SHAPES:
            if self.dimensions in applies_to:
                yield self._spoilt(words, change)
        alone = _with_arguments(self.right, self.upstream, np.ones_like)
        if self.upstream and self.dimensions == 1 and np.ndim(computed(alone, self.arguments)) == 1:
            yield self._made(hints.JACOBIAN_ALONE, lambda *arguments: np.diag(alone(*arguments)))

    def of_factors(self) -> Iterator[Mistake]:
        """A wrong sign, a wrong factor, and what can be done wrong with an upstream gradient."""
        yield from (self._multiplied(words, factor) for words, factor in FACTORS)
        yield from (
            self._made(*made) for made in Examples(self.exercise, self.question, self.right).mistakes()
        )
        yield from self._averaged()
        yield self._multiplied(hints.TAKEN_FOR_A_CONSTANT, 0.0)
        yield self._multiplied(hints.NEVER_FILLED, 0.0)
        if self.upstream:
            yield from self._of_upstream()

    def _averaged(self) -> Iterator[Mistake]:
        """Divided by a number of entries; one half has another name."""
        for place, argument in enumerate(self.arguments):
            for axis, count in enumerate(np.shape(argument)):
                if count != 2:
                    yield self._made(hints.AVERAGED, _averaged(self.right, place, axis))

    def _of_upstream(self) -> Iterator[Mistake]:
        right, places = self.right, self.upstream
        yield self._made(hints.FORGOTTEN, _with_arguments(right, places, np.ones_like))
        yield self._made(hints.SQUARED, _with_arguments(right, places, np.square))
        if len(self.question.given) == 1:
            return
        for place in places:
            for words, how in COMBINED:
                wrong = _combined(right, place, how)
                if computed(wrong, self.arguments) is not None:
                    yield self._made(words, wrong)

    def of_variables(self) -> Iterator[Mistake]:
        """The right answer, but from variables of the notebook: in place of some of the arguments their own,
        or in place of one another of its shape."""
        notebook = self.arguments
        count = range(len(notebook))
        for size in range(1, len(notebook) + 1):
            for places in combinations(count, size):
                yield self._from_notebook({place: notebook[place] for place in places})
        for place, own in enumerate(notebook):
            for letter, value in self.values.items():
                if letter != self.question.given[place] and np.shape(value) == np.shape(own):
                    yield self._from_notebook({place: value})

    def _from_notebook(self, variables: Mapping[int, Any]) -> Mistake:
        right = self.right
        return self._made(
            hints.VARIABLE,
            lambda *arguments: right(*(variables.get(i, a) for i, a in enumerate(arguments))),
        )

    def of_cases(self) -> Iterator[Mistake]:
        """Right on one side of an edge only."""
        for words, applies_to, change in CASES:
            if self.dimensions in applies_to:
                yield self._spoilt(words, partial(_at_all_sizes, change))


def _at_all_sizes(change: Change, right: Any) -> Any:
    return change(np.asarray(right))


def common_mistakes(exercise: Exercise, gradients: Mapping[str, Formula]) -> Common:
    """The mistakes that can be made with the right formulas of an exercise, by question."""
    values = exercise.forward(exercise.example())
    found: Values = {}
    asked = []
    for question in exercise.questions:
        right = gradients[question.name]
        found[question.wrt] = right(*exercise.values_given(question, values, found))
        asked.append(_Asked(exercise, question, right, values, found))
    return Common(
        of_shape=tuple(m for one in asked for m in one.of_shape()),
        of_factors=tuple(m for one in asked for m in one.of_factors()),
        of_variables=tuple(m for one in asked for m in one.of_variables()),
        of_cases=tuple(m for one in asked for m in one.of_cases()),
    )
