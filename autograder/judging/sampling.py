"""The test inputs that answers are compared at.

Each question is asked at a set of its own: what another question was given is no answer there.
"""

import hashlib
import hmac
import random
from collections import deque
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from itertools import islice
from operator import or_

from backprop_lab.model import Values

from .certifying import showing, tell_right_from_wrong, wanted
from .exercise import GradedExercise
from .sample import Sample, drawn, sample_at

COUNT = 5  # samples for each question: one finds out a wrong formula, five a function of cases
TRIES = 1000
POOL = 16  # samples drawn last, that these are chosen from
FEWEST_BESIDE, MOST_BESIDE = 2, 6  # inputs of the visible check beside the example
WIDTH = 4096  # bits, more than what is shown of a question

UNLUCKY = "no certified test inputs for {question} in {tries} tries: a known mistake may be a right answer"


def seed_for(secret: bytes, assignment: str, student: str, content: bytes) -> bytes:
    """The seed of a submission's samples: HMAC-SHA256, so that only who has the secret can tell it.

    It changes with the `content` that was submitted: what was found out about the samples of one
    submission is worth nothing in the next.
    """
    digest = hashlib.sha256(content).hexdigest()
    return hmac.new(secret, f"{assignment}\n{student}\n{digest}".encode(), hashlib.sha256).digest()


def _chosen(pool: Iterable[tuple[Sample, int]], missing: int, count: int) -> list[Sample] | None:
    """So many samples that show between them all that is missing; None if there are none in the pool. The
    one that shows most of it comes first."""
    left, found = list(pool), list[Sample]()
    if missing & ~reduce(or_, (shows for _, shows in left)):
        return None
    while len(found) < count:
        best = max(range(len(left)), key=lambda place: (left[place][1] & missing).bit_count())
        sample, shows = left.pop(best)
        missing &= ~shows
        found.append(sample)
    return None if missing else found


@lru_cache(maxsize=64)
def sample_inputs(
    exercise: GradedExercise, seed: bytes, question: str, count: int = COUNT
) -> tuple[Sample, ...]:
    """The certified samples of a seed for a question, always the same ones; raises RuntimeError if there
    are none."""
    source = random.Random(hmac.digest(seed, question.encode(), "sha256"))
    pool: deque[tuple[Sample, int]] = deque(maxlen=POOL)
    for sample in islice(drawn(exercise, source), TRIES):
        pool.append((sample, showing(exercise, question, sample)))
        if len(pool) < count:
            continue
        chosen = _chosen(pool, wanted(exercise, question), count)
        if chosen and tell_right_from_wrong(exercise, question, chosen):
            return tuple(chosen)
    raise RuntimeError(UNLUCKY.format(question=question, tries=TRIES))


# The inputs of the visible check


def _all_shown(exercise: GradedExercise, sample: Sample) -> int:
    """What a sample shows of every question, as the bits of one number."""
    return _joined(showing(exercise, name, sample) for name in exercise.public.asked)


def _joined(numbers: Iterable[int]) -> int:
    return reduce(lambda whole, one: whole << WIDTH | one, numbers, 0)


def certified_beside(exercise: GradedExercise, inputs: Values, pool: Sequence[Values]) -> list[Values] | None:
    """As few inputs as possible from a pool which, beside those that are given, tell every known mistake of
    every question from the right answer; None if there are none."""
    first = sample_at(exercise, inputs)
    names = exercise.public.asked
    missing = _joined(wanted(exercise, name) for name in names) & ~_all_shown(exercise, first)
    samples = [sample_at(exercise, one) for one in pool]
    candidates = [(sample, _all_shown(exercise, sample)) for sample in samples]
    for count in range(FEWEST_BESIDE, MOST_BESIDE + 1):
        chosen = _chosen(candidates, missing, count)
        if chosen and all(tell_right_from_wrong(exercise, name, [first, *chosen]) for name in names):
            return [{letter: s.values[letter] for letter in exercise.public.inputs} for s in chosen]
    return None
