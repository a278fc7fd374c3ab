"""`nbgrader autograde` as it comes and `autograder grade`, on the same class in one run.

    python tests/benchmarks/grade.py [STUDENTS]

Grades a class (60 students, half of them with mistakes) with nbgrader's own kernels once and with
`autograder grade`, two workers and full isolation, three times: whole commands. The start-up of each is
measured on a course without hand-ins. The student's own code is what the same cells and calls take in a
process forked for each hand-in, with nothing around it. Checks that the points are the same.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from classes import class_sizes, lay, measure, medians, points, take_stock
from support.sample_class import NAME

ROUNDS = 3
STOCK = ("nbgrader", "autograde", NAME, "--force")
OURS = ("autograder", "grade", NAME, "--force", "--workers", "2", "--profile")


def own_code() -> str:
    """What the student's own code takes for one hand-in, all of it in the last line."""
    environment = {**os.environ, "NBGRADER_EXECUTION": "autograde"}
    command = [sys.executable, str(Path(__file__).with_name("own_code.py"))]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def main(students: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        theirs, none = (take_stock(lay(Path(name, n), count)) for n, count in (("t", students), ("n", 0)))
        ours, empty = (lay(Path(name, n), count) for n, count in (("o", students), ("e", 0)))
        stock, start_of_stock = measure(theirs, *STOCK), measure(none, *STOCK).seconds
        runs = [measure(ours, *OURS) for _ in range(ROUNDS)]
        starts = [measure(empty, *OURS) for _ in range(ROUNDS)]
        assert points(theirs, students) == points(ours, students)
    seconds, processor, memory = medians(runs)
    start, start_processor, _ = medians(starts)
    each, each_of_stock = (seconds - start) / students, (stock.seconds - start_of_stock) / students
    work = (processor - start_processor) / students * 1000
    print(f"{students} hand-ins; the same points for every question of every student")
    print(f"nbgrader autograde  {stock.seconds:6.1f} s, of it start-up {start_of_stock:.1f} s; then "
          f"{each_of_stock * 1000:.0f} ms each; largest process {stock.memory:.0f} MB")  # fmt: skip
    print(f"autograder grade    {seconds:6.1f} s, of it start-up {start:.1f} s; then {each * 1000:.0f} ms "
          f"each; largest process {memory:.0f} MB")  # fmt: skip
    print(f"ratio of whole commands {stock.seconds / seconds:.1f}, once started {each_of_stock / each:.1f}")
    print(f"processor time for one hand-in {work:.1f} ms; the student's own code, in a process by itself:")
    print(own_code())
    print(runs[-1].log[runs[-1].log.index("Processor time") :])


if __name__ == "__main__":
    main(*class_sizes(__doc__, 60))
