"""Ask a student's function for its answers at the points, and have them judged."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from backprop_lab.checking import QUANTITIES, as_mapping, entry
from backprop_lab.validation import Rejected, call, numeric

from .follow_through import judge_backward
from .gradient import Kept, Verdict, judge, reject
from .questions import QUESTIONS, Question
from .sampling import Point, arguments

UNKNOWN = "there is no question {name!r}; the questions are {known}"
NOTE = "{message}\n    Note: it changes {names} in place; that costs nothing."


def find_question(name: str) -> Question:
    """The question of that name; raises ValueError if there is none."""
    if name not in QUESTIONS:
        raise ValueError(UNKNOWN.format(name=name, known=", ".join(QUESTIONS)))
    return QUESTIONS[name]


def _one_entry(answer: Any, quantity: str) -> Any:
    """An entry of the dict as an array, or the reason why it is none."""
    try:
        return numeric(entry(answer, quantity))
    except Rejected as reason:
        return reason


def _read(question: Question, answer: Any) -> Any:
    """The answer as an array; for `backward`, its entries by letter. Raises Rejected."""
    if question.quantity:
        return numeric(answer)
    given = as_mapping(answer)
    return {quantity: _one_entry(given, quantity) for quantity in QUANTITIES}


def _ask(
    question: Question, function: Callable[..., Any], points: Sequence[Point]
) -> tuple[list[Any], list[str]]:
    """The answers at the points, and the names of the arguments that were changed in place.

    Each answer is read before the next call, because a function may return one array again
    and again.
    """
    answers, touched = [], set()
    cases = [arguments(question.name, at) for at in points]
    if expect := getattr(function, "expect", None):  # of a function that is called far away
        expect(cases)
    for case in cases:
        answer, changed = call(function, case, partial(_read, question))
        answers.append(answer)
        touched.update(changed)
    return answers, [question.arguments[i] for i in sorted(touched)]


def assess(name: str, function: Callable[..., Any], points: Sequence[Point], kept: Kept) -> Verdict:
    """The verdict on a student's function, which is called once at each of the points.

    `kept` is the course's policy: the share of its points that a mistake keeps, by its name.
    Raises ValueError for a question that does not exist.
    """
    question = find_question(name)
    try:
        answers, changed = _ask(question, function, points)
    except Rejected as reason:
        return reject(question, reason)
    decide = judge if question.quantity else judge_backward
    verdict = decide(question, points, answers, kept)
    if not changed:
        return verdict
    return replace(verdict, message=NOTE.format(message=verdict.message, names=", ".join(changed)))
