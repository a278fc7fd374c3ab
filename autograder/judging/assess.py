"""Ask a student's function for its answers at the samples, and have them judged."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from backprop_lab.model import Question, WholePass
from backprop_lab.validation import Rejected, as_mapping, call, entry, numeric

from .exercise import GradedExercise
from .follow_through import judge_whole_pass
from .gradient import Fault, Policy, judge_gradient, verdict_on
from .gradient_check import disagreements
from .sampling import Sample
from .verdict import Verdict, needs_review

CHANGED = "it changes {names} in place; that costs nothing."
REFERENCE_WRONG = "the reference fails the gradient check, so no answer can be compared with it."


def _one_entry(answer: Any, quantity: str) -> Any:
    """An entry of the dict as an array, or the reason why it is none."""
    try:
        return numeric(entry(answer, quantity))
    except Rejected as reason:
        return reason


def _read(exercise: GradedExercise, question: Question | WholePass, answer: Any) -> Any:
    """The answer as an array; for the whole pass, its entries by letter. Raises Rejected."""
    if isinstance(question, Question):
        return numeric(answer)
    quantities = exercise.public.quantities
    given = as_mapping(answer, quantities)
    return {quantity: _one_entry(given, quantity) for quantity in quantities}


def _ask(
    exercise: GradedExercise,
    question: Question | WholePass,
    function: Callable[..., Any],
    samples: Sequence[Sample],
) -> tuple[list[Any], list[str]]:
    """The answers at the samples, and the names of the arguments that were changed in place.

    Each answer is read before the next call, because a function may return one array again
    and again.
    """
    answers, touched = [], set()
    cases = [exercise.public.values_given(question, s.values, s.gradients) for s in samples]
    if expect := getattr(function, "expect", None):  # of a function that is called far away
        expect(cases)
    for case in cases:
        answer, changed = call(function, case, partial(_read, exercise, question))
        answers.append(answer)
        touched.update(changed)
    names = exercise.public.arguments(question)
    return answers, [names[i] for i in sorted(touched)]


def _judge(
    exercise: GradedExercise,
    question: Question | WholePass,
    function: Callable[..., Any],
    samples: Sequence[Sample],
    policy: Policy,
) -> Verdict:
    gradient = exercise.public.gradient(question.wrt) if isinstance(question, Question) else ""
    try:
        answers, changed = _ask(exercise, question, function, samples)
    except Rejected as reason:
        return verdict_on(question.name, gradient, Fault.of(reason), policy)
    if isinstance(question, Question):
        verdict = judge_gradient(exercise, question, samples, answers, policy)
    else:
        verdict = judge_whole_pass(exercise, question, samples, answers, policy)
    notes = (CHANGED.format(names=", ".join(changed)),) if changed else ()
    return replace(verdict, notes=notes)


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
