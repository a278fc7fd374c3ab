"""`nbgrader autograde` with its own kernels and with isolation, side by side in one run.

    python tests/benchmarks/isolation.py [STUDENTS]

Grades the same class (20 students, half of them with mistakes) in both ways, three times in turn, as
whole commands. The start-up is measured on a course without hand-ins and taken off. Checks that the
points are the same, and prints the medians and their ratio.
"""

import statistics
import tempfile
from pathlib import Path

from classes import class_sizes, lay, measure, points, take_stock
from support.sample_class import NAME

ROUNDS = 3
WAYS = ("kernels", "isolation")
AUTOGRADE = ("nbgrader", "autograde", NAME, "--force")


def main(students: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        courses = {way: lay(Path(name, way), students) for way in WAYS}
        take_stock(courses["kernels"])
        empty = take_stock(lay(Path(name, "empty"), 0))
        times: dict[str, list[float]] = {way: [] for way in (*WAYS, "start-up")}
        for _ in range(ROUNDS):
            for way, course in {**courses, "start-up": empty}.items():
                times[way].append(measure(course, *AUTOGRADE).seconds)
        assert points(courses["kernels"], students) == points(courses["isolation"], students)
    start = statistics.median(times["start-up"])
    each = {way: (statistics.median(times[way]) - start) / students for way in WAYS}
    for way in WAYS:
        whole = ", ".join(f"{t:.1f}" for t in times[way])
        print(f"{way:10} {each[way] * 1000:6.0f} ms for each notebook   (whole commands: {whole} s)")
    ratio = each["kernels"] / each["isolation"]
    print(f"start-up   {start:6.1f} s, taken off; ratio {ratio:.1f}; same points")


if __name__ == "__main__":
    main(*class_sizes(__doc__, 20))
