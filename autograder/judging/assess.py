"""Ask a student's function for its answers at the samples, and have them judged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from backprop_lab.entries import as_mapping, entry
from backprop_lab.model import Question, WholePass
from backprop_lab.parts import Parts, Survived, surviving
from backprop_lab.validation import Rejected, call, numeric

from .exercise import GradedExercise
from .gradient import Fault, Policy, judge_gradient, verdict_on
from .gradient_check import disagreements
from .sample import Sample
from .verdict import Verdict, needs_review
from .whole_pass.follow_through import judge_whole_pass
from .whole_pass.readings import Entries
from .whole_pass.student_pass import Pass

Reasons = Mapping[str, Rejected]  # by the name of the function that failed

CHANGED = "it changes {names} in place; that costs nothing."
REFERENCE_WRONG = "the reference fails the gradient check, so no answer can be compared with it."


def _one_entry(answer: Any, quantity: str) -> Any:
    """An entry of the dict as an array, or the reason why it is none."""
    try:
        return numeric(entry(answer, quantity))
    except Rejected as reason:
        return reason


def _entries(exercise: GradedExercise, survived: Survived) -> tuple[Entries, Reasons]:
    """The entries of the whole pass by letter, and why parts of it had to be replaced. Raises Rejected."""
    quantities = exercise.public.quantities
    given = as_mapping(survived.answer, quantities)
    return {quantity: _one_entry(given, quantity) for quantity in quantities}, survived.failed


def _ask(
    functions: Sequence[Callable[..., Any]],
    cases: Sequence[Sequence[Any]],
    read: Callable[[Any], Any],
) -> tuple[list[Any], set[int]]:
    """What is read of the answers, and the places of the arguments that were changed in place.

    Each answer is read before the next call, because a function may return one array again
    and again.
    """
    answers, touched = [], set[int]()
    for function, case in zip(functions, cases, strict=True):
        answer, changed = call(function, case, read)
        answers.append(answer)
        touched.update(changed)
    return answers, touched


def _expect(function: Callable[..., Any], *calls: Any) -> None:
    """Tell a function that is called far away of the calls to come."""
    if expect := getattr(function, "expect", None):
        expect(*calls)


def _ask_whole(
    exercise: GradedExercise,
    whole: WholePass,
    function: Callable[..., Any],
    samples: Sequence[Sample],
    replaced: Sequence[str] = (),
) -> tuple[list[Entries], Reasons, set[int]]:
    """The entries of the whole pass at the samples, why parts of it had to be replaced beside those that
    are `replaced`, and the places of the arguments that were changed in place. Raises Rejected."""
    questions = exercise.public.questions
    cases = [exercise.public.values_given(whole, s.values, s.gradients) for s in samples]
    shapes = ({q.name: np.shape(s.gradients[q.wrt]) for q in questions} for s in samples)
    parts = [Parts(one, replaced) for one in shapes]
    _expect(function, cases, parts)
    found, touched = _ask([surviving(function, one) for one in parts], cases, partial(_entries, exercise))
    failed = {part: reason for _, failing in reversed(found) for part, reason in failing.items()}
    return [entries for entries, _ in found], failed, touched


def _judge_whole(
    exercise: GradedExercise,
    whole: WholePass,
    function: Callable[..., Any],
    samples: Sequence[Sample],
    policy: Policy,
) -> tuple[Verdict, set[int]]:
    def again(others: Sequence[Sample], replaced: Sequence[str]) -> list[Entries]:
        return _ask_whole(exercise, whole, function, others, replaced)[0]

    answers, failed, touched = _ask_whole(exercise, whole, function, samples)
    return judge_whole_pass(whole, Pass(exercise, samples, answers, again, failed), policy), touched


def _judge_one(
    exercise: GradedExercise,
    question: Question,
    function: Callable[..., Any],
    samples: Sequence[Sample],
    policy: Policy,
) -> tuple[Verdict, set[int]]:
    cases = [exercise.public.values_given(question, s.values, s.gradients) for s in samples]
    _expect(function, cases)
    answers, touched = _ask([function] * len(cases), cases, numeric)
    return judge_gradient(exercise, question, samples, answers, policy), touched


def _judge(
    exercise: GradedExercise,
    question: Question | WholePass,
    function: Callable[..., Any],
    samples: Sequence[Sample],
    policy: Policy,
) -> Verdict:
    gradient = exercise.public.gradient(question.wrt) if isinstance(question, Question) else ""
    try:
        if isinstance(question, Question):
            verdict, touched = _judge_one(exercise, question, function, samples, policy)
        else:
            verdict, touched = _judge_whole(exercise, question, function, samples, policy)
    except Rejected as reason:
        return verdict_on(question.name, gradient, Fault.of(reason), policy)
    if not touched:
        return verdict
    arguments = exercise.public.arguments(question)
    changed = ", ".join(arguments[i] for i in sorted(touched))
    return replace(verdict, notes=(CHANGED.format(names=changed),))


def assess(
    exercise: GradedExercise,
    name: str,
    function: Callable[..., Any],
    samples: Sequence[Sample],
    policy: Policy,
) -> Verdict:
    """The verdict on a student's function, which is called once at each of the samples.

    Where the reference fails the gradient check nothing is judged: that needs manual review. Raises
    ValueError for a question that does not exist.
    """
    question = exercise.public.find(name)
    asked = (question.wrt,) if isinstance(question, Question) else exercise.public.quantities
    if failing := disagreements(exercise, samples, asked):
        return needs_review(name, REFERENCE_WRONG, "\n".join(failing.values()))
    return _judge(exercise, question, function, samples, policy)
