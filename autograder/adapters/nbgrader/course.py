"""A course as nbgrader knows it: its folders, its database and its settings, by its own configuration."""

import glob
import os
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files, parse_utc

from ...submission.notebook import Notebook
from .template import template_of

NO_SOURCE = "no assignment {name!r} in {folder}. {known}"
KNOWN = "There is: {names}."
NONE_KNOWN = "Is this the course's folder? `autograder init FOLDER` lays the assignment into one."
CHOOSE = "several assignments can be graded here. Name one of them: {names}."
SEVERAL = (
    "{folder} holds {count} notebooks, and `autograder grade` grades assignments of one. "
    "Use `nbgrader autograde {name}`, which grades in isolation, too."
)
NOT_OURS = "{path} is not graded by this autograder. Use `nbgrader autograde {name}`."


class CourseError(Exception):
    """The course cannot be graded as it is; the message says why, where, and what to do."""


def load(folder: Path) -> Any:
    """nbgrader's application for a course folder: its configuration, and its folders as `coursedir`."""
    app = NbGrader(log_level=40)  # errors only: nbgrader says a lot at its start
    app.initialize([], root=str(folder))
    return app


@dataclass(frozen=True)
class Course:
    """One assignment of a course; `app` is nbgrader's application with the course's settings."""

    app: Any
    assignment: str

    @property
    def folders(self) -> CourseDirectory:
        """nbgrader's own idea of where things lie."""
        return self.app.coursedir

    @property
    def root(self) -> Path:
        """The course's folder."""
        return Path(self.folders.root)

    def place(self, step: str, student: str) -> Path:
        """The folder of a student in a step: "source" (student "."), "submitted", "autograded"."""
        name = getattr(self.folders, f"{step}_directory")
        return Path(os.path.normpath(self.folders.format_path(name, student, self.assignment)))

    @cached_property
    def source(self) -> Path:
        """The source notebook; raises CourseError if the assignment has none, or several."""
        folder = self.place("source", ".")
        notebooks = sorted(folder.glob("*.ipynb"))
        if len(notebooks) == 1:
            return notebooks[0]
        if notebooks:
            words = {"folder": folder, "count": len(notebooks), "name": self.assignment}
            raise CourseError(SEVERAL.format(**words))
        names = ", ".join(assignments(self.app))
        known = KNOWN.format(names=names) if names else NONE_KNOWN
        raise CourseError(NO_SOURCE.format(name=self.assignment, folder=folder.parent, known=known))

    @cached_property
    def template(self) -> Notebook:
        """What every trusted notebook is made from; raises CourseError for a notebook of others."""
        template = template_of(self.source)
        if template is None:
            raise CourseError(NOT_OURS.format(path=self.source, name=self.assignment))
        return template

    @cached_property
    def files(self) -> dict[str, Path]:
        """The files beside the source notebook, by their relative paths."""
        return self.files_in(self.source.parent)

    @cached_property
    def contents(self) -> dict[str, bytes]:
        """What is in them."""
        return {name: path.read_bytes() for name, path in self.files.items()}

    def files_in(self, folder: Path) -> dict[str, Path]:
        """The files below a folder that belong to an assignment: no notebooks, no links, nothing that
        nbgrader ignores."""
        found = find_all_files(str(folder), [*self.folders.ignore, "*.ipynb"])
        paths = [Path(name) for name in found]
        return {str(p.relative_to(folder)): p for p in paths if p.is_file() and not p.is_symlink()}

    def students(self) -> list[str]:
        """Who handed something in, by name."""
        folders = self.folders
        found = _glob(folders, folders.submitted_directory, "*", glob.escape(self.assignment))
        shape = folders.format_path(
            folders.submitted_directory, "(?P<student>.*)", re.escape(self.assignment), escape=True
        )
        matches = [re.fullmatch(shape, str(path)) for path in found if path.is_dir()]
        excluded = folders.student_id_exclude.split(",")
        return sorted(m["student"] for m in matches if m and m["student"] not in excluded)


def _glob(folders: CourseDirectory, step: str, student: str, assignment: str) -> list[Path]:
    """The folders of a step that match; the course's own path may hold any character."""
    words = {"nbgrader_step": step, "student_id": student, "assignment_id": assignment}
    pattern = folders.directory_structure.format(**words)
    found = glob.glob(pattern, root_dir=folders.root)  # noqa: PTH207 - a step may be an absolute path
    return [Path(os.path.normpath(Path(folders.root, name))) for name in found]


def timestamp_of(folder: Path) -> tuple[datetime | None, str]:
    """When a hand-in was handed in, by its timestamp.txt (UTC); and what is wrong with that file."""
    path = folder / "timestamp.txt"
    try:
        text = path.read_text(encoding="utf-8").strip()
        return (parse_utc(text) if text else None), ""
    except FileNotFoundError:
        return None, ""
    except (OSError, ValueError, OverflowError) as error:
        return None, f"{path.name} cannot be read ({error}): taken as not late"


def assignments(app: Any) -> list[str]:
    """The assignments of a course that are graded by this autograder."""
    found = _glob(app.coursedir, app.coursedir.source_directory, ".", "*")
    return sorted(p.name for p in found if any(template_of(n) is not None for n in p.glob("*.ipynb")))


def open_course(folder: Path, assignment: str | None) -> Course:
    """An assignment of the course in a folder, the only one there if none is named.

    Raises CourseError if there is no such assignment, or if it is not to be told which is meant.
    """
    app = load(folder)
    if assignment is None:
        found = assignments(app)
        if len(found) != 1:
            words = CHOOSE.format(names=", ".join(found)) if found else NONE_KNOWN
            raise CourseError(words)
        assignment = found[0]
    course = Course(app, assignment)
    assert course.template
    return course
