"""What an entry of the whole pass may follow from: the true gradients, or the student's own entries.

A slip is charged where it was made. Whoever goes on from the entry before, writes every formula out, leaves a
key out, or returns an entry in another shape has gone another way, and each is read in turn.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Question, Upstream, Values
from backprop_lab.validation import Rejected

from ..exercise import GradedExercise
from ..gradient import Case
from ..sample import Sample

Entries = Mapping[str, Any]  # by letter an array of numbers, or Rejected if it did not get so far
Shape = Callable[[Any, Any], Any]  # the student's own gradient, to go on with, from itself and the true one
Answers = Sequence[Entries]  # at each of the samples


@dataclass(frozen=True)
class Reading:
    """An entry at each sample, with the arguments that it is read to follow from: the student's own
    gradients of the quantities `start`, or the true ones if there are none."""

    cases: Sequence[Case]
    start: tuple[str, ...] = ()


def upstream(question: Question) -> tuple[str, ...]:
    """The quantities whose gradients a question's function takes."""
    return tuple(given.of for given in question.given if isinstance(given, Upstream))


def ancestors(exercise: GradedExercise, question: Question) -> list[str]:
    """The quantities whose gradients the answer to a question is made from, the nearest first."""
    found: list[str] = []
    new = upstream(question)
    while new:
        found += new
        further = (q for one in new for q in upstream(exercise.public.asking_for(one)))
        new = tuple(q for q in dict.fromkeys(further) if q not in found)
    return found


def _is_in_shape(quantity: str, samples: Sequence[Sample], answers: Answers) -> bool:
    pairs = zip(samples, answers, strict=True)
    return all(np.shape(at.gradients[quantity]) == np.shape(own[quantity]) for at, own in pairs)


def can_follow(quantity: str, samples: Sequence[Sample], answers: Answers) -> bool:
    """Whether a student's own upstream gradient can be followed.

    It may not be zero everywhere, absurdly small or absurdly large: from zeros, zeros would follow,
    and an empty answer would pass for a consistent one. Nor may it have more entries than the largest
    column times the largest row would give.
    """
    true = [sample.gradients[quantity] for sample in samples]
    own = [answer[quantity] for answer in answers]
    room = max(np.size(gradient) for gradient in samples[0].gradients.values()) ** 2
    if any(isinstance(a, Rejected) or not 0 < np.size(a) <= room for a in own):
        return False
    size = max(float(np.max(np.abs(np.asarray(a, dtype=float)))) for a in own)
    limit = max(float(np.max(np.abs(t))) for t in true)
    return limit / tolerance.REACH < size < limit * tolerance.REACH


# At one sample


def _fitted(own: Any, true: Any) -> Any:
    """The student's own gradient in its proper shape; the true one if it cannot be brought into that."""
    if np.size(own) == np.size(true):
        return np.reshape(own, np.shape(true))
    if np.size(true) == 1 and np.ptp(own) == 0:  # one number, several times
        return np.reshape(np.ravel(own)[0], np.shape(true))
    return true


def _as_it_is(own: Any, true: Any) -> Any:
    return own


def _following(exercise: GradedExercise, start: str, shape: Shape, at: Sample, own: Entries) -> Values:
    """All gradients as they follow from one entry of the student's."""
    found = {start: shape(own[start], at.gradients[start])}
    for question in exercise.public.questions:
        if question.wrt != start:
            given = exercise.public.values_given(question, at.values, {**at.gradients, **found})
            found[question.wrt] = exercise.gradients[question.name](*given)
    return found


def _in_shape(exercise: GradedExercise, question: Question, true: Case, own: Case) -> Case:
    """The same with everything in its proper shape: one that was wrong before is not asked for again."""
    pairs = list(zip(true.arguments, own.arguments, strict=True))
    if all(np.shape(t) == np.shape(o) for t, o in pairs):
        return own
    given = [_fitted(o, t) for t, o in pairs]
    expected = np.asarray(exercise.gradients[question.name](*given))
    same_size = np.size(own.answer) == expected.size
    return Case(given, np.reshape(own.answer, expected.shape) if same_size else own.answer)


# At all samples


def readings(
    exercise: GradedExercise, question: Question, samples: Sequence[Sample], answers: Answers
) -> Iterator[Reading]:
    """Every reading of an entry: from the true gradients, then from the student's own, the nearest first.

    Raises nothing for shapes that do not go together: such a reading is left out.
    """
    entries = [answer[question.wrt] for answer in answers]

    def cases(gradients: Callable[[Sample, Entries], Mapping[str, Any]]) -> list[Case]:
        given = exercise.public.values_given
        found = zip(samples, answers, entries, strict=True)
        return [Case(given(question, at.values, gradients(at, own)), entry) for at, own, entry in found]

    true = cases(lambda at, own: at.gradients)
    yield Reading(true)
    near = tuple(q for q in upstream(question) if can_follow(q, samples, answers))
    if near:
        literal = cases(lambda at, own: {**at.gradients, **{q: own[q] for q in near}})
        yield Reading(literal, near)
        fitted = [_in_shape(exercise, question, *pair) for pair in zip(true, literal, strict=True)]
        if any(one is not other for one, other in zip(fitted, literal, strict=True)):
            yield Reading(fitted, near)
    for far in ancestors(exercise, question):
        if far not in near and can_follow(far, samples, answers):
            for shape in (_as_it_is,) if _is_in_shape(far, samples, answers) else (_as_it_is, _fitted):
                with suppress(ValueError):
                    yield Reading(cases(partial(_following, exercise, far, shape)), (far,))
