"""Lay the assignment into an nbgrader course, and touch nothing that is there already."""

import filecmp
import os
import shlex
import shutil
import tempfile
from pathlib import Path
from textwrap import indent
from typing import Any

ASSIGNMENT = "neural_network_derivation"
CONFIG = "nbgrader_config.py"

NOT_A_FOLDER = "{path} is a file, not a folder. Name the course's folder, or one that is to be made."
IN_THE_WAY = (
    "{path} is there already and is not this version of the assignment. Nothing was touched. "
    "Move it away, or choose another course folder."
)
BAD_CONFIG = "{path} cannot be read ({reason}). Nothing was touched."
LAID = "Laid the assignment into {path}."
SAME = "The assignment is in {path} already, in this very version."
WROTE_CONFIG = "Wrote {path}."
SAME_CONFIG = "{path} is in place already."
KEPT_CONFIG = """Left your {path} alone. To grade in isolation, add to it:

{settings}"""
NEXT = """Next, three commands:

    cd {course}
    nbgrader generate_assignment {assignment}    (makes release/, for your students)
    nbgrader autograde {assignment}              (when their work lies in submitted/)
    nbgrader generate_feedback {assignment}      (one page for each of them, in feedback/)"""


class InitError(Exception):
    """The assignment cannot be laid out; the message says what is in the way."""


def origin() -> Path:
    """The folder that holds source/ and nbgrader_config.py: in the wheel, or in the clone."""
    packaged = Path(__file__).parents[1] / "assignment"
    return packaged if packaged.is_dir() else Path(__file__).parents[2]


def _load_config(course: Path) -> Any:
    """The course's own nbgrader configuration; nbgrader runs that file, too."""
    from traitlets.config.loader import Config, PyFileConfigLoader

    config = Config()
    if (course / CONFIG).is_file():
        try:
            config = PyFileConfigLoader(CONFIG, path=str(course)).load_config()
        except (Exception, SystemExit) as error:
            raise InitError(BAD_CONFIG.format(path=course / CONFIG, reason=error)) from error
    config.CourseDirectory.setdefault("root", str(course))
    return config


def place_in(course: Path) -> Path:
    """Where the course keeps the source of this assignment, by its own configuration."""
    from ..adapters.nbgrader.course import source_folder

    config = _load_config(course)
    try:
        return source_folder(config, ASSIGNMENT)
    except Exception as error:  # a folder that is a number, a structure with unknown names
        raise InitError(BAD_CONFIG.format(path=course / CONFIG, reason=error)) from error


def _files(folder: Path) -> dict[Path, Path]:
    """The files below a folder that belong to the assignment, by their relative paths."""
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


def _lay_source(course: Path) -> str:
    source, place = origin() / "source" / ASSIGNMENT, place_in(course)
    if not os.path.lexists(place):
        _copy(source, place)
        return LAID.format(path=place)
    if place.is_dir() and _same(source, place):
        return SAME.format(path=place)
    raise InitError(IN_THE_WAY.format(path=place))


def _settings() -> str:
    """The settings of our configuration, without its head."""
    text = (origin() / CONFIG).read_text(encoding="utf-8")
    lines = [line.partition("  #")[0] for line in text[text.index("\nfrom ") :].splitlines() if line]
    return indent("\n".join(lines), "    ")


def _lay_config(course: Path) -> str:
    ours, path = origin() / CONFIG, course / CONFIG
    if not path.exists():
        shutil.copyfile(ours, path)
        return WROTE_CONFIG.format(path=path)
    if filecmp.cmp(ours, path, shallow=False):
        return SAME_CONFIG.format(path=path)
    return KEPT_CONFIG.format(path=path, settings=_settings())


def lay_out(folder: Path) -> str:
    """Lay the assignment into a new or an existing course; what was done, and what comes next.

    Raises InitError if something is in the way; then nothing was touched.
    """
    course = folder.resolve()
    if course.exists() and not course.is_dir():
        raise InitError(NOT_A_FOLDER.format(path=folder))
    if os.path.lexists(course / CONFIG) and not (course / CONFIG).is_file():
        raise InitError(BAD_CONFIG.format(path=course / CONFIG, reason="not a file"))
    done = [_lay_source(course), _lay_config(course)]
    return "\n".join([*done, "", NEXT.format(course=shlex.quote(str(folder)), assignment=ASSIGNMENT)])
