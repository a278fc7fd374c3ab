"""`nbgrader generate_feedback` as it comes and with our pages, side by side in one run.

    python tests/benchmarks/feedback.py [STUDENTS]

Grades a class (60 students, half of them with mistakes), makes the feedback of the same graded notebooks
in both ways, three times in turn, as whole commands, and prints the medians. The start-up of nbgrader is
measured by `nbgrader --version` and shown beside them.
"""

import shutil
import statistics
import tempfile
from pathlib import Path

from classes import class_sizes, lay, measure, take_stock
from support.sample_class import NAME

from autograder.commands.init import CONFIG, origin

ROUNDS = 3
GENERATE = ("nbgrader", "generate_feedback", NAME, "--force")


def make_pages(course: Path, way: str) -> float:
    """Make the pages of a course in one of the two ways; the seconds."""
    if way == "stock":
        take_stock(course)
    else:
        shutil.copy(origin() / CONFIG, course)
    shutil.rmtree(course / "feedback", ignore_errors=True)
    return measure(course, *GENERATE).seconds


def main(students: int) -> None:
    """Measure and print."""
    times: dict[str, list[float]] = {"start-up": [], "stock": [], "ours": []}
    with tempfile.TemporaryDirectory() as name:
        course = lay(Path(name, "course"), students)
        measure(course, "autograder", "grade", NAME)
        for _ in range(ROUNDS):
            times["start-up"].append(measure(course, "nbgrader", "--version").seconds)
            for way in ("stock", "ours"):
                times[way].append(make_pages(course, way))
                assert len(list(course.glob("feedback/*/*/*.html"))) == students
    found = {way: statistics.median(seconds) for way, seconds in times.items()}
    start = found["start-up"]
    print(f"start-up  {start:5.2f} s")
    for way in ("stock", "ours"):
        each = (found[way] - start) / students * 1000
        print(f"{way:9} {found[way]:5.2f} s for {students} students, {each:4.0f} ms each after the start-up")
    print(f"ours takes {found['ours'] / found['stock']:.0%} of the time of stock,")
    print(f"and {(found['ours'] - start) / (found['stock'] - start):.0%} after the start-up")


if __name__ == "__main__":
    main(*class_sizes(__doc__, 60))
