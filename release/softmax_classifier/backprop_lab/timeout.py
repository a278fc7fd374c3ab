"""A limit on the time that one call may take, where the system offers an alarm."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the body when it has run for `seconds`; no limit where no alarm exists.

    The alarm rings again and again, for a loop that catches what it raises.
    """
    if not _can_ring():
        yield
        return
    trace, previous = sys.gettrace(), signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.settrace(trace)
        signal.signal(signal.SIGALRM, previous)
