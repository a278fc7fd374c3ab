"""Jobs on a Dask cluster: submissions go there as bytes, verdicts come back; the one writer stays here."""

import atexit
import json
import math
import time
import zlib
from collections import Counter
from concurrent.futures import Future
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

from .. import __version__
from ..sandbox import open_sandbox
from ..sandbox.processes import CannotIsolate
from ..submission.notebook import Notebook
from ..submission.pipeline import Done, Job, Workshop
from .cluster_keys import ClusterError, read_keys

RETRIES = 3  # of a job whose worker died; it is a worker's death, not the student's, that counts
ANSWER = 10  # seconds for a scheduler to answer
OFTEN = 1.0  # seconds between two looks at how many workers there are
PATIENCE = 60  # seconds for a first worker to come

NOT_INSTALLED = (
    "`--scheduler` needs dask.distributed: pip install 'backprop-autograder[cluster]', here and "
    "wherever the workers run"
)
OPEN = (
    "the scheduler at {address} takes work from everybody who can reach it, and its workers run it as their "
    "user. Close it with keys (autograder cluster-keys, see docs/cluster.md) and say tls:// here; or, where "
    "nobody else can reach it, say --open-cluster"
)
NO_SCHEDULER = "no Dask scheduler answers at {address} ({reason}). Start it, or leave out --scheduler"
NO_WORKERS = (
    "the scheduler at {address} has no workers, and none came within {patience} s. Start some: dask worker "
    "{address}"
)
LACKING = (
    "worker {worker} cannot be used: {reason}. Install backprop-autograder {version} there, the version that "
    "runs here"
)
LOST = (
    "no workers are left at {address}, and none came within {patience} s. What was told above is recorded; "
    "start some, and run this again"
)
WORKERS = "  {count} workers, {threads} submissions at a time; on {machines} of them in force:"


# There


@cache
def _workshop(unconfined: bool) -> Workshop:
    """The workshop of a worker's process, opened at its first job."""
    workshop = Workshop(open_sandbox(), unconfined)
    atexit.register(workshop.close)
    return workshop


@lru_cache(maxsize=8)
def _unpacked(template: bytes) -> Notebook:
    return cast(Notebook, json.loads(zlib.decompress(template)))


def _do(job: Job, template: bytes, unconfined: bool) -> Done:
    return _workshop(unconfined).do(replace(job, template=_unpacked(template)))


def _look(unconfined: bool) -> tuple[str, list[str]]:
    """A worker's version of the autograder, and what its isolation consists of."""
    return __version__, _workshop(unconfined).report()


# Here


class ClusterPool:
    """Jobs on the workers of a Dask cluster. Raises ClusterError if it cannot be used as it is."""

    def __init__(self, address: str, unconfined: bool, keys: Path | None) -> None:
        """Connect with the keys in a folder; with None, to a cluster that is open to everybody."""
        self._address, self._unconfined = address, unconfined
        self._template: Notebook | None = None
        self._sent = b""  # the template, packed
        self._width, self._counted = 1, -math.inf
        self._client = _connect(address, keys)
        self._executor = self._client.get_executor(retries=RETRIES, pure=False)
        try:
            self._reports = self._check()
        except BaseException:
            self.close()
            raise

    def _check(self) -> list[list[str]]:
        """What the isolation consists of on each worker; raises ClusterError for one that lacks the
        autograder or has another version of it."""
        found = self._client.run(_look, self._unconfined, on_error="return")
        for worker, answer in found.items():
            if isinstance(answer, CannotIsolate):
                raise answer
            if isinstance(answer, BaseException) or answer[0] != __version__:
                reason = answer if isinstance(answer, BaseException) else f"it has version {answer[0]}"
                raise ClusterError(LACKING.format(worker=worker, reason=reason, version=__version__))
        return [report for _, report in found.values()]

    @property
    def width(self) -> int:
        """Submissions at a time: the threads of all workers that were there a moment ago."""
        now = time.monotonic()
        if now - self._counted > OFTEN:
            threads: dict[str, int] = self._client.nthreads()
            self._width, self._counted = max(1, sum(threads.values())), now
        return self._width

    def submit(self, job: Job) -> "Future[Done]":
        """Send a job; should its worker die, another one does it."""
        future: Future[Done] = self._executor.submit(_do, *self.packed(job), self._unconfined)
        return future

    def packed(self, job: Job) -> tuple[Job, bytes]:
        """A job as it is sent: without its template, and that. It is the same for a whole class, and goes
        with each job because any worker may be new."""
        if self._template is not job.template:
            self._template = job.template
            self._sent = zlib.compress(json.dumps(job.template).encode())
        return replace(job, template={}), self._sent

    @property
    def processor_time(self) -> float:
        """Return 0: what the workers took is not asked for."""
        return 0.0

    def idle(self) -> None:
        """Wait for a worker if none is left; raises ClusterError if none comes."""
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise ClusterError(LOST.format(address=self._address, patience=PATIENCE)) from None

    def report(self) -> list[str]:
        """What the isolation consists of on the workers."""
        kinds = Counter("\n".join(report) for report in self._reports)
        words = {"count": len(self._reports), "threads": self.width}
        return [line for kind, n in kinds.items() for line in (WORKERS.format(machines=n, **words), kind)]

    def close(self) -> None:
        """Give up what is under way, and leave the cluster to others."""
        self._executor.shutdown(wait=False)
        self._client.close(timeout=5)


def _connect(address: str, keys: Path | None) -> Any:
    """A client of the scheduler, when it has workers."""
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError(NOT_INSTALLED) from None
    if keys and not address.startswith("tls://"):
        raise ClusterError(OPEN.format(address=address))
    security = read_keys(keys) if keys else None
    try:
        client = Client(address, timeout=ANSWER, set_as_default=False, security=security)
    except (OSError, ValueError) as error:
        raise ClusterError(NO_SCHEDULER.format(address=address, reason=error)) from None
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        client.close()
        raise ClusterError(NO_WORKERS.format(address=address, patience=PATIENCE)) from None
    return client
