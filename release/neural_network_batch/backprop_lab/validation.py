"""The validation stages that an answer passes, in order, before its value is looked at.

Each stage raises Rejected with a message for the student. The student's check and the grader
use the same stages, so that both say the same.
"""

import copy
import numbers
import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import numpy as np

from .timeout import OutOfTime, time_limit

TIME_LIMIT = 5.0  # seconds for one call: a thousand times what any answer needs

DEEPEST = 8  # lists within lists that are looked into for text

NOT_ANSWERED = "not answered yet."
NOT_CALLABLE = "is not a function but {kind}. Was its name used for something else?"
OUT_OF_TIME = "did not return within {seconds:g} s. Is there a loop that never ends?"
DIED = "ended its process. Does it crash, exit, or use too much memory?"
RAISED = "raised {kind}{detail}"
NO_RESULT = "returned None. Is there a `return` in every case?"
NOT_NUMERIC = "returned {kind}, which is not numeric. Return {wanted}."
RAGGED = "returned {kind} that NumPy does not read as an array of numbers: {reason}"
COMPLEX = "returned complex numbers. Every quantity here is real."
BOOLEAN = "returned True or False in place of numbers."
A_NUMBER = "a single number"
SHAPE_NUMBER = "wrong shape: got {got}; {gradient} is a single number, like {quantity}."
SHAPE_ARRAY = "wrong shape: got {got}; {gradient} has the shape of {quantity}, {shape}."
NOT_FINITE = "returned {what}. Is there a division by zero or an overflow?"


class Stage(StrEnum):
    """The validation stages of an answer, in their order."""

    DEFINED = "defined"
    CALLABLE = "callable"
    ANSWERED = "answered"
    RETURNS = "returns"
    NUMERIC = "numeric"
    SHAPE = "shape"
    FINITE = "finite"
    VALUE = "value"


class Status(StrEnum):
    """How an answer stands: with partial credit, with no answer there yet, or with nothing found out."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    OPEN = "open"
    NEEDS_REVIEW = "review"


@dataclass(frozen=True)
class Cause:
    """What lies behind a rejection: the function, and the error that it raised or, if it returned, None."""

    function: Any
    error: BaseException | None = None


class Rejected(Exception):
    """An answer that failed a validation `stage`: `message` says why in a student's words, `line` is
    the line of the student's code that raised, where it can be told, and `cause` what more can be read."""

    def __init__(self, stage: Stage, message: str, line: str = "", cause: Cause | None = None) -> None:
        super().__init__(message)
        self.stage = stage
        self.message = message
        self.line = line
        self.cause = cause


class Died(Exception):
    """Raised by a function that runs in another process, when that process has ended."""


class Raised(Exception):
    """Raised by a function that runs in another process, in place of what it raised there: `kind` is the
    name of that exception, `line` the line of the student's that raised it."""

    def __init__(self, text: str, kind: str, line: str = "") -> None:
        super().__init__(text)
        self.kind, self.line = kind, line


class NotData:
    """Stands for an answer of which only the name of its type came over from another process."""

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name


def kind_of(value: Any) -> str:
    """The type of a value with its article, for a sentence."""
    name = value.type_name if isinstance(value, NotData) else type(value).__name__
    return f"{'an' if name[:1] in 'aeiouAEIOU' or name == 'ndarray' else 'a'} {name}"


def _words(error: BaseException) -> str:
    """What an exception says, whatever its class makes of that."""
    try:
        return str(error)[:200].encode("utf-8", "replace").decode()
    except Exception:
        return ""


def _line(error: BaseException, function: Any) -> str:
    """The line of the student's function that raised, where it can be told."""
    if isinstance(error, Raised):
        return error.line
    code = getattr(function, "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if code is not None and f.filename == code.co_filename]
    return (own[-1].line or "") if own else ""


def failure(error: BaseException, function: Any) -> Rejected:
    """The reason for which a function that raised this error is rejected."""
    if isinstance(error, NotImplementedError):
        return Rejected(Stage.ANSWERED, NOT_ANSWERED, cause=Cause(function, error))
    text = _words(error)
    kind = error.kind if isinstance(error, Raised) else type(error).__name__
    message = RAISED.format(kind=kind, detail=f": {text}" if text else "")
    return Rejected(Stage.RETURNS, message, _line(error, function), Cause(function, error))


def _attempt(
    function: Callable[..., Any], arguments: list[Any], read: Callable[[Any], Any], seconds: float
) -> Any:
    """Call and read: an answer may hold code of the student's, too."""
    keeps_time = getattr(function, "keeps_time", False)  # as one in another process does
    try:
        with nullcontext() if keeps_time else time_limit(seconds):
            return read(function(*arguments))
    except (Rejected, KeyboardInterrupt):
        raise
    except Died:
        raise Rejected(Stage.RETURNS, DIED) from None
    except OutOfTime:
        raise Rejected(Stage.RETURNS, OUT_OF_TIME.format(seconds=seconds)) from None
    except BaseException as error:
        raise failure(error, function) from None


def call(
    function: Callable[..., Any],
    arguments: Sequence[Any],
    read: Callable[[Any], Any],
    seconds: float | None = None,
) -> tuple[Any, list[int]]:
    """What `read` makes of the function's answer to copies of the arguments, and which of them the
    function changed in place.

    Raises Rejected at the stage "callable", "answered" (NotImplementedError) or "returns", or at the
    stage at which `read` does.
    """
    if not callable(function):
        raise Rejected(Stage.CALLABLE, NOT_CALLABLE.format(kind=kind_of(function)))
    given = copy.deepcopy(list(arguments))
    answer = _attempt(function, given, read, TIME_LIMIT if seconds is None else seconds)
    pairs = enumerate(zip(arguments, given, strict=True))
    return answer, [i for i, (before, after) in pairs if not np.array_equal(before, after)]


def is_real(value: Any) -> bool:
    """Whether a value is one real number: Python's, a fraction, a decimal, NumPy's."""
    return isinstance(value, numbers.Real | Decimal) and not isinstance(value, bool | np.bool_)


def as_numbers(array: Any) -> Any:
    """An array of objects that are all real numbers, as an array of floats; every other one as it is."""
    if array.dtype.kind == "O" and array.size and all(map(is_real, array.flat)):
        return array.astype(float)
    return array


def _holds_text(answer: Any, depth: int) -> bool:
    if isinstance(answer, list | tuple):
        return depth > 0 and any(_holds_text(item, depth - 1) for item in answer)
    return isinstance(answer, str | bytes)


def _as_array(answer: Any) -> Any:
    """A copy, because a function may hand out the same array again and again."""
    if isinstance(answer, list | tuple) and _holds_text(answer, DEEPEST):
        return np.array("text")  # NumPy would make every number a text as long as the longest
    try:
        plain = is_real(answer) and not isinstance(answer, np.generic)
        return as_numbers(np.array(float(answer) if plain else answer))
    except OverflowError:
        raise Rejected(Stage.FINITE, NOT_FINITE.format(what="a number beyond any float")) from None
    except ValueError as error:
        raise Rejected(Stage.NUMERIC, RAGGED.format(kind=kind_of(answer), reason=error)) from None


def numeric(answer: Any, wanted: str = "numbers") -> Any:
    """The answer as an array of numbers (kinds f, i, u), in the precision it came in.

    Raises Rejected at the stage "numeric" for None, strings, objects, complex and booleans.
    """
    if answer is None:
        raise Rejected(Stage.NUMERIC, NO_RESULT)
    array = _as_array(answer)
    if array.dtype.kind == "c":
        raise Rejected(Stage.NUMERIC, COMPLEX)
    if array.dtype.kind == "b":
        raise Rejected(Stage.NUMERIC, BOOLEAN)
    if array.dtype.kind not in "fiu":
        raise Rejected(Stage.NUMERIC, NOT_NUMERIC.format(kind=kind_of(answer), wanted=wanted))
    return array


def shaped(array: Any, shape: tuple[int, ...], gradient: str, quantity: str) -> Any:
    """The array, if it has the shape of the quantity; raises Rejected at the stage "shape"."""
    if array.shape == shape:
        return array
    message = SHAPE_ARRAY if shape else SHAPE_NUMBER
    words = {"gradient": gradient, "quantity": quantity, "shape": shape}
    raise Rejected(Stage.SHAPE, message.format(got=array.shape or A_NUMBER, **words))


def finite(array: Any) -> Any:
    """The array, if it holds neither NaN nor infinity; raises Rejected at the stage "finite"."""
    if np.all(np.isfinite(array)):
        return array
    what = "NaN (not a number)" if np.any(np.isnan(array)) else "infinity"
    raise Rejected(Stage.FINITE, NOT_FINITE.format(what=what))
