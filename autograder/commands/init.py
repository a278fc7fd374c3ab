"""`autograder init`: add the assignment to an nbgrader course, and touch nothing that is there already."""

import argparse
import filecmp
import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from textwrap import indent

HELP = "add the assignment to a new or an existing nbgrader course"
DESCRIPTION = (
    "Add the assignment to a new or an existing nbgrader course. Nothing that is there already is touched."
)

CONFIG = "nbgrader_config.py"

NOT_A_FOLDER = "{path} is a file, not a folder. Give the course's folder, or the name of a new one."
IN_THE_WAY = (
    "{path} is there already and is not this version of the assignment. Nothing was touched. "
    "Move it away, or choose another course folder."
)
BAD_CONFIG = "{path} cannot be read ({reason}). Nothing was touched."
ADDED = "Added the assignment: {path}."
SAME = "The assignment is in {path} already, in this very version."
WROTE_CONFIG = "Wrote {path}."
SAME_CONFIG = "{path} is in place already."
KEPT_CONFIG = """Left your {path} as it is. To grade in the sandbox, add to it:

{settings}"""
NEXT = """Next, three commands:

    cd {course}
    nbgrader generate_assignment {assignment}    (makes release/, for your students)
    nbgrader autograde {assignment}              (when their work is in submitted/)
    nbgrader generate_feedback {assignment}      (one page for each of them, in feedback/)"""


class InitError(Exception):
    """The assignment cannot be added; the message says what is in the way."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the course's folder")


def origin() -> Path:
    """Return the folder that holds source/ and nbgrader_config.py: in the wheel, or in the clone."""
    from ..exercises import own_sources

    return own_sources().parent


def place_in(course: Path, assignment: str) -> Path:
    """Return where the course keeps the source of an assignment, by its own configuration."""
    from ..adapters.nbgrader.configuration import ConfigurationUnreadable, source_folder

    try:
        return source_folder(course, CONFIG, assignment)
    except ConfigurationUnreadable as error:
        raise InitError(BAD_CONFIG.format(path=course / CONFIG, reason=error)) from error


def _files(folder: Path) -> dict[Path, Path]:
    """Return the files below a folder that belong to the assignment, by their relative paths."""
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    made = {"__pycache__", ".ipynb_checkpoints"}
    return {name: path for name, path in found.items() if not made.intersection(name.parts)}


def _same(one: Path, other: Path) -> bool:
    ours, theirs = _files(one), _files(other)
    return ours.keys() == theirs.keys() and all(
        filecmp.cmp(path, theirs[name], shallow=False) for name, path in ours.items()
    )


def _copy(source: Path, place: Path) -> None:
    """Copy the assignment aside and move it into place as a whole: there is no half of it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".autograder-") as aside:
        for name, path in _files(source).items():
            copy = Path(aside, place.name, name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        Path(aside, place.name).rename(place)


def _add_source(course: Path, assignment: str) -> str:
    source, place = origin() / "source" / assignment, place_in(course, assignment)
    if not os.path.lexists(place):
        _copy(source, place)
        return ADDED.format(path=place)
    if place.is_dir() and _same(source, place):
        return SAME.format(path=place)
    raise InitError(IN_THE_WAY.format(path=place))


def _settings() -> str:
    """Return the settings of our configuration, without its head."""
    text = (origin() / CONFIG).read_text(encoding="utf-8")
    lines = [line.partition("  #")[0] for line in text[text.index("\nfrom ") :].splitlines() if line]
    return indent("\n".join(lines), "    ")


def _add_config(course: Path) -> str:
    ours, path = origin() / CONFIG, course / CONFIG
    if not path.exists():
        shutil.copyfile(ours, path)
        return WROTE_CONFIG.format(path=path)
    if filecmp.cmp(ours, path, shallow=False):
        return SAME_CONFIG.format(path=path)
    return KEPT_CONFIG.format(path=path, settings=_settings())


def lay_out(folder: Path) -> str:
    """Add the assignment to a new or an existing course; return what was done, and what comes next.

    Raises InitError if something is in the way; then nothing was touched.
    """
    from ..exercises import names

    course = folder.resolve()
    if course.exists() and not course.is_dir():
        raise InitError(NOT_A_FOLDER.format(path=folder))
    if os.path.lexists(course / CONFIG) and not (course / CONFIG).is_file():
        raise InitError(BAD_CONFIG.format(path=course / CONFIG, reason="not a file"))
    assignments = names()
    done = [_add_source(course, name) for name in assignments] + [_add_config(course)]
    return "\n".join([*done, "", NEXT.format(course=shlex.quote(str(folder)), assignment=assignments[0])])


def run(options: argparse.Namespace) -> int:
    """Add the assignment to a course; 1 if something is in the way."""
    try:
        print(lay_out(options.folder))
    except (InitError, OSError) as error:
        print(f"autograder init: {error}", file=sys.stderr)
        return 1
    return 0
