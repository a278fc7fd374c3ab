"""Waiting for a gradebook that does not answer for a while."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from .gradebook import GradebookGone

Answer = TypeVar("Answer")

WAITING = "the database does not answer ({reason}); trying again for {seconds:.0f} s"
GIVEN_UP = "the database does not answer ({reason}). What was graded before is recorded; run this again"
LONGEST_PAUSE = 5.0  # seconds


def patiently(
    ask: Callable[[], Answer], seconds: float, tell: Callable[[str], None], again: Callable[[], None]
) -> Answer:
    """Ask a gradebook that may not answer for a while, and before each further attempt do `again`.

    Raises GradebookGone when the time is over.
    """
    until, pause = time.monotonic() + seconds, 0.25
    while True:
        try:
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
