"""What the student's own code takes: the cells and calls of the class, in a process forked for each hand-in.

No isolation, no grader, no judging. Prints milliseconds of processor time for one hand-in.
"""

import gc
import json
import os
import sys
from pathlib import Path

from classes import LABELS
from support.sample_class import NAME, hand_in

from autograder import exercises
from autograder.adapters.nbgrader.template import template_of
from autograder.judging.sampling import sample_inputs
from autograder.sandbox.inside.rehearsal import rehearse
from autograder.sandbox.inside.shell import Outputs, Shell, make_shell, take_over
from autograder.submission.cells import is_graded
from autograder.submission.rebuild import rebuild

SOURCE = Path(__file__).parents[2] / "source" / NAME / f"{NAME}.ipynb"
EXERCISE = exercises.find(NAME)
SAMPLES = sample_inputs(EXERCISE, b"any", "backward")
ROUNDS = 10


def run_cells(shell: Shell, cells: list[dict[str, object]]) -> None:
    """Run the student's cells."""
    take_over(shell)
    for cell in cells:
        if cell["cell_type"] == "code" and not is_graded(cell):
            shell.outputs = Outputs()
            shell.run_cell("".join(cell["source"]), store_history=True)  # type: ignore[arg-type]


def call_all(names: dict[str, object]) -> None:
    """Call each function at the points."""
    for name, question in EXERCISE.public.asked.items():
        for sample in SAMPLES:
            given = EXERCISE.public.values_given(question, sample.values, sample.gradients)
            try:
                names[name](*given)  # type: ignore[operator]
            except Exception:
                break  # of an answer that is open, or wrong


def run_apart(shell: Shell, notebook: dict[str, list[dict[str, object]]]) -> None:
    """Run all of a notebook in a process of its own."""
    if os.fork() == 0:
        run_cells(shell, notebook["cells"])
        call_all(shell.user_ns)
        os._exit(0)
    os.wait()


def spent() -> float:
    """Seconds of processor time, of this process and of those that ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def main() -> None:
    """Measure and print."""
    shell, template = make_shell(), template_of(SOURCE)
    notebooks = [rebuild(template, json.loads(hand_in(label) or "")).notebook for label in LABELS]
    rehearse(shell)
    gc.freeze()
    start = spent()
    for notebook in notebooks * ROUNDS:
        run_apart(shell, notebook)
    print((spent() - start) / len(notebooks) / ROUNDS * 1000, file=sys.__stdout__)


if __name__ == "__main__":
    main()
