"""Several jobs at a time: in this process, or wherever an executor of `concurrent.futures` sends them."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol

from .work import Done, Job, Workshop


class Pool(Protocol):
    """Where jobs are done."""

    @property
    def width(self) -> int:
        """Jobs at a time."""

    def submit(self, job: Job) -> "Future[Done]":
        """Have a job done."""

    def report(self) -> list[str]:
        """What the isolation consists of there."""

    def close(self) -> None:
        """Stop; jobs that are under way are given up."""


class LocalPool:
    """Jobs in threads of this process: the work itself is in the students' processes."""

    def __init__(self, workshop: Workshop, width: int) -> None:
        self._width = width
        self._workshop = workshop
        self._threads = ThreadPoolExecutor(width, thread_name_prefix="grader")

    @property
    def width(self) -> int:
        """Threads."""
        return self._width

    def submit(self, job: Job) -> "Future[Done]":
        """Have a job done as soon as a thread is free."""
        return self._threads.submit(self._workshop.do, job)

    def report(self) -> list[str]:
        """What the isolation consists of on this machine."""
        return self._workshop.ready().report()

    def close(self) -> None:
        """End the students' processes, and with them the jobs."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._workshop.close()


def in_flight(
    submit: Callable[[Job], "Future[Done]"], jobs: Iterable[Job], window: int
) -> Iterator["Future[Done]"]:
    """The futures of the jobs as they are done, of which no more than `window` are open at a time, so
    that a class of any size takes the same room."""
    pending: set[Future[Done]] = set()
    for job in jobs:
        pending.add(submit(job))
        if len(pending) >= window:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from done
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        yield from done
