"""A student's whole pass: what it gave at the samples, and what it gives when it is asked for more."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.validation import Rejected

from ..exercise import GradedExercise
from ..sample import Sample, sample_at
from .readings import Answers, Entries

# The student's entries at further samples, with some of the parts replaced; raises Rejected.
Again = Callable[[Sequence[Sample], Sequence[str]], Answers]


@dataclass(frozen=True)
class Pass:
    """A student's whole pass: its entries at the samples, how to ask for more of them, and why functions
    that it calls had to be replaced, by their names."""

    exercise: GradedExercise
    samples: Sequence[Sample]
    answers: Answers
    again: Again
    failed: Mapping[str, Rejected] = field(default_factory=dict)
    replaced: Sequence[str] = ()  # parts in whose place numbers stand that mean nothing

    @cached_property
    def single(self) -> float:
        """The tolerance for entries in single precision: errors add up if all the pass was computed in it."""
        arrays = [a for answer in self.answers for a in answer.values() if not isinstance(a, Rejected)]
        throughout = all(tolerance.is_single(array) for array in arrays)
        return tolerance.SINGLE_THROUGHOUT if throughout else tolerance.SINGLE

    def entries(self, quantity: str) -> list[Any]:
        """What it gives for a quantity, at each sample."""
        return [answer[quantity] for answer in self.answers]

    @cached_property
    def _moved(self) -> Sequence[tuple[Sample, Entries]]:
        """The first sample once more, and others that differ from it in one input each, with the student's
        entries there; none if the pass fails at one of them."""
        samples = [self.samples[0], *_moved_samples(self.exercise, self.samples)]
        try:
            return list(zip(samples, self.again(samples, self.replaced), strict=True))
        except Rejected:
            return []

    def depends(self, quantity: str) -> bool:
        """Whether an entry depends on more than half of the inputs that the true gradient depends on, and
        on nothing else: on neither chance nor what was called before."""
        if not self._moved:
            return False
        (first, again), *moved = self._moved
        true, own = first.gradients[quantity], self.answers[0][quantity]
        inputs = [e for s, e in moved if not np.array_equal(s.gradients[quantity], true)]
        depending = sum(not _equal(entries[quantity], own) for entries in inputs)
        return _equal(again[quantity], own) and 2 * depending > len(inputs)


def _equal(one: Any, other: Any) -> bool:
    return not isinstance(one, Rejected) and np.array_equal(one, other)


def _moved_samples(exercise: GradedExercise, samples: Sequence[Sample]) -> Iterator[Sample]:
    """Samples that differ from the first one in one input each, which comes from another sample; an input
    that has another shape in all of them is turned round."""
    first, *others = samples
    inputs = {letter: first.values[letter] for letter in exercise.public.inputs}
    for letter, value in inputs.items():
        found = [o.values[letter] for o in others if np.shape(o.values[letter]) == np.shape(value)]
        different = [v for v in (*found, np.flip(value)) if not np.array_equal(v, value)]
        if different:
            yield sample_at(exercise, {**inputs, letter: different[0]})
