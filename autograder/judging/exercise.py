"""An exercise as the grader knows it: its graph, and what no student sees."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Exercise, Question, Values

from .mistakes import hints
from .mistakes.common import Common, common_mistakes
from .mistakes.known import Mistake, computed

PROBES = 4  # draws that tell whether two formulas are the same


def _always(values: Mapping[str, Any]) -> bool:
    return True


@dataclass(frozen=True, eq=False)
class GradedExercise:
    """The public half and the private half of an exercise.

    `gradients` holds the reference by question: from the question's arguments to the gradient, in the
    shape of the quantity. `sample` draws the inputs of a forward pass, by letter; Python's generator is
    used, because its stream is promised to stay the same. `own_mistakes` are known mistakes beside those
    that are generated. At inputs that are not `well_posed` right forms may lose digits.
    """

    public: Exercise
    gradients: Mapping[str, Callable[..., Any]]
    sample: Callable[[random.Random], Values]
    own_mistakes: tuple[Mistake, ...] = ()
    well_posed: Callable[[Mapping[str, Any]], bool] = _always

    def backward(self, values: Mapping[str, Any]) -> Values:
        """Every gradient at a forward pass, by letter, in the order of the backward pass."""
        found: Values = {}
        for question in self.public.questions:
            given = self.public.values_given(question, values, found)
            found[question.wrt] = self.gradients[question.name](*given)
        return found

    def draw(self, source: random.Random) -> Values:
        """Inputs of a forward pass, by letter; what is a Python number in the notebook is one here."""
        plain = self._python_numbers
        return {letter: float(v) if letter in plain else v for letter, v in self.sample(source).items()}

    @cached_property
    def _python_numbers(self) -> frozenset[str]:
        return frozenset(letter for letter, v in self.public.example().items() if type(v) is float)

    # Known mistakes

    @cached_property
    def _probes(self) -> Sequence[tuple[Values, Values]]:
        source = random.Random(0)
        passes = [self.public.forward(self.draw(source)) for _ in range(PROBES)]
        return [(values, self.backward(values)) for values in passes]

    def _answers(self, question: Question, formula: Callable[..., Any]) -> list[Any]:
        """What a formula gives at the probes."""
        given = (self.public.values_given(question, *probe) for probe in self._probes)
        return [computed(formula, arguments) for arguments in given]

    @cached_property
    def _generated(self) -> Common:
        return common_mistakes(self.public, self.gradients)

    @cached_property
    def _sorted_out(self) -> tuple[tuple[Mistake, ...], tuple[Mistake, ...]]:
        """The known mistakes, and those that are right by accident."""
        made = self._generated
        generated = (*made.of_shape, *made.of_factors, *made.of_variables, *made.of_cases)
        own = self.own_mistakes
        known, right = list[Mistake](), list[Mistake]()
        for question in self.public.questions:
            reference = self._answers(question, self.gradients[question.name])
            found: list[tuple[Mistake, list[Any]]] = []
            for mistake in (m for m in (*own, *generated) if m.question == question.name):
                answers = self._answers(question, mistake.wrong)
                if mistake in generated and any(_is_beyond(answer) for answer in answers):
                    continue
                if _same(answers, reference):
                    right.append(mistake)
                elif not any(_makes_it_needless(m, mistake, own) and _same(answers, a) for m, a in found):
                    found.append((mistake, answers))
            known += [mistake for mistake, _ in found]
        return tuple(known), tuple(right)

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """Every known mistake."""
        return self._sorted_out[0]

    @property
    def right_by_accident(self) -> tuple[Mistake, ...]:
        """Mistakes that are a right answer of this exercise, and so no mistakes here."""
        return self._sorted_out[1]

    @cached_property
    def mistakes_by_question(self) -> Mapping[str, tuple[Mistake, ...]]:
        """The known mistakes of each question about one gradient."""
        names = [question.name for question in self.public.questions]
        return {name: tuple(m for m in self.mistakes if m.question == name) for name in names}

    @cached_property
    def to_tell_apart(self) -> Mapping[str, tuple[Mistake, ...]]:
        """The known mistakes of each question that test inputs might take for right.

        Those that are right for some inputs only are found out by the variety of the inputs, and of all that
        are the right answer times a number the one nearest to it stands for the others.
        """
        made = self._generated
        exempt = {id(m) for m in (*made.of_variables, *made.of_cases)}
        return {
            name: _without_farther_factors([m for m in known if id(m) not in exempt])
            for name, known in self.mistakes_by_question.items()
        }

    @cached_property
    def mistake_names(self) -> frozenset[str]:
        """What known mistakes are called: the names that a course's policy may use."""
        return frozenset({m.name for m in self.mistakes} | {words.name for words in hints.OF_DIGITS})


def _makes_it_needless(one: Mistake, other: Mistake, own: Sequence[Mistake]) -> bool:
    """Whether a mistake says enough of what another one gives, too: an exercise's own says it better, and of
    two generated ones with different questions the first, the simpler one, is asked."""
    return other not in own and (one in own or other.name == hints.VARIABLE.name or one.hint != other.hint)


def _is_beyond(answer: Any) -> bool:
    """Whether an answer is no number, or beyond anything that a person would take for a slope."""
    return answer is not None and not np.abs(answer).max(initial=0.0) < tolerance.REACH**2


def _same(answers: Sequence[Any], others: Sequence[Any]) -> bool:
    pairs = zip(answers, others, strict=True)
    return all(a is not None and tolerance.near(a, b, tolerance.EQUIVALENT) for a, b in pairs)


def _without_farther_factors(known: Sequence[Mistake]) -> tuple[Mistake, ...]:
    nearest = min((abs(m.factor - 1) for m in known if m.factor is not None), default=0.0)
    return tuple(m for m in known if m.factor is None or abs(m.factor - 1) == nearest)
