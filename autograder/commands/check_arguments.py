"""The arguments of `autograder check`; what it does is imported when it is asked for."""

import argparse
import sys
from pathlib import Path


def _check(options: argparse.Namespace) -> int:
    from .check import CannotCheck, check

    try:
        right, words = check(options.notebook, options.unconfined)
    except CannotCheck as error:
        print(f"autograder check: {options.notebook}: {error}", file=sys.stderr)
        return 2
    print(words)
    return 0 if right else 1


def add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command and its arguments."""
    check = commands.add_parser(
        "check",
        help="say what a grader would say of a notebook, by its visible points",
        description="Run a notebook, a student's or the source, in isolation, and say for each question what "
        "a grader would say. It is judged at the numbers of the notebook's own checks; a grade takes other, "
        "hidden ones. No course and no secret are needed, and nothing is written.",
        epilog="The exit code is 0 if every answer is right, 1 if one is wrong or open, 2 if nothing could "
        "be found out (no notebook of this assignment, no isolation).",
    )
    check.add_argument("notebook", type=Path, metavar="NOTEBOOK", help="the notebook's file, of any name")
    check.add_argument(
        "--unconfined",
        action="store_true",
        help="go on where files or network cannot be closed off to the notebook's code; for your own only",
    )
    check.set_defaults(run=_check)
