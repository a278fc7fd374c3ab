"""`autograder hints`: make the sealed hints that the visible checks open."""

import argparse
import json
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
NONE_HERE = "there is no exercise in {folder}/source that can be graded"
STALE = "{path} is stale. Make it again: autograder hints {name}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = EXIT_CODES
    parser.add_argument("names", nargs="*", metavar="NAME", help="exercises (default: all in this course)")
    parser.add_argument("--check", action="store_true", help="write nothing, say which tables are stale")


def _here(course: Path) -> list[str]:
    """Return the exercises of a course that can be graded; raise ExerciseError if there is none."""
    from .. import exercises

    found = [n for n in exercises.names(course) if (course / "source" / n / exercises.PUBLIC).is_file()]
    if not found:
        raise exercises.ExerciseError(NONE_HERE.format(folder=course))
    return found


def _made(name: str, course: Path) -> str:
    """Return the table of an exercise as text; raises ExerciseError or ValueError."""
    from .. import exercises
    from ..judging.sealing import sealed_hints

    return json.dumps(vars(sealed_hints(exercises.find(name, course))), indent=1) + "\n"


def _stale(names: Sequence[str], course: Path, check: bool) -> list[str]:
    """Write the tables that are stale, or with `check` say which they are."""
    from backprop_lab.hints import FILE

    from .. import exercises

    stale = []
    for name in names:
        path, made = exercises.source_of(name, course) / FILE, _made(name, course)
        if path.is_file() and path.read_text(encoding="utf-8") == made:
            continue
        stale.append(STALE.format(path=path, name=name))
        if not check:
            path.write_text(made, encoding="utf-8")
    return stale if check else []


def run(options: argparse.Namespace) -> int:
    """Make or check the tables; 0 if all is well, 1 if one is stale, 2 if one could not be made."""
    from ..exercises import ExerciseError

    course = Path.cwd()
    try:
        stale = _stale(options.names or _here(course), course, options.check)
    except (ExerciseError, ValueError, OSError) as error:
        print(f"autograder hints: {error}", file=sys.stderr)
        return 2
    print(*stale, sep="\n", end="\n" if stale else "")
    return 1 if stale else 0
