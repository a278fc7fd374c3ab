"""`autograder grade` on classes of 30, 300 and 3,000: time for one hand-in and memory of each.

    python tests/benchmarks/scaling.py [STUDENTS …]

The start-up is measured on a course without hand-ins and taken off.
"""

import sys
import tempfile
from pathlib import Path

from classes import lay, measure
from sample_class import NAME

GRADE = ("autograder", "grade", NAME, "--json")


def main(sizes: list[int]) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        start = measure(lay(Path(name, "empty"), 0), *GRADE)
        print(f"start-up {start.seconds:.1f} s, {start.processor:.1f} s of processor time; taken off")
        for size in sizes:
            run = measure(lay(Path(name, str(size)), size), *GRADE)
            each = (run.seconds - start.seconds) / size * 1000
            processor = (run.processor - start.processor) / size * 1000
            print(f"{size:5} hand-ins: {each:5.1f} ms each, {processor:5.1f} ms of processor time, "
                  f"largest process {run.memory:.0f} MB")  # fmt: skip


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [30, 300, 3000])
