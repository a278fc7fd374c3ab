"""Follow-through in the whole pass: each entry is judged from the student's own step before.

A slip costs the share of the step that it was made in, once. What follows from it is right.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Question, Upstream, WholePass
from backprop_lab.validation import Rejected, Status

from .exercise import GradedExercise
from .gradient import Case, Fault, Policy, find_fault, verdict_on
from .gradient_check import check_answers
from .sampling import Sample
from .verdict import Verdict

Entries = Mapping[str, Any]  # by letter an array of numbers, or Rejected if it did not get so far
Answers = Sequence[Entries]  # at each of the samples
Reading = Callable[[GradedExercise, Question, Sample, Entries, Collection[str]], Case]


def _can_follow(quantity: str, samples: Sequence[Sample], answers: Answers) -> bool:
    """Whether a student's own upstream gradient can be followed.

    It may not be zero everywhere, absurdly small or absurdly large: from zeros, zeros would follow,
    and an empty answer would pass for a consistent one. Twice the dimensions come of a column
    times a row.
    """
    true = [sample.gradients[quantity] for sample in samples]
    own = [answer[quantity] for answer in answers]
    room = max(1, np.size(true[0])) ** 2
    if any(isinstance(a, Rejected) or not 0 < np.size(a) <= room for a in own):
        return False
    size = max(float(np.max(np.abs(np.asarray(a, dtype=float)))) for a in own)
    limit = max(float(np.max(np.abs(t))) for t in true)
    return limit / tolerance.REACH < size < limit * tolerance.REACH


# Readings of an entry


def _truly(
    exercise: GradedExercise, question: Question, at: Sample, answer: Entries, followed: Collection[str]
) -> Case:
    """It follows from the true gradient: the slip was in what the dict says above, not here."""
    given = exercise.public.values_given(question, at.values, at.gradients)
    return Case(given, answer[question.wrt])


def _literally(
    exercise: GradedExercise, question: Question, at: Sample, answer: Entries, followed: Collection[str]
) -> Case:
    """The entry follows from the student's own upstream gradient, in the shape it came in."""
    own = {**at.gradients, **{quantity: answer[quantity] for quantity in followed}}
    return Case(exercise.public.values_given(question, at.values, own), answer[question.wrt])


def _reshaped(
    exercise: GradedExercise, question: Question, at: Sample, answer: Entries, followed: Collection[str]
) -> Case:
    """It follows from that gradient in its proper shape; a shape that was wrong there already is
    not asked for again."""
    true = _truly(exercise, question, at, answer, followed)
    own = _literally(exercise, question, at, answer, followed)
    pairs = list(zip(true.arguments, own.arguments, strict=True))
    if all(np.shape(t) == np.shape(o) for t, o in pairs):
        return own
    given = [np.reshape(o, np.shape(t)) if np.size(o) == np.size(t) else t for t, o in pairs]
    expected = np.asarray(exercise.gradients[question.name](*given))
    same_size = np.size(own.answer) == expected.size
    return Case(given, np.reshape(own.answer, expected.shape) if same_size else own.answer)


READINGS: tuple[Reading, ...] = (_truly, _literally, _reshaped)


def _says_something(question: Question, samples: Sequence[Sample], cases: Sequence[Case]) -> bool:
    """Whether to follow proves anything: to hand on a constant, or a number that was given, as another
    gradient proves nothing."""
    if len(question.given) > 1:
        return True
    upstream = [case.arguments[0] for case in cases]
    constant = all(np.array_equal(upstream[0], u) for u in upstream)
    given = any(
        all(np.array_equal(u, at.values[name]) for u, at in zip(upstream, samples, strict=True))
        for name in samples[0].values
    )
    return not (constant or given)


def _single(answers: Answers) -> float:
    """The tolerance for entries in single precision: errors add up if all the pass was computed in it."""
    arrays = [a for answer in answers for a in answer.values() if not isinstance(a, Rejected)]
    throughout = all(tolerance.is_single(array) for array in arrays)
    return tolerance.SINGLE_THROUGHOUT if throughout else tolerance.SINGLE


def _faults(
    exercise: GradedExercise, question: Question, samples: Sequence[Sample], answers: Answers
) -> Iterator[Fault | None]:
    """The fault in each reading of an entry, the true one first."""
    upstream = [given.of for given in question.given if isinstance(given, Upstream)]
    followed = [quantity for quantity in upstream if _can_follow(quantity, samples, answers)]
    for reading in READINGS:
        try:
            pairs = zip(samples, answers, strict=True)
            cases = [reading(exercise, question, at, answer, followed) for at, answer in pairs]
            if reading is _truly or _says_something(question, samples, cases):
                yield find_fault(exercise, question, cases, _single(answers))
        except ValueError:  # the student's own shapes do not go together
            continue


def _entry_fault(
    exercise: GradedExercise, question: Question, samples: Sequence[Sample], answers: Answers
) -> Fault | None:
    """The fault of one entry of the whole pass; None if in one reading it follows at every sample.

    A slip is charged where it was made: what follows from it is right. Of several faults the
    one that a known mistake explains is told.
    """
    for answer in answers:
        if isinstance(reason := answer[question.wrt], Rejected):
            return Fault.of(reason)
    found: list[Fault] = []
    for fault in _faults(exercise, question, samples, answers):
        if fault is None:
            return None
        found.append(fault)
    return next((fault for fault in found if fault.mistake), found[0])


def judge_whole_pass(
    exercise: GradedExercise,
    whole: WholePass,
    samples: Sequence[Sample],
    answers: Answers,
    policy: Policy,
) -> Verdict:
    """The verdict on the whole pass, from the entries of its dict at each sample, with equal shares."""
    entries = []
    for question in exercise.public.questions:
        fault = _entry_fault(exercise, question, samples, answers)
        gradient = exercise.public.gradient(question.wrt)
        entries.append(verdict_on(question.name, gradient, fault, policy))
    share = sum(entry.share for entry in entries) / len(entries)
    stage = next((entry.stage for entry in entries if entry.stage), None)
    status = Status.RIGHT if share == 1 else Status.PARTLY if share else Status.WRONG
    checks = check_answers(exercise, samples, exercise.public.quantities, answers)
    return Verdict(whole.name, status, share, stage=stage, entries=tuple(entries), checks=checks)
