"""What the student's own code takes: the cells and calls of the class, in a process forked for each hand-in.

    NBGRADER_EXECUTION=autograde python tests/benchmarks/own_code.py

No isolation, no grader, no judging; the process has loaded what a student's process has, and no more. Prints
milliseconds of processor time for one hand-in, and how many pages of memory the kernel copied or made for
it: for a process that does nothing, with the cells as plain Python, with the cells in IPython and, last, with
the calls as well, which is all.
"""

import gc
import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
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


def as_python(shell: Shell, cells: list[str]) -> None:
    """Run the student's cells without IPython, as far as that goes."""
    take_over(shell)
    shell.outputs = Outputs()
    for source in cells:
        with suppress(Exception, SystemExit):
            exec(source, shell.user_ns)


def run_all(shell: Shell, cells: list[str], calls: Calls) -> None:
    """Run the student's cells, and call the functions."""
    run_cells(shell, cells)
    call_all(shell.user_ns, calls)


def spent() -> float:
    """Seconds of processor time, of this process and of those that ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def measure(hand_ins: list[list[str]], work: Callable[[list[str]], None]) -> str:
    """What the work takes for one hand-in, each time in a process of its own."""
    start, pages = spent(), 0
    for cells in hand_ins * ROUNDS:
        if os.fork() == 0:
            work(cells)
            os._exit(0)
        pages += os.wait3(0)[2].ru_minflt
    count = len(hand_ins) * ROUNDS
    return f"{(spent() - start) / count * 1000:6.1f} ms {pages / count:6.0f} pages"


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
    ways: dict[str, Callable[[list[str]], None]] = {
        "nothing": lambda cells: None,
        "plain Python": partial(as_python, shell),
        "IPython": partial(run_cells, shell),
        "with calls": lambda cells: run_all(shell, cells, calls),
    }
    for name, work in ways.items():
        print(f"{name:13}{measure(hand_ins, work)}", file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    main()
