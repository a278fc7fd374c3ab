"""How busy a class run keeps a cluster of 64 whose workers only sleep, as long as a submission takes.

    python tests/benchmarks/cluster.py [STUDENTS [SECONDS]]

A scheduler and four workers of 16 threads, all on this machine. What a job answers is ready.
Prints the share of the time that the workers were at work, and what the class run itself took.
"""

import argparse
import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ceiling import answer_later, answers, run
from classes import lay

from autograder.class_run.cluster import ClusterPool
from autograder.submission.pipeline import Done, Job

HERE = Path(__file__).parent
WORKERS, THREADS = 4, 16
DASK = (sys.executable, "-m")
ON_LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")


class Sleeping(ClusterPool):
    """A cluster that gets all that it would get, and sleeps."""

    def __init__(self, address: str, file: Path, seconds: float) -> None:
        super().__init__(address, unconfined=False, keys=None)
        self._file, self._seconds = file, seconds

    def submit(self, job: Job) -> "Future[Done]":
        """Send a job as it is sent to who works."""
        future: Future[Done] = self._executor.submit(
            answer_later, *self.packed(job), self._file, self._seconds
        )
        return future


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The address of a scheduler with its workers."""
    place = folder / "scheduler.json"
    scheduler = (*DASK, "distributed.cli.dask_scheduler", *ON_LOOPBACK, "--port", "0",
                 "--scheduler-file", place)  # fmt: skip
    there = {**os.environ, "PYTHONPATH": str(HERE)}
    started = [subprocess.Popen(scheduler, stderr=subprocess.DEVNULL, env=there)]
    try:
        while not place.is_file() or not place.read_text():
            time.sleep(0.05)
        address = json.loads(place.read_text())["address"]
        worker = (*DASK, "distributed.cli.dask_worker", address, *ON_LOOPBACK, "--no-nanny",
                  "--nthreads", str(THREADS))  # fmt: skip
        started += [subprocess.Popen(worker, stderr=subprocess.DEVNULL, env=there) for _ in range(WORKERS)]
        yield address
    finally:
        for process in started:
            process.kill()  # a worker that loses its scheduler while it ends may wait for ever
        for process in started:
            process.wait()


def main(students: int, seconds: float) -> None:
    """Measure and print."""
    with TemporaryDirectory() as name, cluster(Path(name)) as address:
        file = Path(name, "answers.pickle")
        file.write_bytes(pickle.dumps(answers(Path(name, "answers"))))
        course = lay(Path(name, "course"), students)
        with closing(Sleeping(address, file, seconds)) as pool:
            while pool.width < WORKERS * THREADS:
                time.sleep(0.1)
            whole, one, every = run(course, pool)
    busy = students * seconds / (whole * WORKERS * THREADS)
    print(f"{students} hand-ins of {seconds:g} s, {WORKERS * THREADS} at a time: {students / whole:.0f} a "
          f"second, at work {busy:.0%} of the time")  # fmt: skip
    print(f"milliseconds of processor time for each: the writer {1000 * one / students:.2f}, "
          f"all threads with Dask's {1000 * every / students:.2f}")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("students", nargs="?", type=int, default=3000, metavar="STUDENTS")
    parser.add_argument("seconds", nargs="?", type=float, default=0.2, metavar="SECONDS")
    main(**vars(parser.parse_args()))
