"""The proof that test inputs tell right from wrong.

What numbers show is compared with what many samples of the exercise show, and every known mistake is tried
on them.
"""

import random
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from itertools import combinations, compress, islice
from operator import or_
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Question, WholePass

from .exercise import GradedExercise
from .mistakes.known import Mistake, in_shape
from .sample import Sample, columns, drawn, sample_at
from .variety import has_orders, packed, shown

DRAWS = 200  # samples that tell what the numbers of an exercise show
# The share of them that shows it, in a column and in an entry: a set of test inputs has to show it, too.
USUAL, COMMON = 0.1, 0.3
MANY = 9  # decimals, more than a person rounds to

# What samples show


@lru_cache(maxsize=8)
def _usual_samples(exercise: GradedExercise) -> Sequence[Sample]:
    return tuple(islice(drawn(exercise, random.Random(0)), DRAWS))


@lru_cache(maxsize=64)
def _shapes(exercise: GradedExercise, name: str) -> Sequence[tuple[tuple[int, ...], ...]]:
    """The shapes of each column in many samples."""
    usual = zip(*(columns(exercise, name, sample) for sample in _usual_samples(exercise)), strict=True)
    return [tuple(map(np.shape, arrays)) for arrays in usual]


@lru_cache(maxsize=64)
def _fixed(exercise: GradedExercise, name: str) -> frozenset[int]:
    """The places of the columns that have one shape in all samples."""
    return frozenset(place for place, at in enumerate(_shapes(exercise, name)) if len(set(at)) == 1)


def _has_many_digits(length: int) -> bool:
    """Whether the share of one of so many is changed by rounding, however many decimals are kept."""
    return bool(10**MANY % length)


@lru_cache(maxsize=64)
def _lengths(exercise: GradedExercise, name: str) -> Sequence[Sequence[tuple[int, bool]]]:
    """For each column how long the longest quarter of the samples is, along each axis, and whether the shares
    of a mean along it usually have many digits."""
    return [
        [
            (sorted(along)[len(along) * 3 // 4], float(np.mean([*map(_has_many_digits, along)])) >= USUAL)
            for along in zip(*at, strict=True)
        ]
        for at in _shapes(exercise, name)
    ]


@lru_cache(maxsize=64)
def _pairs(exercise: GradedExercise, name: str) -> Sequence[tuple[int, int]]:
    """The places of two arguments that have the same shape as each other: the signs of their products say
    how theirs go together."""
    if isinstance(exercise.public.find(name), WholePass):
        return ()
    *arguments, _ = _shapes(exercise, name)
    return [(i, j) for i, j in combinations(range(len(arguments)), 2) if arguments[i] == arguments[j]]


def _shown(exercise: GradedExercise, name: str, sample: Sample) -> Sequence[Any]:
    found, fixed, pairs = columns(exercise, name, sample), _fixed(exercise, name), _pairs(exercise, name)
    others = [array for place, array in enumerate(found) if place not in fixed]
    others += [found[i] * found[j] for i, j in pairs if i not in fixed]
    products = [found[i] * found[j] for i, j in pairs if i in fixed]
    return shown(products, [found[place] for place in fixed], others)


def showing(exercise: GradedExercise, name: str, sample: Sample) -> int:
    """What a sample shows of a question, as the bits of one number."""
    return packed(_shown(exercise, name, sample))


@lru_cache(maxsize=64)
def wanted(exercise: GradedExercise, name: str) -> int:
    """What the samples for a question have to show between them: all that a fair share of the samples of
    the exercise shows."""
    all_shown = zip(*(_shown(exercise, name, sample) for sample in _usual_samples(exercise)), strict=True)
    of_columns, *of_entries = (np.mean(found, axis=0) for found in all_shown)
    return packed([of_columns >= USUAL, *(share >= COMMON for share in of_entries)])


# What they tell apart


@lru_cache(maxsize=64)
def _formulas(exercise: GradedExercise, question: str) -> Sequence[Mistake]:
    """The mistakes that could agree with the right answer somewhere: those of its shape."""
    sample = sample_at(exercise, exercise.public.example())
    asked = next(q for q in exercise.public.questions if q.name == question)
    given = exercise.public.values_given(asked, sample.values, sample.gradients)
    expected = np.shape(sample.gradients[asked.wrt])
    return [m for m in exercise.to_tell_apart[question] if np.shape(m.at(given)) == expected]


def _like_right(
    exercise: GradedExercise, question: Question, at: Sample, known: list[Mistake]
) -> list[Mistake]:
    """The mistakes that are near the right answer at a sample."""
    given = exercise.public.values_given(question, at.values, at.gradients)
    right = np.asarray(at.gradients[question.wrt])
    fitting = in_shape(right.shape, known, given, right)
    if not fitting:
        return []
    mistakes, answers = zip(*fitting, strict=True)
    apart = np.abs(np.array(answers) - right).reshape(len(answers), -1).max(axis=1)
    near = apart <= tolerance.MARGIN * tolerance.scale(right, given)
    return list(compress(mistakes, near))


def _tells_apart(exercise: GradedExercise, question: Question, samples: Sequence[Sample]) -> bool:
    left = list(_formulas(exercise, question.name))
    for sample in samples:
        if left:
            left = _like_right(exercise, question, sample, left)
    return not left


def _reaches(shapes: Iterable[tuple[int, ...]], usual: Sequence[tuple[int, bool]]) -> bool:
    """Whether shapes are as long along each axis as usual, and one of many digits is among them, be it in
    one of them or in several."""
    return all(
        max(along) >= least and (not many or any(map(_has_many_digits, along)))
        for along, (least, many) in zip(zip(*shapes, strict=True), usual, strict=True)
    )


def _has_orders(exercise: GradedExercise, name: str, samples: Sequence[Sample]) -> bool:
    """Whether entries come in more than one order and, where shapes may differ, in more than one shape, long
    ones among them."""
    arrays = list(zip(*(columns(exercise, name, sample) for sample in samples), strict=True))
    if not all(map(has_orders, arrays)):
        return False
    fixed = _fixed(exercise, name)
    usual = _lengths(exercise, name)
    return all(
        place in fixed or (len(set(map(np.shape, a))) > 1 and _reaches(map(np.shape, a), usual[place]))
        for place, a in enumerate(arrays)
    )


def tell_right_from_wrong(exercise: GradedExercise, name: str, samples: Sequence[Sample]) -> bool:
    """Whether the samples come in more than one order, and tell every known mistake from the right answer."""
    question = exercise.public.find(name)
    asked = exercise.public.questions if isinstance(question, WholePass) else (question,)
    if not _has_orders(exercise, name, samples):
        return False
    return all(_tells_apart(exercise, one, samples) for one in asked)


def is_certified(exercise: GradedExercise, name: str, samples: Sequence[Sample]) -> bool:
    """Whether the samples tell every known mistake from the right answer, and show enough to find out
    what is right for some numbers only."""
    found = reduce(or_, (showing(exercise, name, sample) for sample in samples))
    return not wanted(exercise, name) & ~found and tell_right_from_wrong(exercise, name, samples)
