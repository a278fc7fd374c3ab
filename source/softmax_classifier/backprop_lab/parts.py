"""The whole pass calls the student's other functions, its parts: which of them fails, and how it goes on
without that one.

The whole pass is called as it is. Only if that gives no numbers it is called again, with its parts watched:
the first one that is to blame is replaced by numbers that mean nothing, in the shape that it should have
returned, so that what was built around it can be judged.
"""

import copy
import functools
import zlib
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .timeout import OutOfTime
from .validation import Cause, Rejected, Stage, failure, finite, numeric, shaped

Names = MutableMapping[str, Any]  # where the whole pass finds them
Fresh = Callable[[], Sequence[Any]]  # the arguments of a call, as nothing has changed them

# How the words of a stage go on after the name of the part.
PREDICATES = {Stage.ANSWERED: "is {message}", Stage.SHAPE: "returned a {message}"}
THE_GRADIENT, THE_QUANTITY = "the gradient", "the quantity itself"
UNDEFINED = "name {part!r} is not defined"


@dataclass(frozen=True)
class Parts:
    """The functions that a whole pass may call: the shapes of what they should return, by their names, and
    which of them are `replaced` in any case."""

    shapes: Mapping[str, Sequence[int]]
    replaced: Sequence[str] = ()


@dataclass(frozen=True)
class Failure:
    """A part that raised an `error` or, where that is None, returned a `value` that is no answer."""

    part: str
    error: BaseException | None = None
    value: Any = None
    function: Any = None

    def _reason(self, shape: Sequence[int]) -> Rejected | None:
        if self.error is not None:
            return failure(self.error, self.function)
        try:
            shaped(finite(numeric(self.value)), tuple(shape), THE_GRADIENT, THE_QUANTITY)
        except Rejected as reason:
            return reason
        except (OutOfTime, KeyboardInterrupt):
            raise
        except BaseException as error:  # it may be an object of the student's, with code in it
            return failure(error, self.function)
        return None

    def reason(self, shape: Sequence[int]) -> Rejected | None:
        """Why it is no answer of this shape, in words that go on after its name; None if it is one."""
        found = self._reason(shape)
        if found is None:
            return None
        words = PREDICATES.get(found.stage, "{message}").format(message=found.message)
        return Rejected(found.stage, words, found.line, found.cause or Cause(self.function))


@dataclass(frozen=True)
class Survived:
    """What the whole pass returned in the end, and why parts of it had to be replaced, by their names."""

    answer: Any
    failed: Mapping[str, Rejected] = field(default_factory=dict)


# Calling it, wherever it runs


def _chain(error: BaseException | None) -> list[BaseException]:
    """An exception, and those that it was raised from."""
    found: list[BaseException] = []
    while error is not None and not any(error is one for one in found):
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _undefined(part: str) -> Callable[..., Any]:
    def undefined(*arguments: Any, **options: Any) -> Any:
        raise NameError(UNDEFINED.format(part=part))

    return undefined


def _stand_in(part: str, shape: Sequence[int], arguments: Sequence[Any]) -> Callable[..., Any]:
    """A function that returns the same numbers each time it is called in one whole pass, and others in a
    pass with other arguments: as a gradient does, it depends on all of them."""
    content = b"".join([part.encode(), *(np.asarray(argument).tobytes() for argument in arguments)])
    numbers = np.random.default_rng(zlib.crc32(content)).normal(size=tuple(shape))[()]
    return lambda *given, **options: copy.copy(numbers)


@dataclass
class _Watch:
    """Notes what the parts do, in the order in which they end."""

    parts: Parts
    seen: list[Failure] = field(default_factory=list)  # not every one of them is a failure

    def _guard(self, part: str, function: Any) -> Callable[..., Any]:
        called = _undefined(part) if function is None else function

        def watched(*arguments: Any, **options: Any) -> Any:
            try:
                value = called(*arguments, **options)
            except OutOfTime:
                raise
            except BaseException as error:
                self.seen.append(Failure(part, error, function=function))
                raise
            self.seen.append(Failure(part, value=value, function=function))
            return value

        return functools.update_wrapper(watched, function) if callable(function) else watched

    @contextmanager
    def over(self, names: Names, failed: Mapping[str, Failure], arguments: Sequence[Any]) -> Iterator[None]:
        """Watch the parts among these names; those that failed are replaced."""
        shapes, replaced = self.parts.shapes, {*failed, *self.parts.replaced}
        before = {part: names[part] for part in shapes if part in names}
        for part, shape in shapes.items():
            names[part] = (
                _stand_in(part, shape, arguments) if part in replaced else self._guard(part, before.get(part))
            )
        try:
            yield
        finally:
            for part in shapes.keys() - before.keys():
                names.pop(part, None)
            names.update(before)

    def blamed(self, error: BaseException | None) -> Failure | None:
        """The first part that returned what is no answer, or else the one that raised the `error` which
        ended the pass. A wrong shape is to blame only for an error: without one it can be judged."""
        for one in self.seen:
            reason = None if one.error is not None else one.reason(self.parts.shapes[one.part])
            if reason and (error is not None or reason.stage is not Stage.SHAPE):
                return one
        raised = [one for one in self.seen if one.error is not None]
        ended = [one for one in raised if any(one.error is ending for ending in _chain(error))]
        return next(iter(raised if error is None else ended), None)


def _attempt(function: Callable[..., Any], arguments: Sequence[Any]) -> tuple[Any, BaseException | None]:
    try:
        return function(*arguments), None
    except (OutOfTime, KeyboardInterrupt):
        raise
    except BaseException as error:
        return None, error


def _is_number(value: Any) -> bool:
    array = np.asarray(value)
    return array.dtype.kind in "fiu" and bool(np.isfinite(array).all())


def _is_whole(answer: Any) -> bool:
    """Whether the whole pass returned numbers, soon."""
    try:
        return isinstance(answer, Mapping) and all(map(_is_number, answer.values()))
    except (OutOfTime, KeyboardInterrupt):
        raise
    except BaseException:  # as of objects of the student's
        return False


def survive(
    function: Callable[..., Any], names: Names, parts: Parts, arguments: Sequence[Any], fresh: Fresh
) -> tuple[Any, list[Failure]]:
    """What a whole pass returns, and the parts that had to be replaced for that.

    It is called with the arguments, and in further calls with `fresh` ones; there are at most as many as
    there are parts, and two. Raises what the whole pass itself raises.
    """
    if not parts.replaced:
        answer, error = _attempt(function, arguments)
        if error is None and _is_whole(answer):
            return answer, []
    failed: dict[str, Failure] = {}
    for _ in range(len(parts.shapes) + 1):
        watch = _Watch(parts)
        with watch.over(names, failed, fresh()):
            answer, error = _attempt(function, fresh())
        if (blamed := watch.blamed(error)) is None:
            break
        failed[blamed.part] = blamed
    if error is not None:
        raise error
    return answer, list(failed.values())


def reasons(failed: Sequence[Failure], parts: Parts) -> dict[str, Rejected]:
    """Why these parts failed, by their names."""
    found = {one.part: one.reason(parts.shapes[one.part]) for one in failed}
    return {part: reason for part, reason in found.items() if reason}


def _names(function: Any) -> Names:
    """The names of the module that a function, a partial one or an object that can be called is from."""
    candidates: tuple[Any, ...] = (function, getattr(function, "func", None), type(function).__call__)
    return next((one.__globals__ for one in candidates if hasattr(one, "__globals__")), {})


@dataclass(frozen=True)
class _Here:
    """A whole pass of this process that survives its parts."""

    function: Callable[..., Any]
    parts: Parts

    @property
    def __code__(self) -> Any:  # by which the line is found that raised
        return getattr(self.function, "__code__", None)

    def __call__(self, *arguments: Any) -> Survived:
        """What the function returns; raises what it raises itself."""
        spare = copy.deepcopy(arguments)
        answer, failed = survive(
            self.function, _names(self.function), self.parts, arguments, lambda: copy.deepcopy(spare)
        )
        return Survived(answer, reasons(failed, self.parts))


def surviving(function: Callable[..., Any], parts: Parts) -> Callable[..., Any]:
    """The whole pass as a function that returns Survived, wherever it runs. What is no function stays
    as it is."""
    if not callable(function):
        return function
    far_away: Callable[[Parts], Callable[..., Survived]] | None = getattr(function, "surviving", None)
    return far_away(parts) if far_away else _Here(function, parts)
