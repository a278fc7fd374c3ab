"""The mutation study: right answers with one thing changed, and what the judge and the check say of each.

    python tests/benchmarks/mutations.py [--seeds N] [--students N] [--every N]

For the exercise and for the tests' own one: every right form of every question, and each expression in it
changed in all the ways that `tests/support/mutations.py` knows. What is true of a mutant is found with the
complex step at inputs that no judge has seen. Prints how many were accepted or rejected by mistake, how often
a mistake was named that was not made, and how often the visible check says the same. At last every answer by
cases (abs, max, clip, sort, sign, round) is tried on many students.
"""

import argparse
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from support.mutation_study import Study, lucky, study_mutants
from support.mutations import PIECEWISE, all_mutants

from autograder import exercises
from autograder.judging.exercise import GradedExercise
from autograder.judging.sampling import seed_for

COURSE = Path(__file__).parents[1] / "exercises" / "course"
ROWS = (
    "mutants", "raise an error or return no numbers", "judged", "right", "borderline",
    "false accepts", "false rejects", "named", "false accusations", "with a name", "right for the check only",
    "by cases, right for the check only", "right for the grader only",
)  # fmt: skip
SHARES = {
    "precision of names": ("named truly", "named"),
    "recall of names": ("with a name, recognised", "with a name"),
    "hints of the grader that the check gives": (
        "hints of the grader, given by the check",
        "hints of the grader",
    ),
}
SHOWN = 5  # offenders of each kind


def lines(study: Study) -> Iterator[str]:
    """What was found, line by line."""
    yield from (f"  {study.counts[row]:8,}  {row}" for row in ROWS)
    yield from (f"  {study.share(*parts):8.2%}  {name}" for name, parts in SHARES.items())
    for what, sources in study.offenders.items():
        yield from (f"\n{what}:\n{source}" for source in sources[:SHOWN])


def by_cases(exercise: GradedExercise, students: int, every: int) -> Iterator[str]:
    """How many students are lucky with an answer by cases."""
    seeds = [seed_for(b"a secret", "assignment", f"student-{n}", b"") for n in range(students)]
    mutants = [m for m in all_mutants(exercise) if m.change in PIECEWISE][::every]
    found = [mutant.source for mutant, _ in lucky(exercise, mutants, seeds)]
    yield f"  {len(found):8,}  accepted, of {len(mutants):,} answers by cases for {students:,} students each"
    yield from found[:SHOWN]


def main() -> None:
    parser = argparse.ArgumentParser(description="The mutation study.")
    parser.add_argument("--seeds", type=int, default=3, help="sets of test inputs for each mutant")
    parser.add_argument("--students", type=int, default=2000, help="students for each answer by cases")
    parser.add_argument("--every", type=int, default=1, help="take one mutant of so many")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # of NumPy, about what mutants do
    seeds = [seed_for(b"a secret", "assignment", f"student-{n}", b"") for n in range(options.seeds)]
    for name in exercises.names():
        exercise = exercises.find(name, COURSE)
        mutants = all_mutants(exercise)[:: options.every]
        print(name, *lines(study_mutants(exercise, mutants, seeds)), sep="\n", flush=True)
        print(*by_cases(exercise, options.students, 10 * options.every), sep="\n", flush=True)


if __name__ == "__main__":
    main()
