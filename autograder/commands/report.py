"""The arguments of `autograder report`; what it does is imported when it is asked for."""

import argparse
import sys
from pathlib import Path


def _report(options: argparse.Namespace) -> int:
    from ..class_run.gradebook import CourseError, GradebookError
    from .report_reader import report

    try:
        print(report(Path.cwd(), options.assignment, options.output, options.anonymous))
    except (CourseError, GradebookError, OSError) as error:
        print(f"autograder report: {error}", file=sys.stderr)
        return 1
    return 0


def add_report(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command and its arguments."""
    parser = commands.add_parser(
        "report",
        help="a page on a graded class: points, questions, mistakes, who needs a look",
        description="Write a page on the class whose work is graded in the course in this folder, with its "
        "pictures as SVG and its tables as CSV. The gradebook is only read.",
    )
    parser.add_argument("assignment", nargs="?", help="its name (not needed if there is but one)")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="where to (report/ASSIGNMENT)")
    parser.add_argument("--anonymous", action="store_true", help="leave names out, in every file")
    parser.set_defaults(run=_report)
