"""`autograder grade` on classes of 30, 300 and 3,000: time for one hand-in and memory of each.

    python tests/benchmarks/scaling.py [STUDENTS …]

The start-up is measured on a course without hand-ins and taken off. What takes little time is measured
several times; the medians count.
"""

import tempfile
from pathlib import Path

from classes import class_sizes, lay, measure, medians
from support.sample_class import NAME

GRADE = ("autograder", "grade", NAME, "--json")


def grade(folder: Path, students: int) -> tuple[float, float, float]:
    """Seconds, processor time and memory of a class that is graded for the first time."""
    rounds = 1 if students >= 1000 else 3
    return medians([measure(lay(folder / str(number), students), *GRADE) for number in range(rounds)])


def main(sizes: list[int]) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        start, start_processor, _ = grade(Path(name, "empty"), 0)
        print(f"start-up {start:.1f} s, {start_processor:.1f} s of processor time; taken off")
        for size in sizes:
            seconds, processor, memory = grade(Path(name, str(size)), size)
            each, work = ((v / size * 1000) for v in (seconds - start, processor - start_processor))
            print(f"{size:5} hand-ins: {each:5.1f} ms each, {work:5.1f} ms of processor time, "
                  f"largest process {memory:.0f} MB")  # fmt: skip


if __name__ == "__main__":
    main(class_sizes(__doc__, 30, 300, 3000))
