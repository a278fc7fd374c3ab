"""The computation graph in words: how it goes, its numbers, and which gradients are right, wrong and open."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from .model import Exercise, Values
from .validation import Status

COUNT = "{done} of {count} gradients right"
CAPTION = "To the right: the forward pass. To the left: the gradients on their way back."
GRAPH = "The computation graph: values flow forward to the loss {loss}, and gradients flow back from it."
WHOLE = "The whole backward pass is {status}."
VALUES = "Values: {values}."


def listed(letters: Collection[str]) -> str:
    """Several things in a sentence."""
    *first, last = letters
    return f"{', '.join(first)} and {last}" if first else last


def steps(exercise: Exercise) -> str:
    """How the graph goes: u, x and b make g; g makes h."""
    made = (
        f"{listed([exercise.symbol(i) for i in o.inputs])} {'make' if len(o.inputs) > 1 else 'makes'} "
        f"{exercise.symbol(o.output)}"
        for o in exercise.graph
    )
    return "; ".join(made) + "."


def table(array: Any, digits: int) -> list[list[str]]:
    """The numbers of an array, a list for each row; those of a vector stand below one another."""
    numbers = np.round(np.asarray(array, dtype=float), digits) + 0.0  # which is never −0
    rows = numbers.reshape(-1, 1) if numbers.ndim < 2 else numbers
    return [[f"{v:.{digits}f}".replace("-", "−") for v in row] for row in rows]


def in_a_line(array: Any, digits: int) -> str:
    """An array as a statement writes it: (1, 2) or, of two rows, (1, 2; 3, 4)."""
    rows = [", ".join(row) for row in table(array, digits)]
    return f"({('; ' if np.ndim(array) > 1 else ', ').join(rows)})" if np.ndim(array) else rows[0]


def progress(status: Mapping[str, Status]) -> str:
    """How many gradients are right."""
    return COUNT.format(done=sum(s is Status.RIGHT for s in status.values()), count=len(status))


def _numbers(exercise: Exercise, values: Values, gradients: Values) -> Iterator[str]:
    if values:
        said = (f"{exercise.symbol(name)} = {in_a_line(v, 2)}" for name, v in values.items())
        yield VALUES.format(values=", ".join(said))
    for name, gradient in gradients.items():
        yield f"{exercise.gradient(name)} = {in_a_line(gradient, 3)}."


def describe(
    exercise: Exercise,
    status: Mapping[str, Status],
    whole: Status = Status.OPEN,
    values: Values | None = None,
    gradients: Values | None = None,
) -> str:
    """What a picture of the graph shows."""
    parts = [GRAPH.format(loss=exercise.symbol(exercise.loss)), progress(status) + "."]
    for kind in (Status.RIGHT, Status.WRONG, Status.OPEN):
        if found := [exercise.gradient(q) for q, s in status.items() if s is kind]:
            parts.append(f"{kind.capitalize()}: {', '.join(found)}.")
    if whole is not Status.OPEN:
        parts.append(WHOLE.format(status=whole))
    return " ".join([*parts, *_numbers(exercise, values or {}, gradients or {})])
