"""One set of test inputs: a real forward pass with all its gradients.

Unrelated intermediate values would reject a right formula.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from backprop_lab.model import Upstream, Values, WholePass

from .exercise import GradedExercise


@dataclass(frozen=True, eq=False)
class Sample:
    """A forward pass and the reference gradients there, both by letter."""

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


def drawn(exercise: GradedExercise, source: random.Random) -> Iterator[Sample]:
    """Yield samples of well-posed inputs, without end."""
    while True:
        values = exercise.public.forward(exercise.draw(source))
        if exercise.well_posed(values):
            yield Sample(values, exercise.backward(values))
