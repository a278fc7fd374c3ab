"""`autograder hints`: make the sealed hints that the visible checks open."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

HELP = "make the sealed hints of an exercise, after its mistakes or its numbers were changed"
DESCRIPTION = (
    "Write source/NAME/hints.json in the course in this folder: the table with which the notebook's own "
    "checks tell a student of a known mistake. Each hint in it is locked with the wrong numbers that it "
    "belongs to."
)
EXIT_CODES = (
    "The exit code is 0 if all is well, 1 if a table is stale (with --check), 2 if one could not be made."
)
STALE = "{path} is stale. Make it again: autograder hints {name}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = EXIT_CODES
    parser.add_argument("names", nargs="*", metavar="NAME", help="exercises (default: all in this course)")
    parser.add_argument("--check", action="store_true", help="write nothing, say which tables are stale")


def _stale(names: Sequence[str], course: Path, check: bool) -> list[str]:
    """Write the tables that are stale, or with `check` say which they are."""
    from backprop_lab.hints import FILE

    from .. import exercises
    from ..judging.sealing import sealed_hints

    stale = []
    for name in names:
        path, made = exercises.source_of(name, course) / FILE, sealed_hints(exercises.find(name, course))
        if path.is_file() and path.read_text(encoding="utf-8") == made:
            continue
        stale.append(STALE.format(path=path, name=name))
        if not check:
            path.write_text(made, encoding="utf-8")
    return stale if check else []


def run(options: argparse.Namespace) -> int:
    """Make or check the tables; 0 if all is well, 1 if one is stale, 2 if one could not be made."""
    from ..exercises import ExerciseError, gradable

    course = Path.cwd()
    try:
        stale = _stale(options.names or gradable(course), course, options.check)
    except (ExerciseError, ValueError, OSError) as error:
        print(f"autograder hints: {error}", file=sys.stderr)
        return 2
    print(*stale, sep="\n", end="\n" if stale else "")
    return 1 if stale else 0
