"""From the answers to one question to a verdict: validation stages, known mistakes, the share.

Pure functions on arrays. Nothing here runs a student's code, and no message holds a formula or
a value of the reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Question
from backprop_lab.validation import Rejected, Stage, Status, finite, shaped

from .digits import recognise_digits
from .exercise import GradedExercise
from .gradient_check import check_answers
from .mistakes.known import Mistake, in_shape
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


Solved = tuple[Case, Any]  # with the right answer


def _solved(exercise: GradedExercise, question: Question, cases: Sequence[Case]) -> list[Solved]:
    reference = exercise.gradients[question.name]
    return [(case, np.asarray(reference(*case.arguments))) for case in cases]


def _explaining(known: Sequence[Mistake], case: Case, right: Any) -> tuple[Mistake, ...]:
    """The mistakes that explain an answer."""
    fitting = in_shape(case.answer.shape, known, case.arguments, right)
    if not fitting:
        return ()
    mistakes, answers = zip(*fitting, strict=True)
    wrong = np.reshape(answers, (len(answers), -1))
    with np.errstate(invalid="ignore"):  # what is not finite explains nothing
        largest, apart = (np.abs(a).max(axis=1) for a in (wrong, wrong - case.answer.ravel()))
    size = max(np.abs(argument).max() for argument in case.arguments)
    explains = np.isfinite(largest) & (apart <= tolerance.MISTAKE * np.maximum(size, largest))
    return tuple(compress(mistakes, explains))


def recognise(exercise: GradedExercise, question: Question, solved: Sequence[Solved]) -> tuple[Mistake, ...]:
    """All known mistakes that explain all the answers."""
    left = exercise.mistakes_by_question[question.name]
    for case, right in solved:
        left = _explaining(left, case, right)
        if not left:
            break
    return left


def _why(exercise: GradedExercise, question: Question, solved: Sequence[Solved]) -> tuple[Mistake, ...]:
    """The known mistakes that explain wrong answers or, if there is none, what their digits show."""
    if known := recognise(exercise, question, solved):
        return known
    return recognise_digits(exercise, question, [(c.arguments, c.answer, right) for c, right in solved])


def _agrees(case: Case, right: Any, single: float) -> bool:
    """Whether a finite answer of the right shape is right; most are to the last bit."""
    if (case.answer == right).all():
        return True
    return tolerance.is_right(case.answer, right, case.arguments, single)


def _validate(exercise: GradedExercise, question: Question, solved: Sequence[Solved], single: float) -> None:
    """The stages of shape, finiteness and value; raises Rejected at the first that an answer fails."""
    gradient = exercise.public.gradient(question.wrt)
    for case, right in solved:
        finite(shaped(case.answer, right.shape, gradient, question.wrt))
    wrong = sum(not _agrees(case, right, single) for case, right in solved)
    if wrong:
        raise Rejected(Stage.VALUE, WRONG_VALUE.format(wrong=wrong, count=len(solved)))


def is_right(
    exercise: GradedExercise, question: Question, cases: Sequence[Case], single: float = tolerance.SINGLE
) -> bool:
    """Whether nothing is wrong with the numeric answers to a question about one gradient, for which there
    is no need to know what is wrong."""
    try:
        _validate(exercise, question, _solved(exercise, question, cases), single)
    except Rejected:
        return False
    return True


def find_fault(
    exercise: GradedExercise, question: Question, cases: Sequence[Case], single: float = tolerance.SINGLE
) -> Fault | None:
    """What is wrong with the numeric answers to a question about one gradient; None if nothing. `single` is
    the tolerance for answers in single precision."""
    solved = _solved(exercise, question, cases)
    try:
        _validate(exercise, question, solved, single)
    except Rejected as reason:
        return Fault.of(reason, () if reason.stage is Stage.FINITE else _why(exercise, question, solved))
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
