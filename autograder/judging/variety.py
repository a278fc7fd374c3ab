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


def shown(products: Sequence[Any], fixed: Sequence[Any], others: Sequence[Any]) -> Sequence[Any]:
    """What arrays show, as arrays of truth values.

    Of each array but the `products`, which edges its entries go beyond, downwards and upwards. Of each single
    entry but those of the `others`, whose shapes are not the same in all samples, on which side of 0 it lies
    and whether it is large.
    """
    arrays = [*products, *fixed, *others]
    starts = [0, *accumulate(map(np.size, arrays))]
    flat = np.concatenate(arrays, axis=None)
    ends = np.maximum.reduceat(np.array([-flat, flat]), starts[len(products) : -1], axis=1)
    single = flat[: starts[len(products) + len(fixed)]]
    return ends[..., None] > EDGES, single < 0, single > 0, np.abs(single) > LARGE


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
