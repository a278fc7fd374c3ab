"""A process that does jobs beside this one: a copy of it.

Python runs one thread at a time in a process, and to judge a submission takes longer than its own code.
"""

import multiprocessing
import os
import signal
import sys
from contextlib import closing, suppress
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from threading import Thread

from ..sandbox.processes import STOPS
from ..submission.notebook import Notebook
from ..submission.pipeline import Done, Job, Workshop

FORKS = sys.platform == "linux"
TIDYING = 10.0  # seconds for a job to clean up behind itself

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
        self._template: Notebook | None = None  # that it has: it is the same for a whole class
        self._jobs, jobs = context.Pipe()
        ends, self._ends = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(workshop, jobs, [grader, ends]), daemon=True)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)  # until it ignores them
        self._process.start()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        jobs.close()
        ends.close()
        os.close(grader)

    def do(self, job: Job) -> Done:
        """Have it do a job, in whichever thread; raises what the workshop raises, and Ended if the process
        does."""
        try:
            self._jobs.send((replace(job, template={}), self._unknown(job.template)))
            answer, self.processor_time = self._jobs.recv()
        except (EOFError, OSError):
            raise Ended(ENDED) from None
        if isinstance(answer, Done):
            return answer
        raise answer

    def _unknown(self, template: Notebook) -> Notebook | None:
        known, self._template = self._template is template, template
        return None if known else template

    def stop(self) -> None:
        """Have it end, and clean up behind itself."""
        with suppress(OSError):  # it has ended
            self._ends.send(None)

    def end(self, seconds: float) -> None:
        """Wait so long for its end, and end it."""
        self._process.join(seconds)
        self._process.kill()


def _attempt(workshop: Workshop, job: Job) -> Done | Exception:
    try:
        return workshop.do(job)
    except Exception as error:
        return error


def _work(workshop: Workshop, jobs: Connection, ends: list[int | Connection]) -> None:
    known: Notebook = {}
    with closing(jobs), suppress(EOFError, OSError):
        while wait([jobs, *ends]) == [jobs]:
            job, template = jobs.recv()
            known = known if template is None else template
            answer = _attempt(workshop, replace(job, template=known))
            jobs.send((answer, workshop.processor_time))


def _serve(workshop: Workshop, jobs: Connection, ends: list[int | Connection]) -> None:
    """Do jobs until the grader says that it is enough, or ends, which a pidfd stands for.

    Nothing interrupts a job, which could not clean up then: it finds its student's process ended.
    """
    for each in STOPS:  # a terminal sends them to all; the grader ends this
        signal.signal(each, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    work = Thread(target=_work, args=(workshop, jobs, ends), daemon=True)
    work.start()
    wait(ends)
    workshop.close()
    work.join(TIDYING)
