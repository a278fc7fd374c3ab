"""The proof that an exercise can be graded: what a certificate test is for ours, for anybody's own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.checking import examine
from backprop_lab.hints import FILE
from backprop_lab.model import Question, Values
from backprop_lab.validation import Status

from ..judging.certifying import is_certified
from ..judging.exercise import GradedExercise
from ..judging.gradient import Case, is_right
from ..judging.gradient_check import disagreements
from ..judging.local import is_written
from ..judging.mistakes.known import Mistake
from ..judging.sample import Sample, visible_samples
from ..judging.sampling import sample_inputs, seed_for
from ..judging.sealing import sealed_hints

SEEDS = 16  # students, each with test inputs of their own
SHOWN = 3  # of what is wrong

INPUTS = "test inputs"
NO_INPUTS = "{reason}."
DRAWN = "certified test inputs for {count} questions of {seeds} students"
ORACLES, FORMULAS, ACCEPTED = "gradient check", "formulas", "known mistakes"
ACCIDENT, ALIKE, CHECK, HINTS = "right by accident", "told apart", "visible check", "sealed hints"
AGREE = "the reference agrees with the complex step and with central differences in {count} comparisons"
WRITTEN = "all {count} formulas are written: two oracles"
UNWRITTEN = (
    "{written} of {count} formulas are written; {names} rest{s} on numerical gradients alone. That is exact; "
    "a formula is a second opinion"
)
NONE_ACCEPTED = "0 of {total} answers with a known mistake are accepted ({count} mistakes, {seeds} students)"
SOME_ACCEPTED = "{found} of {total} answers with a known mistake are accepted: {names}"
BY_ACCIDENT = "{names}: right answers here, and so no mistakes"
NO_ACCIDENT = "no known mistake is a right answer"
ALL_APART = "every known mistake has a question of its own"
SAME = "the same numbers, and other questions, so neither is asked: {pairs}"
TELLS = "its {count} sets of numbers tell every known mistake from the right answer"
REFUSES = "at its numbers rounding makes the right answer wrong, for {names}. Change a number in others()"
TELLS_NOT = "its numbers do not find out all that is right for some numbers only, for {names}"
SEALED = "are sealed, and up to date"
STALE = "{path} is stale. Make it again: autograder hints {name}"


class State(StrEnum):
    """How a check came out."""

    RIGHT = "✓"
    NOTE = "·"
    OPEN = "○"
    WRONG = "✗"

    @property
    def passes(self) -> bool:
        """Whether an exercise can be certified with this."""
        return self in (State.RIGHT, State.NOTE)


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    check: str
    state: State
    words: str


def _shortened(names: Sequence[str]) -> str:
    """The first of many names."""
    shown = ", ".join(names[:SHOWN])
    return f"{shown} and {len(names) - SHOWN} more" if len(names) > SHOWN else shown


def _called(mistake: Mistake) -> str:
    return f"{mistake.name} in {mistake.question}"


@dataclass(frozen=True, eq=False)
class Certificate:
    """An exercise, tried at the test inputs of many students. `formulas` are those of its private half, by
    question; `folder` holds its public half."""

    exercise: GradedExercise
    formulas: Mapping[str, Callable[..., Any]]
    folder: Path

    @cached_property
    def _drawn(self) -> dict[tuple[int, str], Sequence[Sample]]:
        """The test inputs that were needed so far, by student and question."""
        return {}

    def _samples(self, student: int, question: str) -> Sequence[Sample]:
        """The test inputs of a student for a question; raises RuntimeError if there are none."""
        asked = student, question
        if asked not in self._drawn:
            seed = seed_for(b"a certificate", self.exercise.public.name, str(student), b"")
            self._drawn[asked] = sample_inputs(self.exercise, seed, question)
        return self._drawn[asked]

    def inputs(self) -> Finding:
        """Whether there are certified test inputs for everybody."""
        asked = self.exercise.public.asked
        try:
            for student, question in product(range(SEEDS), asked):
                self._samples(student, question)
        except RuntimeError as error:
            return Finding(INPUTS, State.WRONG, NO_INPUTS.format(reason=error))
        return Finding(INPUTS, State.RIGHT, DRAWN.format(count=len(asked), seeds=SEEDS))

    def oracles(self) -> Finding:
        """Whether the reference agrees with both numerical gradients."""
        quantities = self.exercise.public.quantities
        whole = self.exercise.public.whole.name
        for student in range(SEEDS):
            wrong = disagreements(self.exercise, self._samples(student, whole), quantities)
            if wrong:
                return Finding(ORACLES, State.WRONG, next(iter(wrong.values())))
        count = SEEDS * len(quantities) * len(self._samples(0, whole))
        return Finding(ORACLES, State.RIGHT, AGREE.format(count=count))

    def written(self) -> Finding:
        """How many formulas there are."""
        questions = self.exercise.public.questions
        missing = [q.name for q in questions if not is_written(q, self.formulas)]
        if not missing:
            return Finding(FORMULAS, State.RIGHT, WRITTEN.format(count=len(questions)))
        words = {"written": len(questions) - len(missing), "count": len(questions)}
        s = "s" if len(missing) == 1 else ""
        return Finding(FORMULAS, State.NOTE, UNWRITTEN.format(names=_shortened(missing), s=s, **words))

    def _cases(self, mistake: Mistake, samples: Sequence[Sample]) -> list[Case] | None:
        """What a known mistake answers; None where shapes do not go together, and nothing could be
        accepted."""
        question = self.exercise.public.find(mistake.question)
        given = (self.exercise.public.values_given(question, s.values, s.gradients) for s in samples)
        cases = [Case(arguments, mistake.at(arguments)) for arguments in given]
        return None if any(case.answer is None for case in cases) else cases

    def _judged(self) -> Iterator[tuple[Mistake, bool]]:
        """Each known mistake of each student, and whether it is accepted."""
        for student, question in product(range(SEEDS), self.exercise.public.questions):
            samples = self._samples(student, question.name)
            for mistake in self.exercise.mistakes_by_question[question.name]:
                if cases := self._cases(mistake, samples):
                    yield mistake, is_right(self.exercise, question, cases)

    def mistakes(self) -> Finding:
        """Whether every known mistake is told from the right answer."""
        judged = list(self._judged())
        names = list(dict.fromkeys(_called(mistake) for mistake, accepted in judged if accepted))
        words = {"total": len(judged), "count": len(self.exercise.mistakes), "seeds": SEEDS}
        if not names:
            return Finding(ACCEPTED, State.RIGHT, NONE_ACCEPTED.format(**words))
        found = sum(accepted for _, accepted in judged)
        said = SOME_ACCEPTED.format(found=found, names=_shortened(names), **words)
        return Finding(ACCEPTED, State.WRONG, said)

    def accidents(self) -> Finding:
        """The mistakes that are right answers of this exercise."""
        names = list(dict.fromkeys(map(_called, self.exercise.right_by_accident)))
        own = [m for m in self.exercise.right_by_accident if m in self.exercise.own_mistakes]
        if not names:
            return Finding(ACCIDENT, State.RIGHT, NO_ACCIDENT)
        state = State.WRONG if own else State.NOTE
        shown = list(map(_called, own)) or names
        return Finding(ACCIDENT, state, BY_ACCIDENT.format(names=_shortened(shown)))

    def _alike(self, question: Question) -> Iterator[str]:
        """Pairs of mistakes that give the same numbers and ask different questions."""
        known = self.exercise.mistakes_by_question[question.name]
        samples = self._samples(0, question.name)
        answered = [(m, [c.answer for c in cases]) for m in known if (cases := self._cases(m, samples))]
        for (one, these), (other, those) in combinations(answered, 2):
            if one.hint != other.hint and _agree(these, those):
                yield f"{one.name} and {other.name} in {question.name}"

    def apart(self) -> Finding:
        """Whether the known mistakes can be told from each other."""
        pairs = [pair for question in self.exercise.public.questions for pair in self._alike(question)]
        if not pairs:
            return Finding(ALIKE, State.RIGHT, ALL_APART)
        return Finding(ALIKE, State.NOTE, SAME.format(pairs=_shortened(pairs)))

    def _whole(self, *inputs: Any) -> Values:
        """The whole pass, made of the reference."""
        named = dict(zip(self.exercise.public.inputs, inputs, strict=True))
        return self.exercise.backward(self.exercise.public.forward(named))

    def visible(self) -> Finding:
        """Whether the notebook's own check calls the reference right, and tells wrong answers from it."""
        samples, asked = visible_samples(self.exercise), self.exercise.public.asked
        right = {**self.exercise.gradients, self.exercise.public.whole.name: self._whole}
        checked = {name: examine(self.exercise.public, name, right[name]) for name in asked}
        if refused := [name for name, result in checked.items() if result.status is not Status.RIGHT]:
            return Finding(CHECK, State.WRONG, REFUSES.format(names=_shortened(refused)))
        weak = [name for name in asked if not is_certified(self.exercise, name, samples)]
        if weak:
            return Finding(CHECK, State.WRONG, TELLS_NOT.format(names=_shortened(weak)))
        return Finding(CHECK, State.RIGHT, TELLS.format(count=len(samples)))

    def hints(self) -> Finding:
        """Whether the hints can be sealed, and the table of them is up to date."""
        path = self.folder / FILE
        try:
            fresh = path.is_file() and path.read_text(encoding="utf-8") == sealed_hints(self.exercise)
        except ValueError as error:
            return Finding(HINTS, State.WRONG, str(error))
        if not fresh:
            return Finding(HINTS, State.WRONG, STALE.format(path=path, name=self.exercise.public.name))
        return Finding(HINTS, State.RIGHT, SEALED)

    def findings(self) -> Iterator[Finding]:
        """All that is found, one check after another."""
        drawn = self.inputs()
        yield drawn
        yield self.written()
        if drawn.state is State.WRONG:
            return  # the others need them
        checks = (self.oracles, self.mistakes, self.accidents, self.apart, self.visible, self.hints)
        yield from (check() for check in checks)


def _agree(answers: Sequence[Any], others: Sequence[Any]) -> bool:
    """Whether answers are the same everywhere, to rounding beside their size."""
    sizes = [np.abs(answer).max(initial=0.0) for answer in answers]
    triples = zip(answers, others, sizes, strict=True)
    return all(np.isfinite(s) and tolerance.near(a, b, tolerance.EQUIVALENT * s) for a, b, s in triples)
