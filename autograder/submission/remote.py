"""Names of the student's, as the grader's cells see them: functions that are called far away."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from backprop_lab import validation
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


def _take_changes(arguments: tuple[Any, ...], changed: Any) -> None:
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

    def expect(self, cases: Sequence[Sequence[Any]]) -> None:
        """Be told of the next calls: they are all sent at once, which takes a fraction of the time."""
        self._coming = self._ask(cases)

    def _ask(self, cases: Sequence[Sequence[Any]]) -> Iterator[dict[str, Any]]:
        seconds = min(validation.TIME_LIMIT, self._session.time_left())
        if seconds <= 0:
            raise OutOfPatience
        yield from self._session.process().calls(self.__name__, cases, seconds)

    def _answer(self, arguments: Sequence[Any]) -> dict[str, Any]:
        """The answer to a call that was expected, or to one that was not."""
        expected = next(self._coming, None)
        return next(self._ask([arguments])) if expected is None else expected

    def _incident(self, error: BaseException) -> BaseException:
        """Note that the function ran into a limit."""
        late = OUT_OF_TIME.format(seconds=validation.TIME_LIMIT)
        what = late if isinstance(error, OutOfTime) else DIED
        self._session.incidents.append(LIMIT.format(name=self.__name__, what=what))
        return error

    def __call__(self, *arguments: Any) -> Any:
        """What the student's function returns for these arguments, as plain data.

        Raises Raised for what it raised, OutOfTime if it takes too long, Died if it ends its process.
        """
        try:
            answer = self._answer(arguments)
        except OutOfPatience:
            raise self._incident(OutOfTime()) from None
        except ProcessDied:
            raise self._incident(Died()) from None
        if answer.get("late"):
            raise self._incident(OutOfTime())
        if isinstance(raised := answer.get("raised"), dict):
            self._session.lacking.note_call(raised.get("kind"), raised.get("text"))
            raise _exception(raised.get("kind"), raised.get("text"), raised.get("line"))
        value = decode(answer.get("value"))
        _take_changes(arguments, answer.get("changed"))
        return value


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
