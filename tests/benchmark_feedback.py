"""`nbgrader generate_feedback` as it comes and with our pages, side by side in one run.

    python tests/benchmark_feedback.py [STUDENTS]

Grades a class (60 students, from the sample class), makes the feedback of the same graded notebooks in
both ways, three times in turn, as whole commands, and prints the medians. The start-up of nbgrader,
which nobody can save, is measured by `nbgrader --version` and shown beside them.
"""

import itertools
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from demo import nbgrader
from sample_class import CLASS, NAME, hand_in

from autograder.init import CONFIG, lay_out, origin

ROUNDS = 3
SLOW = ("an endless loop", "an endless cell")  # to grade; their feedback is like any other
LABELS = [label for label in CLASS if label not in SLOW and hand_in(label)]
STOCK = "c = get_config()\n"
GENERATE = ("generate_feedback", NAME, "--force")


def lay(course: Path, students: int) -> None:
    """A graded course with so many hand-ins."""
    lay_out(course)
    for number, label in zip(range(students), itertools.cycle(LABELS), strict=False):
        place = course / "submitted" / f"student-{number:02d}" / NAME
        place.mkdir(parents=True)
        (place / f"{NAME}.ipynb").write_text(hand_in(label) or "", encoding="utf-8")
    assert nbgrader(course, course / "release.log", "generate_assignment", NAME) == 0
    assert nbgrader(course, course / "autograde.log", "autograde", NAME) == 0


def seconds(course: Path, *arguments: str) -> float:
    """How long a whole command takes."""
    start = time.perf_counter()
    assert nbgrader(course, course / "benchmark.log", *arguments) == 0
    return time.perf_counter() - start


def measure(course: Path, students: int) -> dict[str, float]:
    """The median times of nbgrader's start-up and of the two ways."""
    times: dict[str, list[float]] = {"start-up": [], "stock": [], "ours": []}
    for _ in range(ROUNDS):
        times["start-up"].append(seconds(course, "--version"))
        for way in ("stock", "ours"):
            if way == "stock":
                (course / CONFIG).write_text(STOCK, encoding="utf-8")
            else:
                shutil.copy(origin() / CONFIG, course)
            shutil.rmtree(course / "feedback", ignore_errors=True)
            times[way].append(seconds(course, *GENERATE))
            assert len(list(course.glob("feedback/*/*/*.html"))) == students
    return {way: statistics.median(found) for way, found in times.items()}


def main(students: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        course = Path(name, "course")
        lay(course, students)
        found = measure(course, students)
    start = found["start-up"]
    print(f"start-up  {start:5.2f} s")
    for way in ("stock", "ours"):
        each = (found[way] - start) / students * 1000
        print(f"{way:9} {found[way]:5.2f} s for {students} students, {each:4.0f} ms each after the start-up")
    print(f"ours takes {found['ours'] / found['stock']:.0%} of the time of stock,")
    print(f"and {(found['ours'] - start) / (found['stock'] - start):.0%} after the start-up")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
