"""Where answers are compared, and the proof that these test inputs tell right from wrong.

A sample is one real forward pass with all its gradients. Unrelated intermediate values would reject a
right formula. Each question is asked at a set of its own: what another question was given is no answer
there.
"""

import hashlib
import hmac
import random
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Question, Upstream, Values, WholePass

from .exercise import GradedExercise
from .mistake import Mistake
from .variety import has_orders, reach

COUNT = 5  # samples for each question: one finds out a wrong formula, five a function of cases
TRIES = 1000
DRAWS = 200  # samples that tell how far the numbers of an exercise reach
USUAL = 0.15  # the share of them that goes beyond an edge, for a set to have to go beyond it

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


@lru_cache(maxsize=1024)
def _reach(exercise: GradedExercise, name: str, sample: Sample) -> Any:
    return reach(columns(exercise, name, sample))


def _drawn(exercise: GradedExercise, source: random.Random) -> Iterator[Sample]:
    while True:
        values = exercise.public.forward(exercise.sample(source))
        if exercise.well_posed(values):
            yield Sample(values, exercise.backward(values))


@lru_cache(maxsize=8)
def _usual_reach(exercise: GradedExercise) -> Any:
    drawn = islice(_drawn(exercise, random.Random(0)), DRAWS)
    return np.quantile([reach(_everything(s)) for s in drawn], 1 - USUAL, axis=0, method="lower")


@lru_cache(maxsize=64)
def usual_reach(exercise: GradedExercise, name: str) -> Any:
    """How far the samples for a question have to reach between them, shape (2, columns): as far as a fair
    share of all samples of the exercise do."""
    return _usual_reach(exercise)[:, _places(exercise, name)]


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


def _shows_all(exercise: GradedExercise, name: str, samples: Sequence[Sample]) -> bool:
    """Whether between them the samples show both sides of every edge, and more than one order."""
    reached = np.max([_reach(exercise, name, sample) for sample in samples], axis=0)
    if (reached < usual_reach(exercise, name)).any():
        return False
    return all(map(has_orders, zip(*(columns(exercise, name, s) for s in samples), strict=True)))


def is_certified(exercise: GradedExercise, name: str, samples: Sequence[Sample]) -> bool:
    """Whether the samples tell every known mistake from the right answer, and show enough to find out
    what is right for some numbers only."""
    question = exercise.public.find(name)
    asked = exercise.public.questions if isinstance(question, WholePass) else (question,)
    if not _shows_all(exercise, name, samples):
        return False
    return all(_tells_apart(exercise, one, samples) for one in asked)


@lru_cache(maxsize=64)
def sample_inputs(
    exercise: GradedExercise, seed: bytes, question: str, count: int = COUNT
) -> tuple[Sample, ...]:
    """The certified samples of a seed for a question, always the same ones; raises RuntimeError if there
    are none."""
    source = random.Random(hmac.digest(seed, question.encode(), "sha256"))
    latest: deque[Sample] = deque(maxlen=count)
    for sample in islice(_drawn(exercise, source), TRIES):
        latest.append(sample)
        if len(latest) == count and is_certified(exercise, question, latest):
            return tuple(latest)
    raise RuntimeError(UNLUCKY.format(question=question, tries=TRIES))
