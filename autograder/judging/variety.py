"""What numbers show: on which sides of every edge they lie, and in which orders they come.

An answer made with abs, max, clip, sort, or for some inputs only, is right on one side of an edge and wrong
on the other. A set of test inputs that shows both sides finds it out; single inputs, however many, may not.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

LARGE = 5.0
EDGES = np.array(
    [0.0, 1.0, LARGE, 10.0]
)  # of a sign or an absolute value; of a clip that a person would write


def shown(columns: Sequence[Any], entries: Sequence[Any]) -> tuple[Any, Any]:
    """What arrays show, as two arrays of truth values: which edges the entries of each of the `columns` go
    beyond, downwards and upwards; on which side of 0 each single one of the `entries` lies, whose shapes are
    the same in all samples, and whether it is large."""
    flat, single = (np.concatenate(arrays, axis=None) for arrays in (columns, entries or [()]))
    starts = [0, *accumulate(np.size(column) for column in columns[:-1])]
    ends = np.maximum.reduceat(np.array([-flat, flat]), starts, axis=1)
    return ends[..., None] > EDGES, np.array([single < 0, single > 0, np.abs(single) > LARGE])


def packed(truths: Sequence[Any]) -> int:
    """Arrays of truth values as the bits of a number."""
    return int.from_bytes(np.packbits(np.concatenate(truths, axis=None)).tobytes(), "big")


def _varies(orders: Any) -> bool:
    """Whether arrays that are laid upon each other differ."""
    return bool((orders != orders[0]).any())


def has_orders(arrays: Sequence[Any]) -> bool:
    """Whether the entries of these arrays come in more than one order along every axis that has several."""
    if len({np.shape(array) for array in arrays}) > 1:
        return True
    together = np.array(arrays)
    axes = [axis for axis, length in enumerate(together.shape) if axis and length > 1]
    return all(_varies(together.argsort(axis)) for axis in axes)
