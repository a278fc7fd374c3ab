"""A course as nbgrader knows it: its folders, its database and its settings, by its own configuration."""

import glob
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import IncludeHeaderFooter

from backprop_lab.model import Exercise

from ... import exercises
from ...class_run.gradebook import CourseError, Gradebook
from ...submission.beside import NO_NAME, TIMESTAMP, is_utf8, printable
from ...submission.notebook import Notebook
from ...submission.recognition import exercise_for
from ...submission.sharing import share_all
from .assignments import assignments, folders_like
from .configuration import load
from .publish import Layout, Staged, clear
from .template import template_of
from .timestamp import read_timestamp
from .walk import walk
from .writer import Recorder

NO_SOURCE = "no assignment {name!r} in {folder}. {known}"
KNOWN = "There is: {names}."
NONE_KNOWN = "Is this the course's folder? `autograder init FOLDER` lays the assignment into one."
CHOOSE = "several assignments can be graded here. Name one of them, or take --all: {names}."
SEVERAL = "{folder} holds several notebooks. Name one of them with --notebook: {names}."
MIXED = (
    "{folder} holds notebooks that are not graded by this autograder: {names}. Use `nbgrader autograde "
    "{name}`, which grades ours in isolation, too."
)
NOT_OURS = "{path} is not graded by this autograder. Use `nbgrader autograde {name}`."
BAD_TIMESTAMP = "{name} cannot be read ({reason}): taken as not late"


@dataclass(frozen=True)
class Course:
    """One assignment of a course, or one notebook of an assignment of several.

    `app` is nbgrader's application, or a part of it, with the course's settings.
    """

    app: Any
    assignment: str
    notebook: str = ""

    @property
    def folders(self) -> CourseDirectory:
        """nbgrader's own idea of where things lie."""
        return self.app.coursedir

    @property
    def root(self) -> Path:
        """The course's folder."""
        return Path(self.folders.root)

    @property
    def shared(self) -> bool:
        """Whether the course's files are its group's."""
        return bool(self.folders.groupshared)

    @cached_property
    def settings(self) -> Autograde:
        """The course's settings for `nbgrader autograde`."""
        return Autograde(coursedir=self.folders, parent=self.app)

    def place(self, step: str, student: str) -> Path:
        """The folder of a student in a step: "source" (student "."), "submitted", "autograded"."""
        name = getattr(self.folders, f"{step}_directory")
        return Path(os.path.normpath(self.folders.format_path(name, student, self.assignment)))

    @cached_property
    def source(self) -> Path:
        """The source notebook; raises CourseError if the assignment has none, or several."""
        folder = self.place("source", ".")
        if self.notebook:
            return folder / f"{self.notebook}.ipynb"
        notebooks = sorted(folder.glob("*.ipynb"))
        if len(notebooks) == 1:
            return notebooks[0]
        if notebooks:
            raise CourseError(SEVERAL.format(folder=folder, names=", ".join(p.stem for p in notebooks)))
        names = ", ".join(assignments(self.app))
        known = KNOWN.format(names=names) if names else NONE_KNOWN
        raise CourseError(NO_SOURCE.format(name=self.assignment, folder=folder.parent, known=known))

    @cached_property
    def template(self) -> Notebook:
        """What every trusted notebook is made from; raises CourseError for a notebook of others."""
        around = IncludeHeaderFooter(parent=self.app)
        places = (self.root / place if place else None for place in (around.header, around.footer))
        template = template_of(self.source, *places)
        if template is None:
            raise CourseError(NOT_OURS.format(path=self.source, name=self.assignment))
        return template

    @cached_property
    def exercise(self) -> Exercise | None:
        """The exercise of the source notebook, without its reference; None where it is not known."""
        template = template_of(self.source)
        try:
            name = exercise_for(template, self.assignment, self.root) if template else ""
            return exercises.find(name, self.root).public if name else None
        except exercises.ExerciseError:
            return None

    @property
    def is_ours(self) -> bool:
        """Whether it is graded here: the source notebook says so, and nothing else is asked."""
        return template_of(self.source) is not None

    @cached_property
    def contents(self) -> Mapping[str, bytes]:
        """What is in the files beside the source notebook, by their relative paths, without those that are
        the student's to edit."""
        files, _ = self.files_in(self.place("source", "."))
        students = self.settings.exclude_overwriting.get(self.assignment, [])
        return {name: path.read_bytes() for name, path in files.items() if name not in students}

    def submitted(self, student: str) -> Path:
        """The folder of a student's submission."""
        return self.place("submitted", student)

    def executed(self, student: str) -> Path:
        """Where a student's executed notebook lies."""
        return self.place("autograded", student) / self.source.name

    def files_in(self, folder: Path) -> tuple[dict[str, Path], list[str]]:
        """The files below a folder that belong to an assignment, and what was left out of it: no
        notebooks, no links, nothing that nbgrader ignores, nothing that has no readable name."""
        remarks: list[str] = []
        found: dict[str, Path] = {}
        for path in walk(folder, [*self.folders.ignore, "*.ipynb"], remarks):
            name = path.relative_to(folder).as_posix()
            if is_utf8(name):
                found[name] = path
            else:
                remarks.append(NO_NAME.format(name=printable(name)))
        return found, remarks

    def timestamp_in(self, folder: Path) -> tuple[datetime | None, str]:
        """When a submission was submitted, by its time stamp (UTC); and what is wrong with that file."""
        try:
            return read_timestamp(folder / TIMESTAMP), ""
        except ValueError as error:
            return None, BAD_TIMESTAMP.format(name=TIMESTAMP, reason=error)

    def gradebook(self) -> Gradebook:
        """Open the gradebook; raises CourseError if it does not know the assignment as it is."""
        create = self.settings.create_student
        return Recorder(self.app, self.assignment, self.template, self.source.stem, create)

    def clear(self, student: str) -> None:
        """Remove what a run that was killed had got ready for a student."""
        clear(self.place("autograded", student))

    def stage(self, student: str, notebook: str, files: Mapping[str, bytes]) -> Staged:
        """Get the files of a graded submission ready; raises OSError, with nothing left behind."""
        whole = {**files, **self.contents, self.source.name: notebook.encode()}
        place = self.place("autograded", student)
        if self.shared:  # what was made before the course was
            share_all(folder for folder in place.parents if self.root in folder.parents)
        return Staged(place, whole, self._layout)

    @cached_property
    def _layout(self) -> Layout:
        """How the files of a graded submission are laid into its folder."""
        name = self.source.name
        mode = int(str(self.settings.permissions), 8)
        others = frozenset(path.name for path in self.place("source", ".").glob("*.ipynb")) - {name}
        return Layout(name, self.contents, mode, self.shared, others)

    def students(self) -> list[str]:
        """Who submitted something, by name."""
        folders = self.folders
        found = folders_like(folders, folders.submitted_directory, "*", glob.escape(self.assignment))
        shape = folders.format_path(
            folders.submitted_directory, "(?P<student>.*)", re.escape(self.assignment), escape=True
        )
        matches = [re.fullmatch(shape, str(path)) for path in found if path.is_dir()]
        excluded = folders.student_id_exclude.split(",")
        return sorted(m["student"] for m in matches if m and m["student"] not in excluded)


def open_course(folder: Path, assignment: str | None, notebook: str = "") -> Course:
    """An assignment of the course in a folder, the only one there if none is named; one notebook of it, if it
    has several.

    Raises CourseError if there is no such assignment, or if it is not to be told which is meant.
    """
    app = load(folder)
    if assignment is None:
        found = assignments(app)
        if len(found) != 1:
            words = CHOOSE.format(names=", ".join(found)) if found else NONE_KNOWN
            raise CourseError(words)
        assignment = found[0]
    course = Course(app, assignment, notebook)
    _ = course.template  # which raises what is wrong with it
    return course


def all_assignments(folder: Path) -> list[str]:
    """The assignments of the course in a folder that are graded by this autograder; raises CourseError if
    there is none."""
    found = assignments(load(folder))
    if not found:
        raise CourseError(NONE_KNOWN)
    return found


def open_courses(folder: Path, assignment: str | None) -> list[Course]:
    """The same for each notebook of the assignment; raises CourseError if it has others than ours."""
    app = load(folder)
    name = assignment or next(iter(assignments(app)), "")
    place = Course(app, name).place("source", ".")
    notebooks = sorted(place.glob("*.ipynb"))
    if len(notebooks) < 2 or (assignment is None and len(assignments(app)) > 1):
        return [open_course(folder, assignment)]
    if others := [path.stem for path in notebooks if template_of(path) is None]:
        raise CourseError(MIXED.format(folder=place, names=", ".join(others), name=name))
    return [Course(app, name, path.stem) for path in notebooks]
