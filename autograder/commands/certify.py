"""`autograder certify`: whether an exercise can be graded."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..authoring.certificate import Finding

HELP = "say whether an exercise, your own or one of ours, can be graded"
DESCRIPTION = (
    "Try an exercise of the course in this folder at the test inputs of many students: the reference against "
    "both numerical gradients, every known mistake, the solutions of the source notebook, what the release "
    "gives away, and whether points and hints agree. Nothing is changed."
)
EXIT_CODES = (
    "The exit code is 0 if all is certified, 1 if something is wrong or still open, 2 if nothing could be "
    "found out."
)
RELEASE, NO_LEAK = "release", "gives nothing away"
CERTIFIED, NOT_CERTIFIED = "{name} is certified.", "{name} is not certified yet."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = EXIT_CODES
    parser.add_argument("names", nargs="*", metavar="NAME", help="exercises (default: all in this course)")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def _release(name: str, course: Path) -> "Finding":
    from ..authoring.certificate import Finding, State
    from ..authoring.release import NoRelease, leaks

    try:
        found = leaks(name, course)
    except NoRelease as error:
        return Finding(RELEASE, State.WRONG, str(error))
    return Finding(RELEASE, State.WRONG if found else State.RIGHT, found[0] if found else NO_LEAK)


def findings(name: str, course: Path) -> "Iterator[Finding]":
    """Yield what is found of an exercise; raise ExerciseError if there is no such exercise."""
    from .. import exercises
    from ..authoring.certificate import Certificate
    from ..authoring.solutions import points, solutions

    exercise, folder = exercises.find(name, course), exercises.source_of(name, course)
    yield from Certificate(exercise, exercises.formulas(name, course), folder).findings()
    yield points(name, course, exercise.public.asked)
    yield from solutions(name, course)
    yield _release(name, course)


def _certify(name: str, course: Path, as_json: bool) -> "list[Finding]":
    """Find out all of an exercise, and print each finding as it comes."""
    found = []
    print("" if as_json else f"{name}\n", end="" if as_json else "\n")
    for finding in findings(name, course):
        found.append(finding)
        if not as_json:
            words = finding.words.replace("\n", "\n" + " " * 23)
            print(f"  {finding.state} {finding.check:18} {words}", flush=True)
    if not as_json:
        done = all(finding.state.passes for finding in found)
        print("\n" + (CERTIFIED if done else NOT_CERTIFIED).format(name=name) + "\n")
    return found


def run(options: argparse.Namespace) -> int:
    """Certify exercises; 0 if all is well, 1 if something is wrong or open, 2 if nothing could be
    found out."""
    from ..exercises import ExerciseError, gradable
    from ..sandbox.processes import CannotIsolate
    from ..submission.notebook import Unreadable

    course = Path.cwd()
    try:
        names = options.names or gradable(course)
        found = {name: _certify(name, course, options.json) for name in names}
    except (ExerciseError, CannotIsolate, Unreadable, OSError, KeyError) as error:
        print(f"autograder certify: {error}", file=sys.stderr)
        return 2
    if options.json:
        as_data = {name: list(map(vars, each)) for name, each in found.items()}
        print(json.dumps(as_data, ensure_ascii=False, indent=1))
    return int(not all(f.state.passes for each in found.values() for f in each))
