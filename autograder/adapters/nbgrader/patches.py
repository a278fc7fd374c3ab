"""Where nbgrader offers no setting: what we do applies to notebooks of ours only, and the course's other
assignments go nbgrader's own ways, to the last byte.

`apply` changes a few methods of nbgrader's classes. Each asks first whether the source notebook is ours.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache, wraps
from pathlib import Path
from typing import Any

from nbconvert.preprocessors import ExecutePreprocessor
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import OverwriteCells

from ...class_run.submissions import beside
from ...submission.beside import TIMESTAMP
from .assignments import has_ours
from .autograde import IsolatedExecute, SaveGrades, TemplateExporter, course_of, in_our_way, kind_of
from .course import BAD_TIMESTAMP, Course
from .start import check_start
from .timestamp import read_timestamp

FORMGRADER = "nbgrader.server_extensions.formgrader.base"

EXPORTER = "_autograder_exporter"  # an attribute of a converter of nbgrader's

Method = Callable[..., Any]


def _replace(kind: Any, name: str, make: Callable[[Method], Method]) -> None:
    """Have a method of nbgrader's done by another one, which knows it."""
    ordinary = getattr(kind, name)
    setattr(kind, name, wraps(ordinary)(make(ordinary)))


def _notebook_of(converter: Any, filename: str) -> Course:
    return course_of(converter, converter.init_single_notebook_resources(filename)["nbgrader"])


def _once(converter: Any, kind: Any) -> Any:
    """An exporter of ours, made once for all notebooks of a converter."""
    if not isinstance(getattr(converter, EXPORTER, None), kind):
        setattr(converter, EXPORTER, kind(parent=converter, config=converter.config))
    return getattr(converter, EXPORTER)


@contextmanager
def _exporting(converter: Any, exporter: Any) -> Iterator[None]:
    """Have a converter use an exporter of ours for a notebook."""
    ordinary, converter.exporter = converter.exporter, exporter
    try:
        yield
    finally:
        converter.exporter = ordinary


def _start(ordinary: Method) -> Method:
    def start(self: Any) -> None:
        if has_ours(self.coursedir, self.coursedir.assignment_id):
            check_start(self)
        ordinary(self)

    return start


# The files beside a notebook


def _copy_submitted(course: Course, source: Path, target: Path) -> None:
    """Copy what a student submitted beside the notebook. What is left out is told when it is graded."""
    files, _ = beside(course, source)
    for name, content in files.items():
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.write_bytes(content)


def _copy_source(course: Course, source: Path, target: Path) -> None:
    """Copy what the instructor laid beside the notebook."""
    files, _ = course.files_in(source)
    for name, path in files.items():
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        shutil.copy(path, place)


def _init_assignment(ordinary: Method) -> Method:
    def init_assignment(self: Any, assignment_id: str, student_id: str) -> None:
        if not has_ours(self.coursedir, assignment_id):
            ordinary(self, assignment_id, student_id)
            return
        copy = _copy_submitted if isinstance(self, Autograde) else _copy_source
        places = (Path(f(assignment_id, student_id)) for f in (self._format_source, self._format_dest))
        copy(Course(self, assignment_id), *places)

    return init_assignment


def _init_feedback(ordinary: Method) -> Method:
    def init_assignment(self: Any, assignment_id: str, student_id: str) -> None:
        from .pages import SafePages, copy_beside

        ours = has_ours(self.coursedir, assignment_id) or SafePages(parent=self).all_assignments
        (copy_beside if ours else ordinary)(self, assignment_id, student_id)

    return init_assignment


def _get_existing_timestamp(ordinary: Method) -> Method:
    """nbgrader ends the whole run for a time stamp that is none."""

    def get_existing_timestamp(self: Any, dest_path: str) -> datetime | None:
        folder = Path(os.path.normpath(dest_path))
        if not any(has_ours(self, name) for name in (self.assignment_id, folder.name) if name):
            found: datetime | None = ordinary(self, dest_path)
            return found
        try:
            return read_timestamp(folder / TIMESTAMP)
        except ValueError as error:
            self.log.error("%s: %s", folder, BAD_TIMESTAMP.format(name=TIMESTAMP, reason=error))
            return None

    return get_existing_timestamp


# Autograding


def _init_preprocessors(ordinary: Method) -> Method:
    def init_preprocessors(self: Any) -> None:
        if not isinstance(self.exporter, TemplateExporter):
            ordinary(self)
            return
        # The template needs nothing overwritten; nbgrader stops where the gradebook has other points.
        sanitize = [p for p in self.sanitize_preprocessors if not issubclass(kind_of(p), OverwriteCells)]
        self.exporter._preprocessors = []
        for preprocessor in sanitize if self._sanitizing else in_our_way(self.autograde_preprocessors):
            # `c.Execute.enabled = False` is for others: what was not executed would get all the points.
            enabled = preprocessor in (IsolatedExecute, SaveGrades)
            self.exporter.register_preprocessor(preprocessor, enabled)

    return init_preprocessors


def _autograde(ordinary: Method) -> Method:
    def convert_single_notebook(self: Any, notebook_filename: str) -> None:
        course = _notebook_of(self, notebook_filename)
        if course.is_ours:
            with _exporting(self, _once(self, TemplateExporter)):
                ordinary(self, notebook_filename)
            return
        if any(issubclass(kind_of(p), ExecutePreprocessor) for p in self.autograde_preprocessors):
            IsolatedExecute(parent=self).warn_unsandboxed(course)
        ordinary(self, notebook_filename)

    return convert_single_notebook


# Pages: what makes them is imported when some are made


def _safe_exporter(converter: Any) -> Any:
    """The converter's own exporter of feedback, but one that makes safe pages."""
    from .pages import MaskHiddenTests, safe_config

    exporter = type(converter.exporter)(parent=converter, config=safe_config(converter.config))
    for preprocessor in (MaskHiddenTests, *converter.preprocessors):
        exporter.register_preprocessor(preprocessor)
    return exporter


def _give_feedback(ordinary: Method) -> Method:
    def convert_single_notebook(self: Any, notebook_filename: str) -> None:
        from .pages import FeedbackExporter, SafePages

        if _notebook_of(self, notebook_filename).is_ours:
            exporter = _once(self, FeedbackExporter)
        elif SafePages(parent=self).all_assignments:
            exporter = _safe_exporter(self)
        else:
            exporter = self.exporter
        with _exporting(self, exporter):
            ordinary(self, notebook_filename)

    return convert_single_notebook


# All of them


@cache
def _patch_formgrader(module: Any) -> None:
    """By the handler of a request: formgrader reads a course's configuration again at each."""
    from .pages import FormgraderView

    ordinary = module.BaseHandler.exporter

    def exporter(self: Any) -> FormgraderView:
        return FormgraderView(ordinary.fget(self), self.settings["nbgrader_formgrader"])

    module.BaseHandler.exporter = property(exporter, doc=ordinary.__doc__)


@cache
def _patch_nbgrader() -> None:
    _replace(BaseConverter, "start", _start)
    _replace(BaseConverter, "init_assignment", _init_assignment)
    _replace(GenerateFeedback, "init_assignment", _init_feedback)
    _replace(CourseDirectory, "get_existing_timestamp", _get_existing_timestamp)
    _replace(Autograde, "_init_preprocessors", _init_preprocessors)
    _replace(Autograde, "convert_single_notebook", _autograde)
    _replace(GenerateFeedback, "convert_single_notebook", _give_feedback)


def apply() -> None:
    """Change nbgrader's methods, once in a process, and formgrader's where it is at work."""
    _patch_nbgrader()
    if module := sys.modules.get(FORMGRADER):
        _patch_formgrader(module)


def configure(c: Any) -> None:
    """Have nbgrader grade in isolation, and make safe pages: `c` is what nbgrader_config.py gets from
    get_config(). Nothing in it is changed: the course's own settings count, wherever they stand."""
    apply()
