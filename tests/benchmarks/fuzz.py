"""Many submissions made by chance, through the whole of `autograder grade`, with honest ones among them.

    python tests/benchmarks/fuzz.py [--count N] [--seed N]

Every submission is damaged, odd or large, and what its code answers is made by chance as well: to run it
would take its time. One in fifty is honest, and graded in the sandbox. Afterwards everybody has to be graded
or named, the honest ones with full points. Prints the memory that the grader took, and the longest time for
one submission.
"""

import argparse
import random
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from classes import LABELS, name_of
from support import fuzz
from support.course import grade, gradebook_of, held, release, submit
from support.sample_class import hand_in

from autograder.submission import pipeline
from exercise import POINTS

HONEST, AT_A_TIME = 50, 500


def _lay(course: Path, source: random.Random, count: int) -> None:
    """Hand in so many."""
    contents = [(hand_in(label) or "").encode() for label in LABELS]
    for number in range(count):
        name = name_of(number)
        if number % HONEST == 0:
            submit(course, name, hand_in("right, plainly"))
            continue
        path = submit(course, name, fuzz.notebook(source, source.choice(contents)))
        fuzz.beside(source, path.parent)


def _answering_by_chance(seed: int, honest: set[str], most: Any) -> Any:
    """In place of the pipeline's own: only honest code is run. Notes the processor time and the memory."""
    ordinary = pipeline.grade_submission

    def graded(job: Any, sandbox: Any) -> Any:
        begun = time.process_time()
        done = ordinary(job, sandbox if job.student in honest else fuzz.Sandbox(f"{seed} {job.student}"))
        most[0] = max(most[0], time.process_time() - begun)
        most[1] = max(most[1], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
        return done

    return graded


def one_class(course: Path, seed: int, count: int) -> tuple[Counter[str], float, float]:
    """Grade a class; how many came out how, the most seconds of processor time for one of them, and the
    largest megabytes of a process of the grader's. Raises AssertionError if
    somebody is lost, or an honest one has no full points."""
    laying = get_context("fork").Process(target=_lay, args=(course, random.Random(seed), count))
    laying.start()  # in a process of its own, for its memory is not the grader's
    laying.join()
    assert laying.exitcode == 0
    honest = {name_of(number) for number in range(0, count, HONEST)}
    ordinary = pipeline.grade_submission
    most = get_context("fork").RawArray("d", 2)  # of all processes that judge
    pipeline.grade_submission = _answering_by_chance(seed, honest, most)
    try:
        code, answer, told = grade(course)
    finally:
        pipeline.grade_submission = ordinary
    assert code in (0, 1), told
    found = {row["student"]: row["status"] for row in answer["students"]}
    assert len(found) == count, set(found) ^ set(map(name_of, range(count)))
    with gradebook_of(course) as gradebook:
        scores = {name: row["score"] for name, row in held(gradebook).items()}
    assert all(scores[name] == sum(POINTS.values()) for name in honest)
    most[1] = max(most[1], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
    return Counter(found.values()), *most


def main() -> None:
    """Grade class after class, and print what became of all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    found, longest, memory = Counter[str](), 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        empty = release(Path(folder, "empty"))
        for seed in range(options.seed, options.seed + -(-options.count // AT_A_TIME)):
            with tempfile.TemporaryDirectory(dir=folder) as name:
                course = Path(name, "course")
                shutil.copytree(empty, course)
                with ProcessPoolExecutor(1, get_context("fork")) as own:  # as a command is
                    counts, seconds, megabytes = own.submit(one_class, course, seed, AT_A_TIME).result()
            found, longest, memory = found + counts, max(longest, seconds), max(memory, megabytes)
            print(f"{found.total():7,} submissions: {dict(found)}; at most {memory:.0f} MB, and "
                  f"{longest:.1f} s of processor time for one", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
