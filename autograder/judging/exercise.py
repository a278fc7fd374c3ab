"""An exercise as the grader knows it: its graph, and what no student sees."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from backprop_lab import tolerance
from backprop_lab.model import Exercise, Question, Values

from .common_mistakes import Mistake, common_mistakes, computed

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

    # Known mistakes

    @cached_property
    def _probes(self) -> Sequence[tuple[Values, Values]]:
        source = random.Random(0)
        passes = [self.public.forward(self.sample(source)) for _ in range(PROBES)]
        return [(values, self.backward(values)) for values in passes]

    def _answers(self, question: Question, formula: Callable[..., Any]) -> list[Any]:
        """What a formula gives at the probes."""
        given = (self.public.values_given(question, *probe) for probe in self._probes)
        return [computed(formula, arguments) for arguments in given]

    def _same(self, question: Question, one: Callable[..., Any], other: Callable[..., Any]) -> bool:
        pairs = zip(self._answers(question, one), self._answers(question, other), strict=True)
        return all(a is not None and tolerance.near(a, b, tolerance.EQUIVALENT) for a, b in pairs)

    @cached_property
    def _candidates(self) -> Sequence[Mistake]:
        """All of them, in the order in which an answer is compared with them."""
        found = common_mistakes(self.public, self.gradients)
        return (*found.of_shape, *found.of_factors, *self.own_mistakes, *found.of_variables, *found.numerical)

    @cached_property
    def right_by_accident(self) -> tuple[Mistake, ...]:
        """Generated mistakes that are a right answer of this exercise, and so no mistakes here."""
        asked = {question.name: question for question in self.public.questions}
        return tuple(
            m
            for m in self._candidates
            if not m.numerical and self._same(asked[m.question], m.wrong, self.gradients[m.question])
        )

    def _has_another_name(self, mistake: Mistake) -> bool:
        """Whether a generated mistake is one of the exercise's own, which says it better."""
        if mistake in self.own_mistakes:
            return False
        question = next(q for q in self.public.questions if q.name == mistake.question)
        own = [m for m in self.own_mistakes if m.question == mistake.question]
        return any(self._same(question, mistake.wrong, m.wrong) for m in own)

    @cached_property
    def mistakes(self) -> tuple[Mistake, ...]:
        """Every known mistake."""
        left = [m for m in self._candidates if m not in self.right_by_accident]
        return tuple(m for m in left if m.numerical or not self._has_another_name(m))

    @cached_property
    def mistakes_by_question(self) -> Mapping[str, tuple[Mistake, ...]]:
        """The known mistakes of each question about one gradient."""
        names = [question.name for question in self.public.questions]
        return {name: tuple(m for m in self.mistakes if m.question == name) for name in names}

    @cached_property
    def mistake_names(self) -> frozenset[str]:
        """What known mistakes are called: the names that a course's policy may use."""
        return frozenset(mistake.name for mistake in self.mistakes)
