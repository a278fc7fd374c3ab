"""When two answers count as the same: the one table of tolerances, for the check and for the grader.

A correct rearrangement differs from another by rounding only, some 1e-15 of the scale of the
numbers that went in. A central difference is wrong by 2e-12 of it at best. The line between them is
drawn at 1e-13; a test measures both sides. (A difference of high order, or of a linear function, is
as exact as a formula, and cannot be told from one by its value.)

A difference whose rounding falls near that line is on one side here and on the other there: it is luck. So
the check of a single gradient draws it at 1e-14. What passes there passes everywhere; a formula is within
2e-15. In the whole pass the rounding of all steps before adds up, and its line is the grader's.

An answer that was computed in single precision is compared in single precision: the formula is right,
and nobody asked for more digits. It shows: every number of it has only the digits of single precision,
which a number in double precision has by chance once in five hundred million times.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

# As shares of the scale
RIGHT = 1e-13  # an answer and the right one
SURELY = 1e-14  # the same, where the visible check is to promise that it will be right elsewhere, too
SINGLE = 1e-6  # the same, in single precision
SINGLE_THROUGHOUT = 1e-4  # the same, where all steps before it were in single precision, too
MISTAKE = 1e-6  # an answer and a known mistake
NEARLY = 2e-3  # an answer and what is right to a few digits only, such as a numerical gradient
MARGIN = 1e-3  # how far every known mistake is from the right answer at a test input
COMPLEX_STEP = 1e-12  # a formula and the complex step
CENTRAL = 1e-6  # a formula and central differences, which are good to about 1e-9
EQUIVALENT = 1e-9  # a generated mistake that is a right answer of the exercise
ROUNDING = 1e-11  # more than what rounding does to a numerical slope that errs by its step
DECIMALS = range(9)  # that people round to
REACH = 1e6  # how many times a student's own upstream gradient may be off and still be followed


def scale(expected: Any, arguments: Sequence[Any]) -> float:
    """The size of the numbers that decides: of the answer, or of what went into it.

    Where a unit saturates its slope is tiny beside the upstream gradient, and a correct form may
    lose all its digits there: only the error beside the numbers that went in tells.
    """
    return float(max(np.abs(numbers).max() for numbers in (expected, *arguments)))


def is_single(answer: Any) -> bool:
    """Whether every number of an array has the digits of single precision only, whatever its type is now."""
    array = np.asarray(answer, dtype=float)
    with np.errstate(over="ignore"):
        return bool((array.astype(np.float32) == array).all())


def near(answer: Any, other: Any, distance: float) -> bool:
    """Whether two arrays have one shape and differ nowhere by more than `distance`."""
    if np.shape(answer) != np.shape(other):
        return False
    return bool(np.abs(answer - other).max() <= distance)


def are_nearly_right(answers: Sequence[Any], expected: Sequence[Any]) -> bool:
    """Whether all answers are right to a few digits: within a small share of their size or, all of them,
    rounded to some number of decimals."""
    pairs = list(zip(answers, expected, strict=True))
    return are_rounded(answers, expected) or all(near(a, e, NEARLY * np.abs(e).max()) for a, e in pairs)


def are_rounded(answers: Sequence[Any], expected: Sequence[Any]) -> bool:
    """Whether all answers are the right ones rounded to one and the same number of decimals."""
    pairs = list(zip(answers, expected, strict=True))
    return any(
        all(near(a, np.round(e, decimals), COMPLEX_STEP * max(1, np.abs(e).max())) for a, e in pairs)
        for decimals in DECIMALS
    )


def is_right(
    answer: Any, expected: Any, arguments: Sequence[Any], single: float = SINGLE, right: float = RIGHT
) -> bool:
    """Whether a finite answer agrees with the right one for these arguments; `single` is the tolerance for
    an answer in single precision, `right` that for all others."""
    size = scale(expected, arguments)
    if near(answer, expected, right * size):
        return True
    return near(answer, expected, single * size) and is_single(answer)
