"""A process that does jobs beside this one: a copy of it.

Python runs one thread at a time in a process, and to judge a submission takes longer than its own code.
"""

import multiprocessing
import os
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Event
from typing import Any

from ..sandbox.inside.linux import PDEATHSIG, end_if_gone, prctl
from ..submission.pipeline import Done, Job, Workshop

FORKS = sys.platform == "linux"
STOPS = (signal.SIGINT, signal.SIGTERM)

ENDED = "the process that judged it ended. Perhaps the memory of this machine was not enough"


class Ended(RuntimeError):
    """A worker ended in the middle of a job."""


class Worker:
    """A process that was forked from this one, with all that is prepared here.

    Forked while there is no other thread that could hold a lock.
    """

    def __init__(self, workshop: Workshop) -> None:
        """Fork it; it does its jobs in this workshop."""
        context, grader = multiprocessing.get_context("fork"), os.pidfd_open(os.getpid())
        self.processor_time = 0.0  # of the students' processes, as far as it knows
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(workshop, theirs, grader), daemon=True)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)  # until it knows what to do with them
        self._process.start()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        os.close(grader)

    def do(self, job: Job) -> Done:
        """Have it do a job, in whichever thread; raises what the workshop raises, and Ended if the process
        does."""
        try:
            self._ours.send(job)
            answer, self.processor_time = self._ours.recv()
        except (EOFError, OSError):
            raise Ended(ENDED) from None
        if isinstance(answer, BaseException):
            raise answer
        return answer  # type: ignore[no-any-return]

    def stop(self) -> None:
        """Have it end, and clean up behind itself."""
        self._process.terminate()

    def end(self, seconds: float) -> None:
        """Wait so long for its end, and end it."""
        self._process.join(seconds)
        self._process.kill()


def _attempt(workshop: Workshop, job: Job) -> Done | Exception:
    try:
        return workshop.do(job)
    except Exception as error:
        return error


def _serve(workshop: Workshop, connection: Connection, grader: int) -> None:
    """Do jobs until somebody ends this, or the grader ends, which a pidfd stands for."""
    prctl(PDEATHSIG, signal.SIGTERM)
    end_if_gone(grader)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended = Event()

    def end(*signalled: Any) -> None:
        ended.set()  # what is raised in a finalizer is ignored
        sys.exit()

    signal.signal(signal.SIGTERM, end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    with suppress(EOFError, ConnectionError):
        while not ended.is_set():
            answer = _attempt(workshop, connection.recv())
            connection.send((answer, workshop.processor_time))
