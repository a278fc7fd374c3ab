"""The assignments of a course that are graded by this autograder."""

import glob
import os
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory

from .template import graded_cells, ours_in


def folders_like(folders: CourseDirectory, step: str, student: str, assignment: str) -> list[Path]:
    """The folders of a step that match; the course's own path may hold any character."""
    words = {"nbgrader_step": step, "student_id": student, "assignment_id": assignment}
    pattern = folders.directory_structure.format(**words)
    found = glob.glob(pattern, root_dir=folders.root)  # noqa: PTH207 - a step may be an absolute path
    return [Path(os.path.normpath(Path(folders.root, name))) for name in found]


def assignments(app: Any) -> list[str]:
    """The assignments of a course that are graded by this autograder."""
    found = folders_like(app.coursedir, app.coursedir.source_directory, ".", "*")
    return sorted(path.name for path in found if ours_in(path))


def _source_folder(folders: CourseDirectory, assignment: str) -> Path:
    return Path(folders.format_path(folders.source_directory, ".", assignment))


def has_ours(folders: CourseDirectory, assignment: str) -> bool:
    """Whether a notebook of an assignment is graded by this autograder."""
    return bool(ours_in(_source_folder(folders, assignment)))


def order_of(folders: CourseDirectory, assignment: str) -> list[str]:
    """The graded cells of the notebooks of ours in an assignment, in their order."""
    return [name for path in ours_in(_source_folder(folders, assignment)) for name in graded_cells(path)]
