"""Several jobs at a time: on this machine, or wherever an executor of `concurrent.futures` sends them."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, Protocol, TypeVar

from ..sandbox.processes import CannotIsolate
from ..submission.pipeline import Done, Job, Workshop, given_up
from .worker import FORKS, Ended, Worker

Item = TypeVar("Item")  # what became of a submission, or is to be recorded of it

OPEN = 4  # jobs for each that is under way: the pool has to do while the writer writes
SOON, MOST = 0.2, 32  # seconds, and how many, that are gathered to be recorded at once
IDLE = 2.0  # seconds
PATIENCE = 1.0  # seconds for those who work to clean up behind themselves


class Pool(Protocol):
    """Where jobs are done."""

    @property
    def width(self) -> int:
        """Jobs at a time."""

    def submit(self, job: Job) -> "Future[Done]":
        """Have a job done."""

    def report(self) -> list[str]:
        """What the isolation consists of there."""

    @property
    def processor_time(self) -> float:
        """Seconds of processor time of the students' processes and of what begins them; 0 if not known."""

    def idle(self) -> None:
        """Called when nothing was done for a while; raises OSError if nothing ever will."""

    def close(self) -> None:
        """Stop; jobs that are under way are given up."""


class LocalPool:
    """Jobs on this machine: each thread has them done by a process of its own or, where there is no fork,
    does them itself."""

    def __init__(self, workshop: Workshop, width: int) -> None:
        self.width = width
        self._workshop = workshop
        self._waiting: SimpleQueue[tuple[Job, Future[Done]] | None] = SimpleQueue()
        self._workers: list[Worker] = []
        self._threads: list[Thread] = []

    def _begin(self, first: Job) -> None:
        """Start all that works. What is prepared before is prepared in each worker."""
        self._workshop.prepare(first)
        width = self.width if self._workshop.keeps_apart else 1
        if FORKS:
            self._workers = [Worker(self._workshop) for _ in range(width)]
        works = [worker.do for worker in self._workers] or [self._workshop.do] * width
        self._threads = [Thread(target=self._work, args=(do,), daemon=True) for do in works]
        for thread in self._threads:
            thread.start()

    def _work(self, do: Callable[[Job], Done]) -> None:
        while found := self._waiting.get():
            job, future = found
            try:
                future.set_result(do(job))
            except Ended as error:  # its next jobs are done here: to fork beside other threads is not safe
                future.set_exception(error)
                do = self._workshop.do
            except BaseException as error:
                future.set_exception(error)

    def submit(self, job: Job) -> "Future[Done]":
        """Have a job done as soon as a thread is free."""
        if not self._threads:
            self._begin(job)
        future: Future[Done] = Future()
        self._waiting.put((job, future))
        return future

    def report(self) -> list[str]:
        """What the isolation consists of on this machine."""
        return self._workshop.report()

    @property
    def processor_time(self) -> float:
        """Seconds of processor time of the students' processes that ended, and of what begins them."""
        return max([worker.processor_time for worker in self._workers] or [self._workshop.processor_time])

    def idle(self) -> None:
        """Every job here has its time limit."""

    def close(self) -> None:
        """End the students' processes, and with them the jobs; those that wait find nothing to be done in."""
        until = time.monotonic() + PATIENCE
        for worker in self._workers:
            worker.stop()
        for worker in self._workers:
            worker.end(max(0.0, until - time.monotonic()))
        self._workshop.close()
        for _ in self._threads:
            self._waiting.put(None)
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


class Flight(Generic[Item]):
    """Jobs that are open in a pool. What comes of each is made `ready` by another thread than those that
    read and record, or that talk to a cluster."""

    def __init__(self, pool: Pool, ready: Callable[[Done], Item]) -> None:
        self._pool, self._ready = pool, ready
        self._hand = ThreadPoolExecutor(1)  # several would wait for one another more than for the disk
        self._arrived: SimpleQueue[Item | BaseException] = SimpleQueue()
        self._last = time.monotonic()
        self._open = 0

    def send(self, job: Job) -> None:
        """Have a job done."""
        self._open += 1
        self._pool.submit(job).add_done_callback(partial(self._hand_over, job))

    def _hand_over(self, job: Job, future: "Future[Done]") -> None:
        with suppress(RuntimeError):  # the run is over, and nobody waits for this
            self._hand.submit(self._arrive, job, future)

    def close(self) -> None:
        """Nothing more is to be made ready."""
        self._hand.shutdown(cancel_futures=True)

    def _arrive(self, job: Job, future: "Future[Done]") -> None:
        try:
            self._arrived.put(self._ready(_done(job, future)))
        except BaseException as error:
            self._arrived.put(error)

    def arrivals(self, most: int) -> Iterator[Item | None]:
        """What has arrived, until no more than so many jobs are open; None when nothing does for a while.
        Raises what became of the pool."""
        while self._open > most or not self._arrived.empty():
            try:
                found = self._arrived.get(timeout=SOON)
            except Empty:
                self._be_idle()
                yield None
                continue
            self._open, self._last = self._open - 1, time.monotonic()
            if isinstance(found, BaseException):
                raise found
            yield found

    def _be_idle(self) -> None:
        if time.monotonic() - self._last > IDLE:
            self._pool.idle()
            self._last = time.monotonic()


def in_flight(
    pool: Pool, found: Iterable[Job | Item], ready: Callable[[Done], Item]
) -> Generator[Item | None, None, None]:
    """What comes of the jobs, made ready, as they are done, and None when there is time; what else is among
    them is handed through. Only as many jobs are open at a time as keep the pool busy, so that a class of
    any size takes the same room."""
    with closing(Flight(pool, ready)) as flight:
        for item in found:
            if isinstance(item, Job):
                flight.send(item)
            else:
                yield item
            yield from flight.arrivals(OPEN * pool.width - 1)
        yield from flight.arrivals(0)


def together(items: Iterable[Item | None]) -> Iterator[list[Item]]:
    """What comes at about the same time: some at once are recorded in little more time than one. None
    says that there is time."""
    group, since = list[Item](), 0.0
    for item in items:
        if item is not None:
            since = since if group else time.monotonic()
            group.append(item)
        if group and (item is None or len(group) == MOST or time.monotonic() - since > SOON):
            yield group
            group = []
    if group:
        yield group
