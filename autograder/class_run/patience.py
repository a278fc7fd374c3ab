"""Waiting for a gradebook that does not answer for a while, and not leaving one that does in the middle."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from ..sandbox.processes import STOPS
from .gradebook import GradebookGone

Answer = TypeVar("Answer")

WAITING = "the database does not answer ({reason}); trying again for {seconds:.0f} s"
GIVEN_UP = "the database does not answer ({reason}). What was graded before is recorded; run this again"
LONGEST_PAUSE = 5.0  # seconds


@contextmanager
def _to_its_end() -> Iterator[None]:
    """Hold back what would interrupt this; a second time is not held back."""
    handlers, came = {each: signal.getsignal(each) for each in STOPS}, list[int]()

    def put_back(*signalled: Any) -> None:
        came.extend(signalled[:1])
        for each, handler in handlers.items():
            signal.signal(each, handler)

    for each in STOPS:
        signal.signal(each, put_back)
    try:
        yield
    finally:
        put_back()
        if came:
            signal.raise_signal(came[0])


def patiently(
    ask: Callable[[], Answer], seconds: float, tell: Callable[[str], None], again: Callable[[], None]
) -> Answer:
    """Ask a gradebook that may not answer for a while, and before each further attempt do `again`.

    Raises GradebookGone when the time is over.
    """
    until, pause = time.monotonic() + seconds, 0.25
    while True:
        try:
            with _to_its_end():
                return ask()
        except GradebookGone as error:
            left = until - time.monotonic()
            if left <= 0:
                raise GradebookGone(GIVEN_UP.format(reason=error)) from error
            tell(WAITING.format(reason=error, seconds=left))
        pause = min(2 * pause, LONGEST_PAUSE, max(0.1, left))
        time.sleep(pause)
        with suppress(GradebookGone):
            again()
