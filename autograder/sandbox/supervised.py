"""A sandbox that outlives its own death: a fresh one takes over."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeVar

from .processes import Sandbox

Result = TypeVar("Result")

GONE = "what starts the students' processes ended"
STOPPED = "the grading was stopped"


class Stopped(Exception):
    """The sandbox was closed while it was needed: nothing is run any more."""


class SupervisedSandbox:
    """Shared by all threads, which take turns where it cannot keep several students apart.

    One that died meanwhile is no student's fault, and nothing that was found out with it counts.
    """

    def __init__(self, sandbox: Sandbox, unconfined: bool) -> None:
        self._sandbox, self._unconfined = sandbox, unconfined
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._closed = False

    def ready(self) -> Sandbox:
        """Return one that lives; raise CannotIsolate where it must not be used, or Stopped."""
        with self._lock:
            if not self._closed and not self._sandbox.alive:
                self._sandbox.close()
                self._sandbox = self._sandbox.renewed()
            if self._closed:  # perhaps meanwhile
                self._sandbox.close()
                raise Stopped(STOPPED)
            self._sandbox.require(self._unconfined)
            return self._sandbox

    def use(self, work: Callable[[Sandbox], Result]) -> Result:
        """Return what comes of the work; if it fails, or if the sandbox dies under it, it is done once
        more. Raise what fails the second time."""
        try:
            return self._attempt(work)
        except Exception:  # after `close` the second attempt ends at once
            return self._attempt(work)

    def _attempt(self, work: Callable[[Sandbox], Result]) -> Result:
        sandbox = self.ready()
        with nullcontext() if sandbox.keeps_apart else self._turn:
            result = work(sandbox)
        if not sandbox.alive:
            raise RuntimeError(GONE)
        return result

    @property
    def processor_time(self) -> float:
        """Return the seconds of processor time of the one that lives now, and of its processes that ended."""
        return self._sandbox.processor_time

    def close(self) -> None:
        """End every student's process, and start no other; whoever needs one is not waited for."""
        self._closed = True
        self._sandbox.close()
