"""What slips in the whole pass cost, for the exercise and for the tests' own one.

    python tests/benchmarks/slips.py

Prints what each single slip costs, in entries' shares, for each step and kind of slip and for each way of
writing; then, for all pairs of slips in two steps, how many cost how much, with the pairs that do not cost
two shares. "—" stands for what a formula within `backward` cannot do without ending it, "all" for what ends
it.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations, product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from support.slips import CALLS, INLINED, KINDS, STYLES, cost, has, verdict_on

from autograder import exercises
from autograder.judging.exercise import GradedExercise
from autograder.judging.sampling import sample_inputs, seed_for

COURSE = Path(__file__).parents[1] / "exercises" / "course"
SEED = seed_for(b"a secret", "assignment", "student-01", b"")
SHOWN = 6  # pairs of each cost
WIDTH = 11


class Costs:
    """What slips cost in one exercise, in words."""

    def __init__(self, exercise: GradedExercise) -> None:
        self.exercise = exercise
        self._samples = sample_inputs(exercise, SEED, exercise.public.whole.name)

    def of(self, style: str, slips: Mapping[str, str]) -> str:
        """The cost of these kinds of slips, by the letters of their steps."""
        verdict = verdict_on(self.exercise, self._samples, style, slips)
        return "all" if verdict.reason else f"{cost(verdict, self.exercise):g}"


def singles(costs: Costs, style: str) -> Iterator[str]:
    """The lines of the table of single slips."""
    yield "    " + "".join(kind.rjust(WIDTH) for kind in KINDS)
    for step in costs.exercise.public.quantities:
        cells = (costs.of(style, {step: kind}) if has(style, kind) else "—" for kind in KINDS)
        yield f"   {step}" + "".join(cell.rjust(WIDTH) for cell in cells)


def pairs(costs: Costs, style: str) -> Iterator[str]:
    """The lines that sum up all pairs of slips."""
    found: dict[str, list[str]] = defaultdict(list)
    kinds = [kind for kind in KINDS if has(style, kind)]
    for (one, other), (first, second) in product(
        combinations(costs.exercise.public.quantities, 2), product(kinds, repeat=2)
    ):
        slips = {one: first, other: second}
        found[costs.of(style, slips)].append(f"{one} {first} and {other} {second}")
    for price, which in sorted(found.items()):
        few = "; ".join(which[:SHOWN]) + (" …" if len(which) > SHOWN else "")
        yield f"    {len(which):5} of the pairs cost {price}" + ("" if price == "2" else f": {few}")


def main() -> None:
    for name in ("neural_network_derivation", "tanh_batch"):
        costs = Costs(exercises.find(name, COURSE))
        for style in STYLES:
            print(f"{name}, {style}: a single slip costs", *singles(costs, style), sep="\n")
        for style in (CALLS, INLINED):
            print(f"{name}, {style}: two slips", *pairs(costs, style), sep="\n")


if __name__ == "__main__":
    main()
