"""`autograder init`: add assignments to an nbgrader course, and touch nothing that is there already."""

import argparse
import filecmp
import math
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..adapters.nbgrader.wording import Wording

HELP = "add assignments to a new or an existing nbgrader course"
DESCRIPTION = (
    "Add assignments to a new or an existing nbgrader course. Nothing that is there already is touched."
)
FIRST = "neural_network_derivation"  # what is added if none is named

CONFIG, IGNORED = "nbgrader_config.py", ".gitignore"

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
WROTE_IGNORED = "Wrote {path}: the secret, the logs and the gradebook do not belong into a repository."
KEPT_IGNORED = """Left your {path} as it is. What does not belong into a repository, add to it:

{lines}"""
UNKNOWN = "there is no assignment {name!r}. There are: {known}. Nothing was touched."
ONE_TITLE = "--title is for one assignment, and you name {count}. Nothing was touched."
NO_POINTS = "{text!r} is not QUESTION=POINTS, as in grad_w=2.5"
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
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"which assignments (default: {FIRST}); there are: {', '.join(_known())}",
    )
    parser.add_argument("--title", default="", help="the notebook's title, in place of the statement's")
    parser.add_argument("--course", default="", help="the name of the course, as the notebook shows it")
    parser.add_argument("--year", default="", help="the year, or the term")
    parser.add_argument(
        "--points",
        action="append",
        default=[],
        type=_points,
        metavar="QUESTION=POINTS",
        help="what a question is worth (may be repeated)",
    )


def _known() -> tuple[str, ...]:
    """Return the names of the assignments that come with the autograder, the first one first."""
    found = Path(__file__).parents[1].glob("exercises/*/__init__.py")  # numpy, say, is not imported for it
    return tuple(sorted((path.parent.name for path in found), key=lambda name: (name != FIRST, name)))


def _points(text: str) -> tuple[str, float]:
    """A question and its points."""
    name, _, number = text.partition("=")
    try:
        points = float(number)
    except ValueError:
        points = math.nan
    if not name or not 0 <= points < math.inf:
        raise argparse.ArgumentTypeError(NO_POINTS.format(text=text))
    return name, points


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


def _files(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder that belong to the assignment, by their relative paths."""
    made = {"__pycache__", ".ipynb_checkpoints"}
    paths = [path for path in folder.rglob("*") if path.is_file() and not made.intersection(path.parts)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _write(files: Mapping[str, bytes], place: Path) -> None:
    """Write the assignment aside and move it into place as a whole: there is no half of it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".autograder-") as aside:
        for name, content in files.items():
            path = Path(aside, place.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        Path(aside, place.name).rename(place)


def _add_source(course: Path, assignment: str, wording: "Wording") -> str:
    from ..adapters.nbgrader.wording import WordingError, reword

    place = place_in(course, assignment)
    try:
        files = reword(_files(origin() / "source" / assignment), wording, assignment)
    except WordingError as error:
        raise InitError(f"{error}. Nothing was touched.") from None
    if not os.path.lexists(place):
        _write(files, place)
        return ADDED.format(path=place)
    if place.is_dir() and _files(place) == files:
        return SAME.format(path=place)
    raise InitError(IN_THE_WAY.format(path=place))


def _add_ignored(course: Path) -> str:
    """Keep out of a repository what is not for everybody's eyes."""
    from ..class_run.follow import LOGS
    from ..class_run.lock import LOCK
    from ..submission.secret import SECRET

    path, lines = course / IGNORED, [SECRET, LOCK, f"{LOGS}/", "gradebook.db"]
    if not path.exists():
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        return WROTE_IGNORED.format(path=path)
    there = path.read_text(encoding="utf-8", errors="replace").split()
    missing = "\n".join(f"    {line}" for line in lines if line not in there)
    return KEPT_IGNORED.format(path=path, lines=missing) if missing else ""


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


def lay_out(folder: Path, wording: "Wording | None" = None, names: Sequence[str] = (FIRST,)) -> str:
    """Add assignments to a new or an existing course, in the course's words; return what was done, and what
    comes next.

    Raises InitError if something is in the way; then nothing was touched.
    """
    from ..adapters.nbgrader.wording import Wording

    course = folder.resolve()
    for name in names:
        if name not in _known():
            raise InitError(UNKNOWN.format(name=name, known=", ".join(_known())))
    if course.exists() and not course.is_dir():
        raise InitError(NOT_A_FOLDER.format(path=folder))
    if os.path.lexists(course / CONFIG) and not (course / CONFIG).is_file():
        raise InitError(BAD_CONFIG.format(path=course / CONFIG, reason="not a file"))
    words = wording or Wording()
    if words.title and len(names) > 1:
        raise InitError(ONE_TITLE.format(count=len(names)))
    done = [_add_source(course, name, words) for name in names]
    done += [_add_config(course), _add_ignored(course)]
    return "\n".join(
        [*filter(None, done), "", NEXT.format(course=shlex.quote(str(folder)), assignment=names[0])]
    )


def run(options: argparse.Namespace) -> int:
    """Add assignments to a course; 1 if something is in the way."""
    from ..adapters.nbgrader.wording import Wording

    wording = Wording(options.title, options.course, options.year, dict(options.points))
    try:
        print(lay_out(options.folder, wording, options.names or (FIRST,)))
    except (InitError, OSError) as error:
        print(f"autograder init: {error}", file=sys.stderr)
        return 1
    return 0
