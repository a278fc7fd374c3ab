"""An origin of students' processes that outlives its own death: a fresh one takes over."""

import threading
from collections.abc import Callable
from typing import TypeVar

from .processes import Origin, ordinary_origin

Result = TypeVar("Result")

GONE = "what starts the students' processes ended"


class LastingOrigin:
    """Shared by all threads. One that died meanwhile is no student's fault, and nothing that was found
    out with it counts."""

    def __init__(self, origin: Origin, unconfined: bool) -> None:
        self._origin, self._unconfined = origin, unconfined
        self._lock = threading.Lock()

    def ready(self) -> Origin:
        """One that lives; raises CannotIsolate where it must not be used."""
        with self._lock:
            if not self._origin.alive:
                self._origin.close()
                self._origin = ordinary_origin()
            self._origin.require(self._unconfined)
            return self._origin

    def use(self, work: Callable[[Origin], Result]) -> Result:
        """What comes of the work; if it fails, or if the origin dies under it, it is done once more.
        Raises what fails the second time."""
        try:
            return self._attempt(work)
        except Exception:
            return self._attempt(work)

    def _attempt(self, work: Callable[[Origin], Result]) -> Result:
        origin = self.ready()
        result = work(origin)
        if not origin.alive:
            raise RuntimeError(GONE)
        return result

    def close(self) -> None:
        """End every student's process."""
        self._origin.close()
