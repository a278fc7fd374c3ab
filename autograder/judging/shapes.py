"""Shapes with names in them: (N, 2) in place of (4, 2), where the number of examples varies."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from backprop_lab.model import Exercise, Values

DOES_NOT_FIT = "an array of shape {shape} stands where {named} is expected"

Shape = tuple[int | str, ...]


def declared(exercise: Exercise) -> Mapping[str, Shape]:
    """The shapes of the inputs, by letter."""
    example = {letter: tuple(np.shape(value)) for letter, value in exercise.example().items()}
    return {**example, **(exercise.shapes or {})}


def sizes_of(named: Sequence[Shape], arrays: Sequence[Any]) -> dict[str, int]:
    """What the names in these shapes stand for, where they are those of these arrays; raises ValueError where
    they do not fit."""
    found: dict[str, int] = {}
    for shape, array in zip(named, arrays, strict=True):
        for name, size in zip(shape, np.shape(array), strict=True):
            if size != (found.setdefault(name, size) if isinstance(name, str) else name):
                raise ValueError(DOES_NOT_FIT.format(shape=np.shape(array), named=shape))
    return found


def example_sizes(exercise: Exercise) -> dict[str, int]:
    """What the names stand for in the example; raises ValueError where a shape does not fit."""
    example, named = exercise.example(), declared(exercise)
    return sizes_of([named[letter] for letter in example], list(example.values()))


def sized(shape: Shape, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """A shape with its names replaced by sizes."""
    return tuple(sizes[size] if isinstance(size, str) else size for size in shape)


def inputs_of(exercise: Exercise, sizes: Mapping[str, int]) -> Values:
    """The numbers of the example, repeated or cut so that they have these sizes."""
    named, example = declared(exercise), exercise.example()
    return {letter: np.resize(value, sized(named[letter], sizes))[()] for letter, value in example.items()}


def named_shapes(exercise: Exercise) -> dict[str, Shape]:
    """The shape of every quantity, by letter: a size has a name if it goes along with one of that name."""
    sizes = example_sizes(exercise)
    shapes: dict[str, Shape] = {n: np.shape(v) for n, v in exercise.forward(exercise.example()).items()}
    for name, size in sizes.items():
        grown = exercise.forward(inputs_of(exercise, {**sizes, name: size + 1}))
        for letter, value in grown.items():
            pairs = zip(shapes[letter], np.shape(value), strict=True)
            shapes[letter] = tuple(name if now != was and was == size else was for was, now in pairs)
    return shapes
