"""One step back through the graph, numerically: the second oracle in place of a formula.

The complex step through the operations that take a quantity, each weighted with the gradient that arrives
from it, gives what the chain rule gives there. From it follow the arguments that the step depends on, and a
reference for a question that nobody has written a formula for.
"""

import random
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from backprop_lab import complex_step, tolerance
from backprop_lab.model import Exercise, Question, Upstream, Values

from . import shapes
from .drawing import Draw

REMEMBERED = 1000  # answers of a reference
DRAWS = 12  # forward passes that tell what a step depends on


def step_back(
    exercise: Exercise, quantity: str, values: Mapping[str, Any], upstream: Mapping[str, Any]
) -> Any:
    """The gradient with respect to a quantity, from the gradients that arrive: `upstream`, by letter of what
    is made from it. Of `values` only the inputs of the operations that take it are used."""
    arriving = {exercise.loss: 1.0, **upstream}

    def reached(value: Any) -> Any:
        moved = {**values, quantity: value}
        made = ((o.output, o.function(*(moved[i] for i in o.inputs))) for o in exercise.consumers(quantity))
        return sum(np.sum(arriving[output] * value) for output, value in made)

    return complex_step(reached, values[quantity])


# What a step depends on


def _passes(exercise: Exercise, draw: Draw) -> Iterator[tuple[Values, Values]]:
    """Pairs of forward passes of one size, at inputs that have nothing to do with each other."""
    source = random.Random(0)
    sizes = shapes.example_sizes(exercise)
    for _ in range(DRAWS):
        yield exercise.forward(draw(source, sizes)), exercise.forward(draw(source, sizes))


def _depends(exercise: Exercise, draw: Draw, quantity: str, letter: str) -> bool:
    """Whether the step back to a quantity changes with another one."""
    noise = np.random.default_rng(0)
    for values, others in _passes(exercise, draw):
        upstream = {o.output: noise.normal(size=np.shape(values[o.output])) for o in exercise.graph[:-1]}
        before = step_back(exercise, quantity, values, upstream)
        after = step_back(exercise, quantity, {**values, letter: others[letter]}, upstream)
        if not tolerance.near(before, after, tolerance.EQUIVALENT * np.abs(before).max()):
            return True
    return False


def given_for(exercise: Exercise, draw: Draw, quantity: str) -> tuple[str | Upstream, ...]:
    """The arguments that the step back to a quantity really depends on: the gradients that arrive, then the
    quantities. The quantity itself is one of them where its own size could not be told without it."""
    consumers = exercise.consumers(quantity)
    arriving = [Upstream(o.output) for o in reversed(consumers) if o.output != exercise.loss]
    letters = dict.fromkeys(letter for o in consumers for letter in o.inputs)
    found = [letter for letter in letters if _depends(exercise, draw, quantity, letter)]
    named = shapes.named_shapes(exercise)
    told = {name for letter in (*(u.of for u in arriving), *found) for name in named[letter]}
    if any(isinstance(name, str) and name not in told for name in named[quantity]):
        found.append(quantity)
    return (*arriving, *found)


# A reference without a formula


def _remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays that knows again what it was asked last: the judge asks it again and again."""
    found: OrderedDict[tuple[Any, ...], Any] = OrderedDict()

    def remembering(*arguments: Any) -> Any:
        arrays = [np.asarray(argument) for argument in arguments]
        key = tuple((array.shape, array.dtype.str, array.tobytes()) for array in arrays)
        if key not in found:
            found[key] = function(*arguments)
            if len(found) > REMEMBERED:
                found.popitem(last=False)
        return np.copy(found[key])[()]

    return remembering


def numerical_reference(exercise: Exercise, question: Question) -> Callable[..., Any]:
    """A function of the question's arguments that gives what a right formula gives, to rounding. Quantities
    that it does not depend on have the example's numbers."""
    named = shapes.named_shapes(exercise)
    usual = shapes.example_sizes(exercise)
    found: dict[tuple[int, ...], Values] = {}
    of_arguments = [named[g.of if isinstance(g, Upstream) else g] for g in question.given]

    def computed(*arguments: Any) -> Any:
        sizes = {**usual, **shapes.sizes_of(of_arguments, arguments)}
        pairs = list(zip(question.given, arguments, strict=True))
        known = {g: value for g, value in pairs if not isinstance(g, Upstream)}
        upstream = {g.of: value for g, value in pairs if isinstance(g, Upstream)}
        key = tuple(sizes.values())
        if key not in found:
            found[key] = exercise.forward(shapes.inputs_of(exercise, sizes))
        return step_back(exercise, question.wrt, {**found[key], **known}, upstream)

    return _remembered(computed)


@cache
def _is_written(formula: Callable[..., Any], arguments: int) -> bool:
    try:
        formula(*[1.0] * arguments)
    except NotImplementedError:
        return False
    except Exception:  # it is written, and takes no plain numbers
        return True
    return True


def is_written(question: Question, gradients: Mapping[str, Callable[..., Any]]) -> bool:
    """Whether there is a formula for a question: one that is still to be written raises
    NotImplementedError."""
    return question.name in gradients and _is_written(gradients[question.name], len(question.given))


def completed(
    exercise: Exercise, gradients: Mapping[str, Callable[..., Any]]
) -> Mapping[str, Callable[..., Any]]:
    """The formulas by question and, for those that nobody has written yet, the numerical reference."""
    return {
        q.name: gradients[q.name] if is_written(q, gradients) else numerical_reference(exercise, q)
        for q in exercise.questions
    }
