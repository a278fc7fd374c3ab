"""Mistakes that every backward pass knows, made from an exercise's own shapes and arguments.

An entry serves three times: it names the mistake, it carries the hint, and it tests the grader.
A hint asks and never tells: no formula, no value of the reference.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Exercise, Question, Upstream, Values
from backprop_lab.numerical import numerical_gradient

Formula = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Mistake:
    """A wrong answer to one question. An answer is recognised if it lies `within` this share of
    its scale around `wrong(*arguments)`, at every test input. `numerical` ones are nearly right everywhere,
    and told by their digits. Where the right answer is spoilt, `change` says how."""

    question: str
    name: str
    hint: str
    wrong: Formula
    within: float = tolerance.MISTAKE
    numerical: bool = False
    change: Callable[[Any], Any] | None = None

    def at(self, arguments: Sequence[Any]) -> Any:
        """What it gives for these arguments, as an array; None where their shapes do not go together."""
        return computed(self.wrong, arguments)


def computed(formula: Formula, arguments: Sequence[Any]) -> Any:
    """What a formula gives, as an array; None where the shapes of its arguments do not go together."""
    try:
        return np.asarray(formula(*arguments))
    except (ValueError, TypeError, IndexError):
        return None


def kind(name: str, hint: str, **formulas: Formula) -> Iterator[Mistake]:
    """The same mistake in several questions: a formula for each."""
    for question, wrong in formulas.items():
        yield Mistake(question, name, hint, wrong)


@dataclass(frozen=True)
class Common:
    """The generated mistakes, by what is wrong with them."""

    of_shape: tuple[Mistake, ...]
    of_factors: tuple[Mistake, ...]
    of_variables: tuple[Mistake, ...]
    numerical: tuple[Mistake, ...]


# The right answer, spoilt: name, hint, the dimensions that it applies to, and the change

WHICH_SHAPE = "Which shape does the quantity itself have, and which shape did you return?"
WHICH_INDEX = "Which indices does an entry of {quantity} have, and which of them is left in your answer?"
SHAPES: tuple[tuple[str, str, set[int], Callable[[Any], Any]], ...] = (
    ("column for a vector", WHICH_SHAPE, {1}, lambda a: np.reshape(a, (-1, 1))),
    ("column for a vector", WHICH_SHAPE, {0}, lambda a: np.reshape(a, (1,))),
    ("row for a vector", WHICH_SHAPE, {1}, lambda a: np.reshape(a, (1, -1))),
    (
        "summed",
        "How many entries does this quantity have, and does each of them have a slope of its own?",
        {1, 2},
        np.sum,
    ),
    ("summed over the first index", WHICH_INDEX, {2}, lambda a: np.sum(a, axis=0)),
    ("summed over the second index", WHICH_INDEX, {2}, lambda a: np.sum(a, axis=1)),
    (
        "transposed",
        "Which index of {quantity} comes first in its shape, and which one in your answer?",
        {2},
        np.transpose,
    ),
    (
        "reshaped instead of transposed",
        "Does reshape move an entry to its mirrored place, or does it keep the order of reading?",
        {2},
        lambda a: np.transpose(a).reshape(np.shape(a)),
    ),
    ("flattened", WHICH_SHAPE, {2}, np.ravel),
    (
        "Jacobian not multiplied",
        "You have a matrix of slopes: what does the chain rule do with it and the upstream gradient?",
        {1},
        np.diag,
    ),
)
SIGN = "Does {loss} grow or shrink when this quantity grows a little?"
AVERAGED = "Is there a mean anywhere in the forward pass or in the loss?"
TWICE = "Is that factor perhaps already inside the gradient that arrives from above?"
FORGOTTEN = "The chain rule passes on the gradient that arrives from above: where is it in your answer?"
SQUARED = "How often does the gradient from above occur in the chain rule?"
ADDED = "Does the chain rule add the slopes along a path, or does it do something else with them?"
CONSTANT = "Does the output move when this quantity moves?"
VARIABLE = "Does your function use its arguments, or a variable of the notebook with a similar name?"
FINITE_DIFFERENCE = (
    "It is right to a few digits only. Is it a numerical gradient, or computed in single precision? "
    "What does the chain rule give without a step?"
)


def _with_arguments(right: Formula, places: Sequence[int], change: Callable[[Any], Any]) -> Formula:
    """The right formula at changed arguments."""
    return lambda *arguments: right(*(change(a) if i in places else a for i, a in enumerate(arguments)))


def _added(right: Formula, place: int) -> Formula:
    """The upstream gradient plus the slope of the one operation, in place of their product."""

    def wrong(*arguments: Any) -> Any:
        ones = [np.ones_like(a) if i == place else a for i, a in enumerate(arguments)]
        slope, upstream = np.asarray(right(*ones)), np.asarray(arguments[place])
        missing = slope.ndim - upstream.ndim
        return upstream.reshape(upstream.shape + (1,) * missing if upstream.ndim else ()) + slope

    return wrong


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

    def _made(self, name: str, hint: str, wrong: Formula) -> Mistake:
        words = {"quantity": self.question.wrt, "loss": self.exercise.loss}
        return Mistake(self.question.name, name, hint.format(**words), wrong)

    def _spoilt(self, name: str, hint: str, change: Callable[[Any], Any]) -> Mistake:
        """The right answer, changed."""
        made = self._made(name, hint, lambda *arguments: change(self.right(*arguments)))
        return replace(made, change=change)

    def of_shape(self) -> Iterator[Mistake]:
        """The right numbers in a wrong shape, or summed to one."""
        dimensions = np.ndim(self.gradients[self.question.wrt])
        for name, hint, applies_to, change in SHAPES:
            if dimensions in applies_to:
                yield self._spoilt(name, hint, change)

    def of_factors(self) -> Iterator[Mistake]:
        """A wrong sign, a wrong factor, and what can be done wrong with an upstream gradient."""
        yield self._spoilt("sign", SIGN, np.negative)
        if self.upstream:
            yield from self._of_upstream()
        if np.ndim(self.gradients[self.question.wrt]):
            yield self._spoilt("averaged", AVERAGED, lambda a: a / np.shape(a)[0])

    def _of_upstream(self) -> Iterator[Mistake]:
        right, places = self.right, self.upstream
        yield self._made("upstream forgotten", FORGOTTEN, _with_arguments(right, places, np.ones_like))
        if len(self.question.given) > 1:
            for place in places:
                if computed(_added(right, place), self.arguments) is not None:
                    yield self._made("upstream added", ADDED, _added(right, place))
        else:
            yield self._spoilt("taken for a constant", CONSTANT, lambda a: 0 * a)
        yield self._spoilt("factor 2 twice", TWICE, lambda a: 2 * a)
        yield self._made("upstream squared", SQUARED, _with_arguments(right, places, np.square))

    def of_variables(self) -> Iterator[Mistake]:
        """The right answer, but with some of the arguments from the notebook's variables."""
        count = range(len(self.question.given))
        for size in range(1, len(self.question.given) + 1):
            for places in combinations(count, size):
                yield self._made("notebook variable", VARIABLE, self._from_notebook(places))

    def _from_notebook(self, places: Sequence[int]) -> Formula:
        notebook = self.arguments
        return lambda *arguments: self.right(
            *(notebook[i] if i in places else a for i, a in enumerate(arguments))
        )

    def numerical(self) -> Iterator[Mistake]:
        """A numerical gradient in place of a formula: of what the upstream gradients stand for."""
        made = self._made("finite difference", FINITE_DIFFERENCE, self._by_differences)
        yield replace(made, within=tolerance.NEARLY, numerical=True)

    def _by_differences(self, *arguments: Any) -> Any:
        pairs = list(zip(self.question.given, arguments, strict=True))
        values = {**self.values, **{given: a for given, a in pairs if isinstance(given, str)}}
        upstream = {given.of: a for given, a in pairs if isinstance(given, Upstream)} or {
            self.exercise.loss: 1.0
        }

        def weighed(at: Any) -> Any:
            moved = self.exercise.moved(values, self.question.wrt, at)
            return sum(np.sum(weight * moved[of]) for of, weight in upstream.items())

        return numerical_gradient(weighed, values[self.question.wrt])


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
        numerical=tuple(m for one in asked for m in one.numerical()),
    )
