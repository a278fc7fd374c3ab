"""Whether the source notebook and the gradebook agree, asked before anything is touched.

nbgrader takes an added or a removed cell into its gradebook only as long as nothing is recorded for the
notebook. After that `nbgrader generate_assignment --force` removes the release first, and then fails.
"""

from collections.abc import Sequence
from typing import Any

import nbgrader.api as tables
from sqlalchemy import func, select

from ...class_run.gradebook import CourseError
from ...submission.cells import gives_points, is_answer, mark, name_of
from ...submission.notebook import Notebook
from .gradebook import Cells, find_cells

CHANGED = (
    "the source of {assignment} has changed since it was released: {cells}. "
    "Run `nbgrader generate_assignment --force {assignment}`, which takes the change into the gradebook."
)
TOO_LATE = (
    "the source of {assignment} has other cells than the gradebook: {cells}. nbgrader adds and removes no "
    "cells once submissions are recorded, so nothing was touched. Put the source back as it was. Or begin "
    "anew: copy the gradebook, run `nbgrader db assignment remove {assignment} --force`, which deletes all "
    "its grades, those given by hand, too, then `nbgrader generate_assignment --force {assignment}`, and "
    "grade again."
)


def _names(db: Any, kind: Any, notebook: str) -> set[str]:
    return set(db.scalars(select(kind.name).where(kind.notebook_id == notebook)))


def _differing(db: Any, template: Notebook, cells: Cells) -> Sequence[str]:
    """The cells that only one of the two has, or that are of another kind."""
    marked = [cell for cell in template["cells"] if name_of(cell)]
    tasks = {name_of(cell) for cell in marked if mark(cell).get("task")}
    graded = {name_of(cell) for cell in marked if gives_points(cell)}
    answers = {name_of(cell) for cell in marked if is_answer(cell)} | tasks
    kept = {name_of(cell) for cell in marked if mark(cell).get("locked")} | graded | answers
    recorded = _names(db, tables.SourceCell, cells.notebook_id)
    return sorted((graded ^ set(cells.graded)) | (answers ^ set(cells.answers)) | (kept ^ recorded))


def _is_recorded(db: Any, notebook: str) -> bool:
    """Whether the gradebook holds a submission for a notebook."""
    row = tables.SubmittedNotebook
    return bool(db.scalar(select(func.count()).select_from(row).where(row.notebook_id == notebook)))


def check_cells(db: Any, template: Notebook, cells: Cells, assignment: str) -> None:
    """Raise CourseError if the source and the gradebook do not have the same cells."""
    if differing := _differing(db, template, cells):
        words = TOO_LATE if _is_recorded(db, cells.notebook_id) else CHANGED
        raise CourseError(words.format(assignment=assignment, cells=", ".join(differing)))


def check_release(db: Any, template: Notebook, assignment: str, notebook: str) -> None:
    """Raise CourseError if nbgrader would refuse to release the source as it is."""
    cells = find_cells(db, assignment, notebook)
    if cells and _is_recorded(db, cells.notebook_id):
        check_cells(db, template, cells, assignment)


def was_graded(db: Any, assignment: str) -> bool:
    """Whether the gradebook holds grades from an autograder for an assignment."""
    asked = (
        select(func.count())
        .select_from(tables.Grade)
        .join(tables.SubmittedNotebook, tables.SubmittedNotebook.id == tables.Grade.notebook_id)
        .join(
            tables.SubmittedAssignment,
            tables.SubmittedAssignment.id == tables.SubmittedNotebook.assignment_id,
        )
        .join(tables.Assignment, tables.Assignment.id == tables.SubmittedAssignment.assignment_id)
        .where(tables.Assignment.name == assignment, tables.Grade.auto_score.is_not(None))
    )
    return bool(db.scalar(asked))
