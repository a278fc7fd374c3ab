"""nbgrader's pages on notebooks of ours: our feedback, and formgrader's view made safe.

Formgrader shows submissions in the browser of an instructor who is logged in: there `Disarm` and the
filters below stand. A course may have the pages of its other assignments made safe in the same way.
"""

import re
from collections.abc import Collection
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from shutil import copyfile
from typing import Any

import nbformat
from jinja2 import pass_context
from markupsafe import escape
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import Preprocessor
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests
from nbgrader.utils import find_all_files, is_grade, is_locked
from traitlets import Bool
from traitlets.config import Configurable

from backprop_lab.model import Exercise

from ...pages.bounds import Room
from ...pages.feedback.page import Mark, Marks, page
from ...pages.feedback.render import render
from ...pages.outputs import disarm, text_of
from ...pages.sanitize import BESIDE, clean, code, markdown
from ...submission.cells import mark, name_of
from ...submission.rebuild import PICTURES
from .course import Course
from .template import template_of

NAME = re.compile(r"[\w-]{1,100}")
TOLD = ("student", "first_name", "last_name")  # what formgrader's page says of the student
HIDDEN_FAILED = "{name} in a hidden test"

# Filters for nbconvert's templates, in place of its own


@pass_context
def markdown2html(context: Any, source: str) -> str:
    """Markdown as safe HTML, with the pictures that are attached to the cell."""
    return markdown(source, context.get("cell", {}).get("attachments"), own=True)


def highlight_code(source: str, **options: Any) -> str:
    """Code as HTML; the language that a notebook names would be written into the page."""
    return f'<div class="highlight"><pre>{code(source)}</pre></div>'


def clean_html(html: Any) -> str:
    """HTML made safe; what nbconvert hands over may be bytes."""
    return clean(html.decode(errors="replace") if isinstance(html, bytes) else str(html), own=True)


FILTERS = {f.__name__: f"{__name__}.{f.__name__}" for f in (markdown2html, highlight_code, clean_html)}


# Preprocessors


def _disarm_cell(cell: Any, room: Room) -> None:
    """Leave of a cell what is shown of it: its text, safe outputs, pictures, nbgrader's marks."""
    kept = {"nbgrader": mark(cell)} if NAME.fullmatch(name_of(cell)) else {}
    cell["source"] = room.cut(text_of(cell["source"]))
    cell["metadata"] = nbformat.from_dict(kept)
    if "outputs" in cell:
        cell["outputs"] = [nbformat.from_dict(disarm(output, room)) for output in cell["outputs"]]
    if "attachments" in cell:
        files = cell["attachments"].items()
        cell["attachments"] = {
            name: {kind: text_of(data) for kind, data in forms.items() if kind in PICTURES}
            for name, forms in files
            if PICTURES.intersection(forms)
        }


class Disarm(Preprocessor):
    """Takes out of a notebook, and of what is told of its student, all that could act in a page."""

    enabled = True

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Disarm the notebook, and the names that the template writes as they are."""
        nb["metadata"] = nbformat.from_dict({})
        room = Room()
        for cell in nb["cells"]:
            _disarm_cell(cell, room)
        for key in TOLD:
            if isinstance(resources.get(key), str):
                resources[key] = escape(resources[key])
        return nb, resources


class MaskHiddenTests(ClearHiddenTests):
    """Takes hidden tests out of the feedback on other notebooks, and the errors that quote them."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Mask the locked cells; what students write into their own is theirs."""
        for cell in nb["cells"]:
            if is_grade(cell) and is_locked(cell) and self._remove_hidden_test_region(cell):
                for output in cell.get("outputs", []):
                    self._mask(output)
        return nb, resources

    def _mask(self, output: Any) -> None:
        if output["output_type"] == "error":
            words = HIDDEN_FAILED.format(name=output["ename"])
            output.update(evalue="", traceback=[words])


# Our pages


def _points(grade: Any) -> float | None:
    """The points of a grade; nbgrader takes one that is not given yet for zero."""
    given = grade.auto_score is not None or grade.manual_score is not None
    return float(grade.score) if given else None


def marks_of(gradebook: Any, names: Any) -> Marks:
    """What the gradebook says of a notebook: points, comments, what is taken off for being late."""
    found = gradebook.find_submission_notebook(names["notebook"], names["assignment"], names["student"])
    marks = {g.name: Mark(_points(g), g.max_score, g.manual_score is not None) for g in found.grades}
    comments = {c.name: c.manual_comment for c in found.comments if c.manual_comment}
    return Marks(marks, comments, found.late_submission_penalty or 0.0)


class FeedbackExporter(HTMLExporter):
    """Makes our feedback page, in place of nbgrader's."""

    @cached_property
    def _gradebook(self) -> Any:
        converter: Any = self.parent
        return Gradebook(converter.coursedir.db_url)  # once for a class

    def _instructors_cells(self, names: Any) -> Collection[str]:
        """The texts of the instructor's cells, those around the source notebook, too."""
        course = Course(self.parent, names["assignment"], names["notebook"])
        return {cell["source"].strip() for cell in course.template["cells"]}

    def _exercise(self, names: Any) -> Exercise | None:
        """The exercise of the source notebook, for the picture; None where it is not known."""
        converter: Any = self.parent
        return Course(converter, names["assignment"], names["notebook"]).exercise

    def from_notebook_node(self, nb: Any, resources: Any = None, **options: Any) -> Any:
        """The page of one student, and nbconvert's resources for the file that it goes into."""
        names = resources["nbgrader"]
        marks, ours = marks_of(self._gradebook, names), self._instructors_cells(names)
        made = page(names["assignment"], names["student"], nb, marks, ours, self._exercise(names))
        resources["output_extension"] = self.file_extension
        return render(made), resources


def copy_beside(converter: Any, assignment: str, student: str) -> None:
    """In place of GenerateFeedback.init_assignment: of the files beside a notebook only pictures and
    plain data go with its page. A page of the student's own would be opened like ours."""
    source, target = (f(assignment, student) for f in (converter._format_source, converter._format_dest))
    for name in find_all_files(source, [*converter.coursedir.ignore, "*.ipynb"]):
        path, place = Path(name), Path(target, Path(name).relative_to(source))
        if path.suffix.lower() in BESIDE and not path.is_symlink():
            place.parent.mkdir(parents=True, exist_ok=True)
            copyfile(path, place)


# Safe pages


class SafePages(Configurable):
    """What a course may choose for the pages of its other assignments."""

    all_assignments = Bool(
        False,
        help="Make the feedback pages of the course's other assignments safe, too, and formgrader's view of "
        "them: nothing that a student wrote may act or load there.",
    ).tag(config=True)


def safe_config(config: Any) -> Any:
    """A configuration with which nbconvert's exporter makes safe HTML."""
    safe = deepcopy(config)
    safe.HTMLExporter.sanitize_html = True
    safe.HTMLExporter.preprocessors.append(Disarm)
    safe.HTMLExporter.filters.update(FILTERS)
    return safe


@cache
def _safe(exporter: HTMLExporter) -> HTMLExporter:
    return HTMLExporter(config=safe_config(exporter.config))


@dataclass(frozen=True)
class FormgraderView:
    """Formgrader's exporter of submissions: nbgrader's own, and a safe one for notebooks of ours."""

    ordinary: HTMLExporter
    extension: Any  # formgrader, with the course's settings

    def _is_safe(self, resources: Any) -> bool:
        folders = self.extension.coursedir
        place = folders.format_path(folders.source_directory, ".", resources["assignment_id"])
        ours = template_of(Path(place, f"{resources['notebook_id']}.ipynb")) is not None
        return ours or SafePages(parent=self.extension).all_assignments

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> Any:
        """The page of one submission, and nbconvert's resources."""
        exporter = _safe(self.ordinary) if self._is_safe(resources) else self.ordinary
        return exporter.from_filename(filename, resources=resources, **options)
