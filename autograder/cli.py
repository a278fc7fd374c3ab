"""The command line: `autograder COMMAND`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .grade_arguments import add_arguments
from .report_arguments import add_report


def _init(options: argparse.Namespace) -> int:
    from .init import InitError, lay_out

    try:
        print(lay_out(options.folder))
    except (InitError, OSError) as error:
        print(f"autograder init: {error}", file=sys.stderr)
        return 1
    return 0


def _check(options: argparse.Namespace) -> int:
    from .check import CannotCheck, check

    try:
        right, words = check(options.notebook, options.unconfined)
    except CannotCheck as error:
        print(f"autograder check: {options.notebook}: {error}", file=sys.stderr)
        return 2
    print(words)
    return 0 if right else 1


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="autograder", description="The auto-graded exercise on backpropagation."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    init = commands.add_parser(
        "init",
        help="lay the assignment into a new or an existing nbgrader course",
        description="Lay the assignment into a new or an existing nbgrader course. "
        "Nothing that is there already is touched.",
    )
    init.add_argument("folder", type=Path, metavar="FOLDER", help="the course's folder")
    init.set_defaults(run=_init)
    _add_check(commands)
    add_report(commands)
    grade = commands.add_parser(
        "grade",
        help="grade a whole class, several hand-ins at a time",
        description="Grade what lies in submitted/ of the course in this folder, each hand-in in isolation, "
        "into autograded/ and the gradebook. What has not changed since it was graded is left alone.",
    )
    add_arguments(grade)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code is 0 if all went well, 1 if not, 2 for a wrong call."""
    options = _parser().parse_args(arguments)
    code: int = options.run(options)
    return code
