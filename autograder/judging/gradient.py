"""From the answers to one question to a verdict: validation stages, known mistakes, the share.

Pure functions on arrays. Nothing here runs a student's code, and no message holds a formula or
a value of the reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Question
from backprop_lab.validation import Rejected, Stage, Status, finite, shaped

from .digits import recognise_digits
from .exercise import GradedExercise
from .gradient_check import check_answers
from .mistakes.known import Mistake
from .sample import Sample
from .verdict import Verdict

Policy = Mapping[str, float]  # the share of its points that a known mistake keeps, by its name

WRONG_VALUE = "wrong value at {wrong} of {count} test inputs."
LONGEST = 400  # characters of a reason


def _only(words: set[str]) -> str:
    return next(iter(words)) if len(words) == 1 else ""


@dataclass(frozen=True)
class Fault:
    """Why an answer is not right: the validation stage it failed, the words for it, the line of the
    student's code that raised, and all known mistakes that explain it."""

    stage: Stage
    reason: str
    line: str = ""
    mistakes: tuple[Mistake, ...] = ()

    @classmethod
    def of(cls, rejected: Rejected, mistakes: tuple[Mistake, ...] = ()) -> "Fault":
        """The fault of a rejected answer. What a student's exception says is one line of it."""
        reason, line = (" ".join(text.split())[:LONGEST] for text in (rejected.message, rejected.line))
        return cls(rejected.stage, reason, line, mistakes)

    @property
    def name(self) -> str:
        """What the mistake is called, "" if it may be one of several."""
        return _only({mistake.name for mistake in self.mistakes})

    @property
    def hint(self) -> str:
        """The hint, "" if there is more than one for what it may be."""
        return _only({mistake.hint for mistake in self.mistakes})

    def share(self, policy: Policy) -> float:
        """The share of the points for an answer with this fault, in doubt the larger one."""
        return max((policy.get(mistake.name, 0.0) for mistake in self.mistakes), default=0.0)


@dataclass(frozen=True)
class Case:
    """One answer, a numeric array, and what it was given to."""

    arguments: Sequence[Any]
    answer: Any


def _fits(mistake: Mistake, case: Case, right: Any, size: float) -> bool:
    """Whether a mistake explains an answer; `right` is the right one, `size` that of the arguments."""
    wrong = np.asarray(mistake.change(right)) if mistake.change else mistake.at(case.arguments)
    if wrong is None or wrong.shape != case.answer.shape:
        return False
    largest = np.abs(wrong).max()
    if not np.isfinite(largest):
        return False
    return bool(np.abs(case.answer - wrong).max() <= tolerance.MISTAKE * max(size, largest))


def recognise(exercise: GradedExercise, question: Question, cases: Sequence[Case]) -> tuple[Mistake, ...]:
    """All known mistakes that explain all the answers."""
    left, reference = exercise.mistakes_by_question[question.name], exercise.gradients[question.name]
    for case in cases:
        right = np.asarray(reference(*case.arguments))
        size = max(np.abs(argument).max() for argument in case.arguments)
        left = tuple(mistake for mistake in left if _fits(mistake, case, right, size))
        if not left:
            break
    return left


def _why(exercise: GradedExercise, question: Question, cases: Sequence[Case]) -> tuple[Mistake, ...]:
    """The known mistakes that explain wrong answers or, if there is none, what their digits show."""
    if known := recognise(exercise, question, cases):
        return known
    reference = exercise.gradients[question.name]
    rights = [(c.arguments, c.answer, np.asarray(reference(*c.arguments))) for c in cases]
    return recognise_digits(exercise, question, rights)


def _agrees(case: Case, right: Any, single: float) -> bool:
    """Whether a finite answer of the right shape is right; most are to the last bit."""
    if (case.answer == right).all():
        return True
    return tolerance.is_right(case.answer, right, case.arguments, single)


def _validate(exercise: GradedExercise, question: Question, cases: Sequence[Case], single: float) -> None:
    """The stages of shape, finiteness and value; raises Rejected at the first that an answer fails."""
    reference, gradient = exercise.gradients[question.name], exercise.public.gradient(question.wrt)
    pairs = [(case, np.asarray(reference(*case.arguments))) for case in cases]
    for case, right in pairs:
        finite(shaped(case.answer, right.shape, gradient, question.wrt))
    wrong = sum(not _agrees(case, right, single) for case, right in pairs)
    if wrong:
        raise Rejected(Stage.VALUE, WRONG_VALUE.format(wrong=wrong, count=len(cases)))


def is_right(
    exercise: GradedExercise, question: Question, cases: Sequence[Case], single: float = tolerance.SINGLE
) -> bool:
    """Whether nothing is wrong with the numeric answers to a question about one gradient, for which there
    is no need to know what is wrong."""
    try:
        _validate(exercise, question, cases, single)
    except Rejected:
        return False
    return True


def find_fault(
    exercise: GradedExercise, question: Question, cases: Sequence[Case], single: float = tolerance.SINGLE
) -> Fault | None:
    """What is wrong with the numeric answers to a question about one gradient; None if nothing. `single` is
    the tolerance for answers in single precision."""
    try:
        _validate(exercise, question, cases, single)
    except Rejected as reason:
        return Fault.of(reason, () if reason.stage is Stage.FINITE else _why(exercise, question, cases))
    return None


def verdict_on(name: str, gradient: str, fault: Fault | None, policy: Policy) -> Verdict:
    """The verdict on an answer with this fault, or with none."""
    if fault is None:
        return Verdict(name, Status.RIGHT, 1.0, gradient)
    share = fault.share(policy)
    status = Status.OPEN if fault.stage is Stage.ANSWERED else Status.PARTLY if share else Status.WRONG
    return Verdict(
        name,
        status,
        share,
        gradient,
        fault.stage,
        fault.reason,
        fault.line,
        hint=fault.hint,
        mistake=fault.name,
    )


def judge_gradient(
    exercise: GradedExercise,
    question: Question,
    samples: Sequence[Sample],
    answers: Sequence[Any],
    policy: Policy,
) -> Verdict:
    """The verdict on one gradient, from its numeric answers at the samples, in their order."""
    given = (exercise.public.values_given(question, s.values, s.gradients) for s in samples)
    cases = [Case(arguments, answer) for arguments, answer in zip(given, answers, strict=True)]
    fault = find_fault(exercise, question, cases)
    verdict = verdict_on(question.name, exercise.public.gradient(question.wrt), fault, policy)
    own = [{question.wrt: answer} for answer in answers]
    return replace(verdict, checks=check_answers(exercise, samples, (question.wrt,), own))
