"""Names of the student's, as the grader's cells see them: functions that are called far away."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from backprop_lab import validation
from backprop_lab.parts import Failure, Parts, Survived, reasons
from backprop_lab.timeout import OutOfTime
from backprop_lab.validation import DIED, OUT_OF_TIME, Died, Raised

from ..sandbox.client import OutOfPatience, ProcessDied
from ..sandbox.protocol import NotTheProtocol, decode
from .session import Session

LIMIT = "{name} {what}"


def _exception(kind: Any, text: Any, line: Any) -> Exception:
    """The student's exception, as data made it over."""
    if kind == "NotImplementedError":
        return NotImplementedError(str(text))
    name = str(kind) if str(kind).isidentifier() else "Exception"
    return Raised(str(text)[:200], name[:60], str(line)[:200])


def _take_changes(arguments: Sequence[Any], changed: Any) -> None:
    """Change the arguments here as the function changed its copies there."""
    for position, data in changed.items() if isinstance(changed, dict) else ():
        value, index = decode(data), int(position) if str(position).isdigit() else len(arguments)
        mine = arguments[index] if index < len(arguments) else None
        if isinstance(mine, np.ndarray) and np.shape(value) == mine.shape:
            np.copyto(mine, value, casting="unsafe")


class RemoteFunction:
    """A function of the student's: calling it sends numbers there and brings numbers back."""

    keeps_time = True

    def __init__(self, session: Session, name: str) -> None:
        self._session, self.__name__ = session, name
        self._coming: Iterator[dict[str, Any]] = iter(())

    def expect(self, cases: Sequence[Sequence[Any]], parts: Sequence[Parts] = ()) -> None:
        """Be told of the next calls: they are all sent at once, which takes a fraction of the time."""
        self._coming = self._ask(cases, parts)

    def surviving(self, parts: Parts) -> "RemotePass":
        """The same function as a whole pass that survives its parts."""
        return RemotePass(self, parts)

    def _ask(self, cases: Sequence[Sequence[Any]], parts: Sequence[Parts]) -> Iterator[dict[str, Any]]:
        seconds = min(validation.TIME_LIMIT, self._session.time_left())
        if seconds <= 0:
            raise OutOfPatience
        yield from self._session.process().calls(self.__name__, cases, seconds, parts)

    def _answer(self, arguments: Sequence[Any], parts: Sequence[Parts]) -> dict[str, Any]:
        """The answer to a call that was expected, or to one that was not."""
        expected = next(self._coming, None)
        return next(self._ask([arguments], parts)) if expected is None else expected

    def _incident(self, error: BaseException) -> BaseException:
        """Note that the function ran into a limit."""
        late = OUT_OF_TIME.format(seconds=validation.TIME_LIMIT)
        what = late if isinstance(error, OutOfTime) else DIED
        self._session.incidents.append(LIMIT.format(name=self.__name__, what=what))
        return error

    def _raised(self, data: Mapping[str, Any]) -> Exception:
        """What was raised there. A package that is not there is noted."""
        self._session.lacking.note_call(data.get("kind"), data.get("text"))
        return _exception(data.get("kind"), data.get("text"), data.get("line"))

    def call(self, arguments: Sequence[Any], *parts: Parts) -> tuple[Any, list[Failure]]:
        """What the student's function returns for these arguments, as plain data, and which of its parts
        had to be replaced.

        Raises Raised for what it raised, OutOfTime if it takes too long, Died if it ends its process.
        """
        try:
            with self._session.clock.measure("calls"):
                answer = self._answer(arguments, parts)
        except OutOfPatience:
            raise self._incident(OutOfTime()) from None
        except ProcessDied:
            raise self._incident(Died()) from None
        if answer.get("late"):
            raise self._incident(OutOfTime())
        if isinstance(raised := answer.get("raised"), dict):
            raise self._raised(raised)
        value = decode(answer.get("value"))
        _take_changes(arguments, answer.get("changed"))
        return value, list(self._failures(answer.get("failed")))

    def _failures(self, failed: Any) -> Iterator[Failure]:
        for data in failed if isinstance(failed, list) else ():
            if not isinstance(data, dict):
                continue
            raised = data.get("raised")
            error = self._raised(raised) if isinstance(raised, dict) else None
            yield Failure(str(data.get("part")), error, decode(data.get("value")))

    def __call__(self, *arguments: Any) -> Any:
        """What the student's function returns for these arguments, as plain data; raises as `call` does."""
        return self.call(arguments)[0]


class RemotePass:
    """A whole pass of the student's that survives its parts."""

    keeps_time = True

    def __init__(self, function: RemoteFunction, parts: Parts) -> None:
        self._function, self._parts = function, parts

    def __call__(self, *arguments: Any) -> Survived:
        """What it returns, and why parts of it had to be replaced; raises as RemoteFunction does."""
        value, failed = self._function.call(arguments, self._parts)
        known = [one for one in failed if one.part in self._parts.shapes]
        return Survived(value, reasons(known, self._parts))


class RemoteNames(Mapping[str, Any]):
    """The names that a graded cell sees: those of the grader first, then the student's."""

    def __init__(self, session: Session, own: dict[str, Any]) -> None:
        self._session, self._own = session, own

    def __getitem__(self, name: str) -> Any:
        if name in self._own:
            return self._own[name]
        try:
            found = self._session.look(name)
            if found.get("callable"):
                return self._own.setdefault(name, RemoteFunction(self._session, name))
            if found.get("defined"):
                return decode(found.get("value"))
        except (OutOfPatience, ProcessDied, NotTheProtocol):  # as good as not defined
            raise KeyError(name) from None
        raise KeyError(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._own[name] = value

    def __iter__(self) -> Any:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)
