"""Where answers are compared, and the proof that these points tell right from wrong.

A point is one real forward pass with all its gradients, by letter, and the upstream gradients
as the questions name them (dL_dz, dL_dh, dL_dg). Unrelated h and g would reject a right formula.
"""

import hashlib
import hmac
import math
import random
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np

from backprop_lab.network import example, forward

from ..exercises.neural_network_derivation.gradients import backward
from .common_mistakes import NUMERICAL
from .mistake import Mistake
from .mistakes import BY_QUESTION
from .questions import ASKED_FOR, QUESTIONS
from .tolerance import scale

Point = dict[str, Any]

COUNT = 5  # points for each student: one finds out a wrong formula, five a function of cases
MARGIN = 1e-3  # of the scale: how far a wrong formula has to be from the right answer
APART = 0.2  # how far z and y are apart, as a share of their sizes
TRIES = 1000
SHAPES: tuple[tuple[int, ...], ...] = ((2,), (), (3, 2), (3,), (3,), ())  # x y u b w c


UNLUCKY = "no certified point in {tries} tries: a mistake of the catalogue may be a right answer"


def seed_for(secret: bytes, assignment: str, student: str) -> bytes:
    """The seed of a student's points: HMAC-SHA256, so that only who has the secret can tell it."""
    return hmac.new(secret, f"{assignment}\n{student}".encode(), hashlib.sha256).digest()


def _number(source: random.Random) -> float:
    """Between 0.4 and 1.8 in size, of either sign: far from 0, where wrong answers agree."""
    return source.choice((-1, 1)) * (0.4 + 1.4 * source.random())


def _array(source: random.Random, shape: tuple[int, ...]) -> Any:
    numbers = [_number(source) for _ in range(math.prod(shape))]
    return np.reshape(numbers, shape) if shape else numbers[0]


def point(*inputs: Any) -> Point:
    """The point of these x, y, u, b, w, c."""
    values = forward(*inputs)
    upstream = {f"dL_d{q}": gradient for q, gradient in backward(*inputs).items()}
    return values | upstream


def arguments(question: str, at: Point) -> list[Any]:
    """What a question's function is given at a point."""
    return [at[name] for name in QUESTIONS[question].arguments]


@cache
def _formulas(question: str) -> Sequence[Mistake]:
    """The wrong formulas that could agree with the right answer somewhere: those of its shape."""
    given = arguments(question, point(*example()))
    shape = np.shape(QUESTIONS[question].reference(*given))
    known = [m for m in BY_QUESTION[question] if m not in NUMERICAL]
    return [m for m in known if np.shape(m.wrong(*given)) == shape]


def _tells_apart(question: str, at: Point) -> bool:
    given = arguments(question, at)
    right = np.asarray(QUESTIONS[question].reference(*given))
    wrong = np.array([mistake.wrong(*given) for mistake in _formulas(question)])
    farthest = np.abs(wrong - right).reshape(len(wrong), -1).max(axis=1)
    return bool(np.all(farthest > MARGIN * scale(right, given)))


def is_certified(at: Point) -> bool:
    """Whether every wrong formula of the catalogue is far from the right answer at this point.

    Numerical slopes are exempt: they are nearly right everywhere, and told by their digits. z and
    y have to differ, or z − y loses digits in some right forms and not in others.
    """
    if abs(at["z"] - at["y"]) < APART * (abs(at["z"]) + abs(at["y"])):
        return False
    return all(_tells_apart(question.name, at) for question in ASKED_FOR.values())


def _draw(source: random.Random) -> Point:
    for _ in range(TRIES):
        candidate = point(*(_array(source, shape) for shape in SHAPES))
        if is_certified(candidate):
            return candidate
    raise RuntimeError(UNLUCKY.format(tries=TRIES))


@lru_cache(maxsize=8)
def points(seed: bytes, count: int = COUNT) -> Sequence[Point]:
    """The certified points of a seed, always the same ones; raises RuntimeError if there are none.

    Python's generator is used, because its stream is promised to stay the same.
    """
    source = random.Random(seed)
    return tuple(_draw(source) for _ in range(count))
