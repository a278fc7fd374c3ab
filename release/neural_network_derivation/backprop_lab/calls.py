"""A call of a student's function, as it is written in a cell: every digit is there, so it gives the same."""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

WIDTH = 76  # characters, without the four in front of each line of a message
LARGEST = 200  # numbers that somebody wants to paste
ARRAY = "np.array("


def _argument(value: Any) -> str:
    if not np.ndim(value):
        return repr(float(value))
    array = np.array2string(
        np.asarray(value),
        separator=", ",
        formatter={"float_kind": lambda number: repr(float(number))},
        max_line_width=WIDTH - len("),"),
        prefix=f"    {ARRAY}",
        threshold=sys.maxsize,
    )
    return f"{ARRAY}{array})"


def call_written(name: str, arguments: Sequence[Any]) -> str:
    """The call of a function with these numbers and arrays; "" if there are too many numbers."""
    if sum(np.size(value) for value in arguments) > LARGEST:
        return ""
    written = [_argument(value) for value in arguments]
    short = f"{name}({', '.join(written)})"
    if len(short) <= WIDTH and "\n" not in short:
        return short
    return "\n".join([f"{name}(", *(f"    {one}," for one in written), ")"])
