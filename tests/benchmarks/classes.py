"""What the benchmarks share: a class of any size, and a measured command."""

import os
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from demo import points_of
from support.course import gradebook_of, release, submit
from support.sample_class import hand_in

from autograder.commands.init import CONFIG

LABELS = (
    "right, plainly",
    "σ for σ′",
    "right, with einsum",
    "transposed",
    "right, tanh, Jacobians and products",
    "upstream forgotten",
    "right, with loops and lists",
    "unfinished",
    "right, but prints, warns and logs",
    "a slip in one step of backward",
)
STOCK = "c = get_config()\n"


def class_sizes(about: str | None, *usual: int) -> list[int]:
    """How many students the command line names, or the usual numbers; `about` says what is measured."""
    parser = ArgumentParser(description=about, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("students", nargs="*", type=int, default=list(usual), metavar="STUDENTS")
    named: list[int] = parser.parse_args().students
    return named


def name_of(number: int) -> str:
    """The name of a student."""
    return f"student-{number:04d}"


def lay(course: Path, students: int, *settings: str) -> Path:
    """A released course with so many hand-ins, half of them with mistakes, and with these lines in its
    configuration."""
    release(course, *settings)
    contents = [hand_in(label) for label in LABELS]
    for number in range(students):
        submit(course, name_of(number), contents[number % len(contents)])
    return course


def take_stock(course: Path) -> Path:
    """Have nbgrader grade this course as it comes, in its own kernels."""
    (course / CONFIG).write_text(STOCK)
    return course


def points(course: Path, students: int) -> list[dict[str, float | None]]:
    """The points of every student."""
    with gradebook_of(course) as gradebook:
        return [points_of(gradebook, name_of(number)) for number in range(students)]


@dataclass(frozen=True)
class Run:
    """A whole command: seconds, seconds of processor time, and megabytes of its largest process."""

    seconds: float
    processor: float
    memory: float
    log: str


def measure(course: Path, *command: str) -> Run:
    """Run a command of nbgrader's or of ours in a course, which has to go well if there is a class."""
    own = Path(sys.executable).parent  # nbgrader calls alembic, which has to be on the PATH
    environment = {**os.environ, "PATH": f"{own}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # each of nbgrader's kernels would compile the grader
    log, out = course / "benchmark.log", course / "benchmark.out"
    with log.open("w") as errors, out.open("w") as output:
        start = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=course, env=environment, stdout=output, stderr=errors
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
    if status and (course / "submitted").exists():
        sys.exit(f"{' '.join(command)} failed:\n{log.read_text()}")
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, log.read_text())


def medians(runs: list[Run]) -> tuple[float, float, float]:
    """Seconds, processor time and memory of several runs."""
    keys = ("seconds", "processor", "memory")
    seconds, processor, memory = (statistics.median(getattr(r, key) for r in runs) for key in keys)
    return seconds, processor, memory
