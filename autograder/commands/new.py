"""`autograder new`: an assignment from a forward pass."""

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backprop_lab.model import Exercise

HELP = "make an assignment from a forward pass of your own"
DESCRIPTION = (
    "Make a complete assignment from a Python file with a forward pass, in the course in this folder: the "
    "questions on the way back, the notebook, the visible checks and the hidden tests. It can be graded at "
    "once, with numerical gradients; formulas may be added."
)
EXIT_CODES = "The exit code is 0 if it was made, 2 if it was not; then nothing was written."
MADE = """Made the assignment {name} from {file}. Its questions:

{questions}

    source/{name}/{name}.ipynb       the notebook: fill in the solutions, edit the words
    source/{name}/exercise.py        what your students get: your forward pass, and the questions
    exercises/{name}/gradients.py    the formulas, a second opinion beside the numerical gradients
    exercises/{name}/mistakes.py     mistakes of its own, each with a hint

Next:

    autograder certify {name}
    nbgrader generate_assignment {name}"""
QUESTION = "    {number}. {gradient} = {name}({arguments})"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = EXIT_CODES
    parser.add_argument("name", metavar="NAME", help="the name of the assignment, such as two_outputs")
    parser.add_argument(
        "--from", dest="file", type=Path, required=True, metavar="FILE.py", help="the forward pass"
    )


def _said(exercise: "Exercise", file: Path) -> str:
    from backprop_lab.model import Question

    lines = []
    for number, question in enumerate(exercise.asked.values(), 1):
        gradient = exercise.gradient(question.wrt) if isinstance(question, Question) else "all of them"
        arguments = ", ".join(exercise.arguments(question))
        words = {"gradient": gradient, "name": question.name, "arguments": arguments}
        lines.append(QUESTION.format(number=number, **words))
    return MADE.format(name=exercise.name, file=shlex.quote(str(file)), questions="\n".join(lines))


def run(options: argparse.Namespace) -> int:
    """Make the assignment; 2 if it cannot be made."""
    from ..authoring.assignment import make_assignment
    from ..authoring.forward_pass import Refused
    from ..exercises import ExerciseError

    try:
        exercise = make_assignment(options.name, options.file, Path.cwd())
    except (Refused, ExerciseError, OSError, ValueError) as error:
        print(f"autograder new: {error} Nothing was written.", file=sys.stderr)
        return 2
    print(_said(exercise, options.file))
    return 0
