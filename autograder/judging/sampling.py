"""Where answers are compared, and the proof that these test inputs tell right from wrong.

A sample is one real forward pass with all its gradients. Unrelated intermediate values would reject a
right formula. Each question is asked at a set of its own: what another question was given is no answer
there.
"""

import hashlib
import hmac
import random
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import combinations, islice
from operator import or_
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Question, Upstream, Values, WholePass

from .exercise import GradedExercise
from .mistakes.known import Mistake
from .variety import has_orders, packed, shown

COUNT = 5  # samples for each question: one finds out a wrong formula, five a function of cases
TRIES = 1000
POOL = 16  # samples drawn last, that these are chosen from
DRAWS = 200  # samples that tell what the numbers of an exercise show
USUAL, COMMON = (
    0.1,
    0.3,
)  # the share of them that shows it in a column, in an entry: a set has to show it, too
FEWEST_BESIDE, MOST_BESIDE = 2, 6  # inputs of the visible check beside the example
WIDTH = 4096  # bits, more than what is shown of a question

UNLUCKY = "no certified test inputs for {question} in {tries} tries: a known mistake may be a right answer"


@dataclass(frozen=True, eq=False)
class Sample:
    """One set of test inputs: a forward pass, and the reference gradients there, both by letter."""

    values: Values
    gradients: Values


def sample_at(exercise: GradedExercise, inputs: Mapping[str, Any]) -> Sample:
    """The sample of these inputs."""
    values = exercise.public.forward(inputs)
    return Sample(values, exercise.backward(values))


@lru_cache(maxsize=8)
def visible_samples(exercise: GradedExercise) -> tuple[Sample, ...]:
    """The samples of the visible check, the same for every question and every student."""
    return tuple(sample_at(exercise, inputs) for inputs in exercise.public.visible_inputs())


def seed_for(secret: bytes, assignment: str, student: str, content: bytes) -> bytes:
    """The seed of a submission's samples: HMAC-SHA256, so that only who has the secret can tell it.

    It changes with the `content` that was submitted: what was found out about the samples of one
    submission is worth nothing in the next.
    """
    digest = hashlib.sha256(content).hexdigest()
    return hmac.new(secret, f"{assignment}\n{student}\n{digest}".encode(), hashlib.sha256).digest()


# What is asked at a sample


def _everything(sample: Sample) -> list[Any]:
    return [*sample.values.values(), *sample.gradients.values()]


@lru_cache(maxsize=64)
def _places(exercise: GradedExercise, name: str) -> list[int]:
    """Where the arguments of a question and its gradient stand among everything; the whole pass is about
    all of it."""
    public, question = exercise.public, exercise.public.find(name)
    letters = (*public.inputs, *(operation.output for operation in public.graph))
    known = [*letters, *(Upstream(quantity) for quantity in public.quantities)]
    if isinstance(question, WholePass):
        return list(range(len(known)))
    return [known.index(asked) for asked in (*question.given, Upstream(question.wrt))]


def columns(exercise: GradedExercise, name: str, sample: Sample) -> list[Any]:
    """The arguments of a question and its gradient; for the whole pass, all values and all gradients."""
    everything = _everything(sample)
    return [everything[place] for place in _places(exercise, name)]


def _drawn(exercise: GradedExercise, source: random.Random) -> Iterator[Sample]:
    while True:
        values = exercise.public.forward(exercise.draw(source))
        if exercise.well_posed(values):
            yield Sample(values, exercise.backward(values))


@lru_cache(maxsize=8)
def _usual_samples(exercise: GradedExercise) -> Sequence[Sample]:
    return tuple(islice(_drawn(exercise, random.Random(0)), DRAWS))


@lru_cache(maxsize=64)
def _shapes(exercise: GradedExercise, name: str) -> Sequence[tuple[tuple[int, ...], ...]]:
    """The shapes of each column in many samples."""
    usual = zip(*(columns(exercise, name, sample) for sample in _usual_samples(exercise)), strict=True)
    return [tuple(map(np.shape, arrays)) for arrays in usual]


@lru_cache(maxsize=64)
def _fixed(exercise: GradedExercise, name: str) -> frozenset[int]:
    """The places of the columns that have one shape in all samples."""
    return frozenset(place for place, at in enumerate(_shapes(exercise, name)) if len(set(at)) == 1)


@lru_cache(maxsize=64)
def _large(exercise: GradedExercise, name: str) -> Sequence[tuple[int, ...]]:
    """For each column how long the upper quarter of the samples is, along each axis."""
    return [
        tuple(sorted(lengths)[len(lengths) * 3 // 4] for lengths in zip(*at, strict=True))
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


def _shown(exercise: GradedExercise, name: str, sample: Sample) -> tuple[Any, Any]:
    found, fixed = columns(exercise, name, sample), _fixed(exercise, name)
    entries, pairs = [found[place] for place in fixed], _pairs(exercise, name)
    entries += [found[i] * found[j] for i, j in pairs if i in fixed]
    return shown([*found, *(found[i] * found[j] for i, j in pairs if i not in fixed)], entries)


@lru_cache(maxsize=64)
def _wanted(exercise: GradedExercise, name: str) -> int:
    """What the samples for a question have to show between them: all that a fair share of the samples of
    the exercise shows."""
    both = zip(*(_shown(exercise, name, sample) for sample in _usual_samples(exercise)), strict=True)
    of_columns, of_entries = (np.mean(found, axis=0) for found in both)
    return packed([of_columns >= USUAL, of_entries >= COMMON])


# The certificate


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
    answers = [mistake.change(right) if mistake.change else mistake.at(given) for mistake in known]
    near = tolerance.MARGIN * tolerance.scale(right, given)
    return [
        mistake
        for mistake, answer in zip(known, answers, strict=True)
        if answer is not None and tolerance.near(answer, right, near)
    ]


def _tells_apart(exercise: GradedExercise, question: Question, samples: Sequence[Sample]) -> bool:
    left = list(_formulas(exercise, question.name))
    for sample in samples:
        if left:
            left = _like_right(exercise, question, sample, left)
    return not left


def _reaches(shapes: Iterable[tuple[int, ...]], large: tuple[int, ...]) -> bool:
    """Whether shapes are so long along each axis, be it in one of them or in several."""
    return all(max(lengths) >= least for lengths, least in zip(zip(*shapes, strict=True), large, strict=True))


def _has_orders(exercise: GradedExercise, name: str, samples: Sequence[Sample]) -> bool:
    """Whether entries come in more than one order and, where shapes may differ, in more than one shape, long
    ones among them."""
    arrays = list(zip(*(columns(exercise, name, sample) for sample in samples), strict=True))
    if not all(map(has_orders, arrays)):
        return False
    fixed = _fixed(exercise, name)
    large = _large(exercise, name)
    return all(
        place in fixed or (len(set(map(np.shape, a))) > 1 and _reaches(map(np.shape, a), large[place]))
        for place, a in enumerate(arrays)
    )


def _tell_right_from_wrong(exercise: GradedExercise, name: str, samples: Sequence[Sample]) -> bool:
    """Whether the samples come in more than one order, and tell every known mistake from the right answer."""
    question = exercise.public.find(name)
    asked = exercise.public.questions if isinstance(question, WholePass) else (question,)
    if not _has_orders(exercise, name, samples):
        return False
    return all(_tells_apart(exercise, one, samples) for one in asked)


def is_certified(exercise: GradedExercise, name: str, samples: Sequence[Sample]) -> bool:
    """Whether the samples tell every known mistake from the right answer, and show enough to find out
    what is right for some numbers only."""
    found = reduce(or_, (packed(_shown(exercise, name, sample)) for sample in samples))
    return not _wanted(exercise, name) & ~found and _tell_right_from_wrong(exercise, name, samples)


def _chosen(pool: Iterable[tuple[Sample, int]], wanted: int, count: int) -> list[Sample] | None:
    """So many samples that show between them all that is wanted; None if there are none in the pool. The one
    that shows most of what is missing comes first."""
    left, found = list(pool), list[Sample]()
    if wanted & ~reduce(or_, (showing for _, showing in left)):
        return None
    while len(found) < count:
        best = max(range(len(left)), key=lambda place: (left[place][1] & wanted).bit_count())
        sample, showing = left.pop(best)
        wanted &= ~showing
        found.append(sample)
    return None if wanted else found


@lru_cache(maxsize=64)
def sample_inputs(
    exercise: GradedExercise, seed: bytes, question: str, count: int = COUNT
) -> tuple[Sample, ...]:
    """The certified samples of a seed for a question, always the same ones; raises RuntimeError if there
    are none."""
    source = random.Random(hmac.digest(seed, question.encode(), "sha256"))
    pool: deque[tuple[Sample, int]] = deque(maxlen=POOL)
    for sample in islice(_drawn(exercise, source), TRIES):
        pool.append((sample, packed(_shown(exercise, question, sample))))
        if len(pool) < count:
            continue
        chosen = _chosen(pool, _wanted(exercise, question), count)
        if chosen and _tell_right_from_wrong(exercise, question, chosen):
            return tuple(chosen)
    raise RuntimeError(UNLUCKY.format(question=question, tries=TRIES))


# The inputs of the visible check


def _all_shown(exercise: GradedExercise, sample: Sample) -> int:
    """What a sample shows of every question, as the bits of one number."""
    shown = [packed(_shown(exercise, name, sample)) for name in exercise.public.asked]
    return _joined(shown)


def _joined(numbers: Iterable[int]) -> int:
    return reduce(lambda whole, one: whole << WIDTH | one, numbers, 0)


def certified_beside(exercise: GradedExercise, inputs: Values, pool: Sequence[Values]) -> list[Values] | None:
    """As few inputs as possible from a pool which, beside those that are given, tell every known mistake of
    every question from the right answer; None if there are none."""
    first = sample_at(exercise, inputs)
    names = exercise.public.asked
    wanted = _joined(_wanted(exercise, name) for name in names) & ~_all_shown(exercise, first)
    samples = [sample_at(exercise, one) for one in pool]
    showing = [(sample, _all_shown(exercise, sample)) for sample in samples]
    for count in range(FEWEST_BESIDE, MOST_BESIDE + 1):
        chosen = _chosen(showing, wanted, count)
        if chosen and all(_tell_right_from_wrong(exercise, name, [first, *chosen]) for name in names):
            return [{letter: s.values[letter] for letter in exercise.public.inputs} for s in chosen]
    return None
