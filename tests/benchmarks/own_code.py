"""What the student's own code takes: the cells and calls of the class, in a process forked for each hand-in.

No isolation, no grader, no judging; the process has loaded what a student's process has, and no more. Prints
milliseconds of processor time for one hand-in.
"""

import gc
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from autograder.sandbox.inside.public import load, load_lab
from autograder.sandbox.inside.rehearsal import rehearse
from autograder.sandbox.inside.shell import Outputs, Shell, make_shell, take_over

ROUNDS = 10

SOURCE = Path(__file__).parents[2] / "source" / "neural_network_derivation"

Calls = dict[str, list[Any]]  # the arguments of each call, by the name of the function


def cells_and_calls() -> tuple[list[list[str]], Calls]:
    """The code cells of each hand-in, and the calls. In a process of its own, for it imports the grader."""
    from classes import LABELS
    from support.sample_class import NAME, hand_in

    from autograder import exercises
    from autograder.adapters.nbgrader.template import template_of
    from autograder.judging.sampling import sample_inputs
    from autograder.submission.cells import is_graded
    from autograder.submission.rebuild import rebuild

    template = template_of(SOURCE / f"{NAME}.ipynb")
    notebooks = [rebuild(template, json.loads(hand_in(label) or "")).notebook for label in LABELS]
    cells = [
        ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code" and not is_graded(c)]
        for notebook in notebooks
    ]
    exercise = exercises.find(NAME)
    samples = sample_inputs(exercise, b"any", "backward")
    return cells, {
        name: [exercise.public.values_given(question, s.values, s.gradients) for s in samples]
        for name, question in exercise.public.asked.items()
    }


def run_cells(shell: Shell, cells: list[str]) -> None:
    """Run the student's cells."""
    take_over(shell)
    for source in cells:
        shell.outputs = Outputs()
        shell.run_cell(source, store_history=True)


def call_all(names: dict[str, Any], calls: Calls) -> None:
    """Call each function at the points."""
    for name, cases in calls.items():
        for arguments in cases:
            try:
                names[name](*arguments)
            except Exception:
                break  # of an answer that is open, or wrong


def run_apart(shell: Shell, cells: list[str], calls: Calls) -> None:
    """Run all of a notebook in a process of its own."""
    if os.fork() == 0:
        run_cells(shell, cells)
        call_all(shell.user_ns, calls)
        os._exit(0)
    os.wait()


def spent() -> float:
    """Seconds of processor time, of this process and of those that ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def main() -> None:
    """Measure and print."""
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        hand_ins, calls = apart.submit(cells_and_calls).result()
    shell = make_shell()
    rehearse(shell)
    load_lab()
    sys.modules.update(load(str(SOURCE)))
    gc.collect()
    gc.freeze()
    start = spent()
    for cells in hand_ins * ROUNDS:
        run_apart(shell, cells, calls)
    print((spent() - start) / len(hand_ins) / ROUNDS * 1000, file=sys.__stdout__)


if __name__ == "__main__":
    main()
