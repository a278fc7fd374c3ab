"""Whether a computation graph can be asked about: the first thing that is wrong with it, in a sentence."""

import keyword
import random
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from backprop_lab import complex_step, numerical_gradient
from backprop_lab.model import Exercise, Operation, Values

from ..judging import shapes
from ..judging.drawing import Draw

DRAWS = 20  # forward passes at which a graph has to be sound
DIGITS = 1e-5  # to which the complex step and central differences agree where an operation is smooth
SPARE = (
    "functions that take complex numbers are in backprop_lab.functions: relu, absolute, maximum, sigma, "
    "softplus, softmax, log_softmax, log_sum_exp"
)

TAKEN = {"check", "example", "forward", "np", "slope", "upstream", "values"}  # by the notebook
BAD_LETTER = (
    "{letter!r} is no name for a quantity: it has to be a Python name, such as w or W_1, and none that the "
    "notebook uses."
)
TWICE = "{letter} is made twice: by the operations number {first} and {second}."
MADE_INPUT = "{letter} is an input of the example, and an operation makes it, too: give one another name."
CYCLE = "the operations go round in a circle: {cycle}. A forward pass has an end."
ORDER = "the operation {output} takes {letter}, which is made below it. Put {letter} first."
UNKNOWN = "the operation {output} takes {letter}, which is no input of the example and made by no operation."
UNUSED_INPUT = "the example gives {letter}, and no operation takes it. Leave it out, or use it."
UNUSED = (
    "the operation {output} is made, and nothing takes it. The last operation has to be the loss; here it is "
    "{loss}."
)
BAD_NUMBERS = "the example's {letter} is no array of finite numbers."
SIZE = "SHAPES says {declared} of {letter}, and in the example its shape is {shape}."
TWO_SIZES = "SHAPES calls two different sizes {name}: {first} and {second}."
RAISES = "the operation {output} cannot be computed {where} ({kind}: {reason}). It was given {given}."
NOT_FINITE = "the operation {output} gives {what} {where}. It was given {given}.{remedy}"
A_NUMBER, FINITE = "what is no number", "a value that is not finite"
AT_EXAMPLE = "at the example"
AT_SIZES = "with other sizes, {sizes}"
AT_OTHERS = "at other numbers like the example's"
REMEDY = " If an input has to be positive, name it: POSITIVE = ({letter!r},)."
NOT_SCALAR = "the loss {loss} has to be one number, and at the example its shape is {shape}. It comes last."
CHANGES = "the operation {output} gives another value each time: it must depend on its inputs alone."
NO_COMPLEX = (
    "the operation {output} does not accept complex numbers in {letter} ({reason}), which the complex step "
    "needs; {spare}."
)
NOT_SMOOTH = (
    "the operation {output} cannot be differentiated in {letter} by the complex step: it gives "
    "{complex:.6g}, and central differences give {central:.6g}. Either it is not smooth at the example, or "
    "it does not keep imaginary parts; {spare}."
)
NO_EFFECT = (
    "the loss {loss} does not change with {letter}: its gradient is 0 everywhere, and there is nothing to "
    "ask. Is an operation between them not smooth? If {letter} is data, name it: DATA = ({letter!r},)."
)
NOTHING_ASKED = "all inputs are DATA, and nothing lies between them and the loss: there is nothing to ask."

Faults = Iterator[str]


# The graph alone


def _letters(exercise: Exercise) -> Faults:
    outputs = [operation.output for operation in exercise.graph]
    for letter in (*exercise.inputs, *outputs):
        if not letter.isidentifier() or keyword.iskeyword(letter) or letter in TAKEN:
            yield BAD_LETTER.format(letter=letter)
        if letter in outputs and letter in exercise.inputs:
            yield MADE_INPUT.format(letter=letter)
    for place, letter in enumerate(outputs):
        if letter in outputs[:place]:
            yield TWICE.format(letter=letter, first=outputs.index(letter) + 1, second=place + 1)


def _order(exercise: Exercise) -> Faults:
    made = {operation.output: operation.inputs for operation in exercise.graph}
    try:
        TopologicalSorter(made).prepare()
    except CycleError as error:
        yield CYCLE.format(cycle=" → ".join(error.args[1]))
    known = set(exercise.inputs)
    for operation in exercise.graph:
        for letter in operation.inputs:
            if letter not in known:
                words = ORDER if letter in made else UNKNOWN
                yield words.format(output=operation.output, letter=letter)
        known.add(operation.output)


def _used(exercise: Exercise) -> Faults:
    taken = {letter for operation in exercise.graph for letter in operation.inputs}
    yield from (UNUSED_INPUT.format(letter=letter) for letter in exercise.inputs if letter not in taken)
    for operation in exercise.graph[:-1]:
        if operation.output not in taken:
            yield UNUSED.format(output=operation.output, loss=exercise.loss)


# Its numbers


def _is_numeric(array: Any) -> bool:
    return array.dtype.kind in "fiu"


def _numbers(exercise: Exercise) -> Faults:
    for letter, value in exercise.example().items():
        array = np.asarray(value)
        if not _is_numeric(array) or not np.isfinite(array).all():
            yield BAD_NUMBERS.format(letter=letter)


def _sizes(exercise: Exercise) -> Faults:
    said: dict[str, int] = {}
    for letter, named in shapes.declared(exercise).items():
        shape = np.shape(exercise.example()[letter])
        pairs = list(zip(named, shape, strict=False))
        if len(named) != len(shape) or any(isinstance(n, int) and n != size for n, size in pairs):
            yield SIZE.format(declared=named, letter=letter, shape=shape)
        for name, size in pairs:
            if isinstance(name, str) and said.setdefault(name, size) != size:
                yield TWO_SIZES.format(name=name, first=said[name], second=size)


def _given(operation: Operation, values: Mapping[str, Any]) -> str:
    """The shapes of what an operation takes, in words."""
    found = ((letter, np.shape(values[letter])) for letter in operation.inputs)
    return ", ".join(
        f"{letter} of shape {shape}" if shape else f"the number {letter}" for letter, shape in found
    )


def _made(operation: Operation, values: Mapping[str, Any], where: str, remedy: str) -> tuple[Any, str]:
    """What an operation makes, and what is wrong with it."""
    given = [values[letter] for letter in operation.inputs]
    words = {"output": operation.output, "given": _given(operation, values), "where": where}
    try:
        with np.errstate(all="ignore"):
            made, again = (np.asarray(operation.function(*given)) for _ in range(2))
    except Exception as error:
        return None, RAISES.format(kind=type(error).__name__, reason=error, **words)
    if not _is_numeric(made):
        return None, NOT_FINITE.format(what=A_NUMBER, remedy="", **words)
    if not np.isfinite(made).all():
        return None, NOT_FINITE.format(what=FINITE, remedy=remedy, **words)
    return made[()], "" if np.array_equal(made, again) else CHANGES.format(**words)


def _computed(exercise: Exercise, inputs: Values, where: str, remedy: str = "") -> Faults:
    """What is wrong with the forward pass at these inputs."""
    values = dict(inputs)
    for operation in exercise.graph:
        values[operation.output], fault = _made(operation, values, where, remedy)
        if fault:
            yield fault
            return
    if shape := np.shape(values[exercise.loss]):
        yield NOT_SCALAR.format(loss=exercise.loss, shape=shape)


def _at_the_example(exercise: Exercise) -> Faults:
    yield from _computed(exercise, exercise.example(), AT_EXAMPLE)


def _at_other_sizes(exercise: Exercise) -> Faults:
    usual = shapes.example_sizes(exercise)
    for name, size in usual.items():
        sizes = {**usual, name: size + 1}
        words = ", ".join(f"{name} = {size}" for name, size in sizes.items())
        yield from _computed(exercise, shapes.inputs_of(exercise, sizes), AT_SIZES.format(sizes=words))


def _at_other_numbers(exercise: Exercise, draw: Draw) -> Faults:
    source, sizes = random.Random(1), shapes.example_sizes(exercise)
    remedy = REMEDY.format(letter=exercise.inputs[-1])
    for _ in range(DRAWS):
        yield from _computed(exercise, draw(source, sizes), AT_OTHERS, remedy)


# Its slopes


def _weighted(operation: Operation, values: Values, letter: str) -> Callable[[Any], Any]:
    """An operation as a function of one of its inputs, its entries weighted to one number."""
    weights = np.random.default_rng(0).normal(size=np.shape(values[operation.output]))

    def reached(value: Any) -> Any:
        moved = {**values, letter: value}
        return np.sum(weights * operation.function(*(moved[i] for i in operation.inputs)))

    return reached


def _rough_in(operation: Operation, values: Values, letter: str) -> str:
    """What is wrong with the slope of an operation in one of its inputs."""
    reached, words = _weighted(operation, values, letter), {"output": operation.output, "letter": letter}
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            found = np.ravel(complex_step(reached, values[letter]))
    except (TypeError, ValueError, np.exceptions.ComplexWarning) as error:
        return NO_COMPLEX.format(reason=error, spare=SPARE, **words)
    central = np.ravel(numerical_gradient(reached, values[letter]))
    worst = int(np.argmax(np.abs(found - central)))
    if abs(found[worst] - central[worst]) <= DIGITS * max(1.0, np.abs(central).max()):
        return ""
    return NOT_SMOOTH.format(complex=found[worst], central=central[worst], spare=SPARE, **words)


def _smooth(exercise: Exercise, letters: Collection[str]) -> Faults:
    values = exercise.forward(exercise.example())
    pairs = [(o, letter) for o in exercise.graph for letter in o.inputs if letter in letters]
    yield from filter(None, (_rough_in(operation, values, letter) for operation, letter in pairs))


def _effective(exercise: Exercise, letters: Collection[str], draw: Draw) -> Faults:
    """Every gradient that is asked for is different from 0 somewhere."""
    source, sizes = random.Random(2), shapes.example_sizes(exercise)
    passes = [exercise.forward(draw(source, sizes)) for _ in range(DRAWS)]
    for letter in letters:
        if not any(_moves(exercise, letter, values) for values in passes):
            yield NO_EFFECT.format(loss=exercise.loss, letter=letter)


def _moves(exercise: Exercise, letter: str, values: Values) -> bool:
    slope = complex_step(lambda value: exercise.loss_when(values, letter, value), values[letter])
    return bool(np.any(slope))


def faults(exercise: Exercise, data: Collection[str], draw: Draw) -> Faults:
    """All that is wrong, the simplest first; what comes later may need that the rest is right."""
    for check in (_letters, _order, _used, _numbers, _sizes, _at_the_example, _at_other_sizes):
        yield from check(exercise)
    outputs = [operation.output for operation in exercise.graph[:-1]]
    letters = [letter for letter in (*exercise.inputs, *outputs) if letter not in data]
    if not letters:
        yield NOTHING_ASKED
    yield from _smooth(exercise, letters)
    yield from _at_other_numbers(exercise, draw)
    yield from _effective(exercise, letters, draw)


def fault(exercise: Exercise, data: Collection[str], draw: Draw) -> str:
    """The first thing that is wrong with a graph, in a sentence; "" if it is sound."""
    return next(faults(exercise, data, draw), "")
