"""Where answers are compared, and the proof that these test inputs tell right from wrong.

A sample is one real forward pass with all its gradients. Unrelated intermediate values would reject a
right formula.
"""

import hashlib
import hmac
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Question, Values

from .common_mistakes import Mistake
from .exercise import GradedExercise

COUNT = 5  # samples for each student: one finds out a wrong formula, five a function of cases
TRIES = 1000

UNLUCKY = "no certified test inputs in {tries} tries: a known mistake may be a right answer"


@dataclass(frozen=True, eq=False)
class Sample:
    """One set of test inputs: a forward pass, and the reference gradients there, both by letter."""

    values: Values
    gradients: Values


def sample_at(exercise: GradedExercise, inputs: Mapping[str, Any]) -> Sample:
    """The sample of these inputs."""
    values = exercise.public.forward(inputs)
    return Sample(values, exercise.backward(values))


def seed_for(secret: bytes, assignment: str, student: str) -> bytes:
    """The seed of a student's samples: HMAC-SHA256, so that only who has the secret can tell it."""
    return hmac.new(secret, f"{assignment}\n{student}".encode(), hashlib.sha256).digest()


@lru_cache(maxsize=64)
def _formulas(exercise: GradedExercise, question: str) -> Sequence[Mistake]:
    """The mistakes that could agree with the right answer somewhere: those of its shape."""
    sample = sample_at(exercise, exercise.public.example())
    asked = next(q for q in exercise.public.questions if q.name == question)
    given = exercise.public.values_given(asked, sample.values, sample.gradients)
    known = [m for m in exercise.mistakes_by_question[question] if not m.numerical]
    expected = np.shape(sample.gradients[asked.wrt])
    return [m for m in known if np.shape(m.at(given)) == expected]


def _tells_apart(exercise: GradedExercise, question: Question, sample: Sample) -> bool:
    given = exercise.public.values_given(question, sample.values, sample.gradients)
    right = np.asarray(sample.gradients[question.wrt])
    formulas = _formulas(exercise, question.name)
    answers = [m.change(right) if m.change else m.at(given) for m in formulas]
    wrong = [answer for answer in answers if answer is not None and np.shape(answer) == right.shape]
    farthest = np.abs(np.array(wrong) - right).reshape(len(wrong), -1).max(axis=1)
    return bool(np.all(farthest > tolerance.MARGIN * tolerance.scale(right, given)))


def is_certified(exercise: GradedExercise, sample: Sample) -> bool:
    """Whether every known mistake is far from the right answer at this sample.

    Numerical gradients are exempt: they are nearly right everywhere, and told by their digits.
    """
    questions = exercise.public.questions
    return exercise.well_posed(sample.values) and all(_tells_apart(exercise, q, sample) for q in questions)


def _draw(exercise: GradedExercise, source: random.Random) -> Sample:
    for _ in range(TRIES):
        candidate = sample_at(exercise, exercise.sample(source))
        if is_certified(exercise, candidate):
            return candidate
    raise RuntimeError(UNLUCKY.format(tries=TRIES))


@lru_cache(maxsize=8)
def sample_inputs(exercise: GradedExercise, seed: bytes, count: int = COUNT) -> tuple[Sample, ...]:
    """The certified samples of a seed, always the same ones; raises RuntimeError if there are none."""
    source = random.Random(seed)
    return tuple(_draw(exercise, source) for _ in range(count))
