"""What a class run itself takes for a submission, and so how many it can pass in a second at most.

    python tests/benchmarks/ceiling.py [STUDENTS …]

The answers are ready: each kind of hand-in is graded once before, and the workers give what came of it at
once. What is left is done by the one process that reads the submissions, and writes files and gradebook.
Classes of 600 and 6,000, with SQLite and, where it is installed, PostgreSQL.
"""

import pickle
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from classes import LABELS, class_sizes, lay
from support.postgresql import is_installed, server

from autograder.adapters.nbgrader.course import open_course
from autograder.class_run.executor import LocalPool, Pool
from autograder.class_run.grader import ClassGrader, Options
from autograder.class_run.submissions import Bounds
from autograder.sandbox import open_sandbox
from autograder.submission.pipeline import CELL_TIME, NOTEBOOK_TIME, Done, Job, Workshop

BOUNDS = Bounds(CELL_TIME, NOTEBOOK_TIME)
WORKERS = 4


def answer(answers: Sequence[Done], job: Job) -> Done:
    """What came of another hand-in of this kind."""
    number = int(job.student.rpartition("-")[2])
    return replace(answers[number % len(answers)], student=job.student)


@lru_cache
def _read(file: Path) -> Sequence[Done]:
    found: Sequence[Done] = pickle.loads(file.read_bytes())
    return found


def answer_later(job: Job, template: bytes, file: Path, seconds: float) -> Done:
    """What a worker does that only sleeps: the answers lie in a file."""
    time.sleep(seconds)
    return answer(_read(file), job)


class Canned:
    """A workshop whose answers are ready."""

    keeps_apart, processor_time = True, 0.0

    def __init__(self, answers: Sequence[Done]) -> None:
        self._answers = answers

    def prepare(self, job: Job) -> None:
        """There is nothing to compute."""

    def do(self, job: Job) -> Done:
        """Answer at once."""
        return answer(self._answers, job)

    def close(self) -> None:
        """Nothing was opened."""


def answers(folder: Path) -> list[Done]:
    """What comes of each kind of hand-in."""
    course = open_course(lay(folder, len(LABELS)), None)
    found: list[Done] = []

    class Listening(LocalPool):
        def submit(self, job: Job) -> "Future[Done]":
            future = super().submit(job)
            future.add_done_callback(lambda done: found.append(done.result()))
            return future

    with closing(Listening(Workshop(open_sandbox(), unconfined=False), 1)) as pool:
        list(ClassGrader(course, BOUNDS, pool, Options(), print).run())
    return sorted(found, key=lambda done: done.student)


def run(course: Path, pool: Pool) -> tuple[float, float, float]:
    """Seconds of a whole run, of its one writer's processor time, and of that of all its threads."""
    grader = ClassGrader(open_course(course, None), BOUNDS, pool, Options(), print)
    before = time.monotonic(), time.thread_time(), time.process_time()
    assert all(outcome.status == "graded" for outcome in grader.run())
    after = time.monotonic(), time.thread_time(), time.process_time()
    grader.close()
    seconds, one, all_threads = (b - a for a, b in zip(before, after, strict=True))
    return seconds, one, all_threads


def databases(stack: ExitStack) -> dict[str, Callable[[], str]]:
    """The databases that there are, each with what gives the lines of a configuration that choose it."""
    found: dict[str, Callable[[], str]] = {"SQLite": str}
    if is_installed():
        running = stack.enter_context(server())
        found["PostgreSQL"] = lambda: (
            "c.CourseDirectory.course_id = 'course'\n"
            f"c.CourseDirectory.db_url = {running.url(running.database())!r}"
        )
    return found


def main(sizes: list[int]) -> None:
    """Measure and print."""
    with ExitStack() as stack:
        place = Path(stack.enter_context(TemporaryDirectory()))
        canned: Any = Canned(answers(place / "answers"))
        for name, choose in databases(stack).items():
            for size in sizes:
                with closing(LocalPool(canned, WORKERS)) as pool:
                    seconds, *processor = run(lay(place / f"{name}-{size}", size, choose()), pool)
                one, whole = (spent / size * 1000 for spent in processor)
                print(f"{name:10} {size:5} hand-ins: {size / seconds:5.0f} a second; processor time: "
                      f"writer {one:.2f} ms, all threads {whole:.2f} ms")  # fmt: skip


if __name__ == "__main__":
    main(class_sizes(__doc__, 600, 6000))
