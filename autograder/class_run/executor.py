"""Several jobs at a time: in this process, or wherever an executor of `concurrent.futures` sends them."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from queue import SimpleQueue
from threading import Thread
from typing import Protocol, TypeVar

from ..sandbox.processes import CannotIsolate
from ..submission.pipeline import Done, Job, Workshop, given_up

Other = TypeVar("Other")

IDLE = 2.0  # seconds
PATIENCE = 1.0  # seconds for the threads to clean up behind themselves


class Pool(Protocol):
    """Where jobs are done."""

    @property
    def width(self) -> int:
        """Jobs at a time."""

    def submit(self, job: Job) -> "Future[Done]":
        """Have a job done."""

    def report(self) -> list[str]:
        """What the isolation consists of there."""

    def idle(self) -> None:
        """Called when nothing was done for a while; raises OSError if nothing ever will."""

    def close(self) -> None:
        """Stop; jobs that are under way are given up."""


class LocalPool:
    """Jobs in threads of this process: the work itself is in the students' processes.

    Whoever stops does not wait for a job that is busy with its numbers: the threads end with the process.
    """

    def __init__(self, workshop: Workshop, width: int) -> None:
        self._workshop = workshop
        self._waiting: SimpleQueue[tuple[Job, Future[Done]] | None] = SimpleQueue()
        self._threads = [Thread(target=self._work, name=f"grader {n}", daemon=True) for n in range(width)]
        for thread in self._threads:
            thread.start()

    @property
    def width(self) -> int:
        """Threads."""
        return len(self._threads)

    def _work(self) -> None:
        while found := self._waiting.get():
            job, future = found
            try:
                future.set_result(self._workshop.do(job))
            except BaseException as error:
                future.set_exception(error)

    def submit(self, job: Job) -> "Future[Done]":
        """Have a job done as soon as a thread is free."""
        future: Future[Done] = Future()
        self._waiting.put((job, future))
        return future

    def report(self) -> list[str]:
        """What the isolation consists of on this machine."""
        return self._workshop.report()

    def idle(self) -> None:
        """Every job here has its time limit."""

    def close(self) -> None:
        """End the students' processes, and with them the jobs; those that wait find nothing to be done in."""
        self._workshop.close()
        for _ in self._threads:
            self._waiting.put(None)
        until = time.monotonic() + PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))


def _done(job: Job, future: "Future[Done]") -> Done:
    """What came of a job. One that failed where it was done is needs review; that the pool cannot be
    used at all is raised."""
    try:
        return future.result()
    except (CannotIsolate, OSError):
        raise
    except Exception as error:
        return given_up(job, error)


def in_flight(pool: Pool, found: Iterable[Job | Other]) -> Iterator[Done | Other]:
    """What comes of the jobs, as they are done; what else is among them is handed through. Only as many
    jobs are open at a time as keep the pool busy, so that a class of any size takes the same room."""
    pending: dict[Future[Done], Job] = {}

    def finished() -> Iterator[Done]:
        done, _ = wait(pending, timeout=IDLE, return_when=FIRST_COMPLETED)
        if not done:
            pool.idle()
        yield from (_done(pending.pop(future), future) for future in done)

    for item in found:
        if isinstance(item, Job):
            pending[pool.submit(item)] = item
        else:
            yield item
        while len(pending) >= 2 * pool.width or any(future.done() for future in pending):
            yield from finished()
    while pending:
        yield from finished()
