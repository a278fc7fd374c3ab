"""The arguments of `autograder grade`; what it does is imported when it is asked for."""

import argparse


def _grade(options: argparse.Namespace) -> int:
    from .grade import grade

    return grade(options)


def add_grade(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command and its arguments."""
    parser = commands.add_parser(
        "grade",
        help="grade a whole class, several hand-ins at a time",
        description="Grade what lies in submitted/ of the course in this folder, each hand-in in isolation, "
        "into autograded/ and the gradebook. What has not changed since it was graded is left alone.",
    )
    parser.add_argument("assignment", nargs="?", help="its name (not needed if there is but one)")
    parser.add_argument("--workers", type=_count, metavar="N", help="hand-ins at a time (one a processor)")
    parser.add_argument(
        "--student", action="append", default=[], metavar="ID", help="only this student (may be repeated)"
    )
    parser.add_argument("--force", action="store_true", help="grade again what has not changed, too")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, record nothing")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON on standard output")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="grade on a Dask cluster: tcp://host:8786")
    parser.add_argument(
        "--patience", type=float, default=60.0, metavar="SECONDS", help="wait for a lost database (60)"
    )
    parser.set_defaults(run=_grade)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number
