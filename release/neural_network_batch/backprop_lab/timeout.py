"""A limit on the time that one call may take.

Where the system offers an alarm, it rings. Elsewhere (on Windows, in a browser, beside the main thread) the
clock is looked at in every line that is run: slower, but a check calls little. What runs inside C, such as
`time.sleep`, is stopped there when it comes back.
"""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import FrameType
from typing import Any


class OutOfTime(BaseException):
    """Raised inside code that runs too long; no Exception, so that `except Exception` lets it by."""


def _stop(frame: FrameType, event: str, argument: Any) -> Any:
    """A trace function that raises at the next line that is run."""
    if event == "line":
        raise OutOfTime
    return _stop


def _ring(number: int, frame: FrameType | None) -> None:
    """Raise here and, if that is caught, at the next line: the one that caught it."""
    sys.settrace(_stop)
    if frame is not None:
        frame.f_trace = _stop
    raise OutOfTime


def _can_ring() -> bool:
    """Alarms exist on Unix (not on Windows, not in the browser) and in the main thread only."""
    in_main = threading.current_thread() is threading.main_thread()
    return in_main and hasattr(signal, "setitimer")


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """The alarm rings again and again, for a loop that catches what it raises."""
    trace, previous = sys.gettrace(), signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.settrace(trace)
        signal.signal(signal.SIGALRM, previous)


class _Watch:
    """Looks at the clock in every line, with a trace function."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._end = seconds, 0.0

    def __enter__(self) -> None:
        self._profile, self._end = sys.getprofile(), time.monotonic() + self._seconds
        sys.settrace(self._look)

    def __exit__(self, *raised: object) -> None:
        sys.settrace(None)
        sys.setprofile(self._profile)

    def _look(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Raise if it is late. Python takes a trace function away that raises: see `_again`."""
        if frame.f_code.co_filename == __file__:
            return None
        if time.monotonic() > self._end:
            sys.setprofile(self._again)
            raise OutOfTime
        return self._look

    def _again(self, frame: FrameType, event: str, argument: Any) -> None:
        """Look again, from the next call on: for a loop that caught what was raised."""
        if event in ("call", "c_call") and frame.f_code.co_filename != __file__:
            sys.settrace(self._look)
            frame.f_trace = self._look


def time_limit(seconds: float) -> AbstractContextManager[None]:
    """Raise OutOfTime in the body when it has run for `seconds`; a debugger that is at work is left alone."""
    if _can_ring():
        return _alarm(seconds)
    return nullcontext() if sys.gettrace() else _Watch(seconds)
