"""`nbgrader autograde` with its own kernels and with isolation, side by side in one run.

    python tests/benchmark.py [STUDENTS]

Grades the same class (20 students, half of them with mistakes) in both ways, three times in turn, as
whole commands. The start-up is measured on a course without hand-ins and taken off. Checks that the
points are the same, and prints the medians and their ratio.
"""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from demo import nbgrader, points_of
from nbgrader.api import Gradebook
from sample_class import NAME, hand_in

from autograder.init import CONFIG, lay_out, origin

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
ROUNDS = 3
WAYS = ("kernels", "isolation")


def lay(course: Path, way: str, students: int) -> None:
    """A released course with so many hand-ins, configured for one of the two ways."""
    lay_out(course)
    if way == "kernels":
        (course / CONFIG).write_text("c = get_config()\n")
    else:
        shutil.copy(origin() / CONFIG, course)
    for number in range(students):
        place = course / "submitted" / f"student-{number:02d}" / NAME
        place.mkdir(parents=True)
        (place / f"{NAME}.ipynb").write_text(hand_in(LABELS[number % len(LABELS)]) or "", encoding="utf-8")
    assert nbgrader(course, course / "release.log", "generate_assignment", NAME) == 0


def seconds(course: Path) -> float:
    """How long it takes to grade the course once more, as a whole command."""
    start = time.monotonic()
    nbgrader(course, course / "autograde.log", "autograde", NAME, "--force")
    return time.monotonic() - start


def points(course: Path, students: int) -> list[dict[str, float | None]]:
    """The points of every student."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return [points_of(gradebook, f"student-{number:02d}") for number in range(students)]


def main(students: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        courses = {way: Path(name, way) for way in WAYS}
        empty = Path(name, "empty")
        lay(empty, "kernels", 0)
        for way, course in courses.items():
            lay(course, way, students)
        times: dict[str, list[float]] = {way: [] for way in (*WAYS, "start-up")}
        for _ in range(ROUNDS):
            times["start-up"].append(seconds(empty))
            for way, course in courses.items():
                times[way].append(seconds(course))
        assert points(courses["kernels"], students) == points(courses["isolation"], students)
    start = statistics.median(times["start-up"])
    each = {way: (statistics.median(times[way]) - start) / students for way in WAYS}
    for way in WAYS:
        whole = ", ".join(f"{t:.1f}" for t in times[way])
        print(f"{way:10} {each[way] * 1000:6.0f} ms for each notebook   (whole commands: {whole} s)")
    ratio = each["kernels"] / each["isolation"]
    print(f"start-up   {start:6.1f} s, taken off; ratio {ratio:.1f}; same points")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
