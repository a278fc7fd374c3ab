"""Formgrader's view of a submission, made as its server makes it with the course's configuration."""

import contextlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbgrader.apps import NbGraderAPI
from nbgrader.server_extensions.formgrader.base import BaseHandler
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension


def exporter_of(course: Path, ours: bool = True) -> Any:
    """The exporter that formgrader shows a course's submissions with; nbgrader's own, if not `ours`."""
    extension, server = FormgradeExtension(), SimpleNamespace(settings={})
    extension.root_dir = str(course)
    with contextlib.chdir(course):
        extension.initialize([])
        extension.init_tornado_settings(server)
    return BaseHandler.exporter.fget(server) if ours else server.settings["nbgrader_exporter"]


def formgraders_view(
    course: Path, name: str, student: str, first_name: str = "", notebook: str = "", ours: bool = True
) -> str:
    """The page on a submission for the assignment of this name, and its notebook of that name or another."""
    path = course / "autograded" / student / name / f"{notebook or name}.ipynb"
    resources = {"assignment_id": name, "notebook_id": notebook or name, "submission_id": "1", "index": 0,
                 "total": 1, "base_url": "/", "student": student, "last_name": "", "first_name": first_name,
                 "notebook_path": "x"}  # fmt: skip
    html, _ = exporter_of(course, ours).from_filename(str(path), resources=resources)
    return str(html)


def formgraders_tables(course: Path, name: str) -> Any:
    """What formgrader's tables on an assignment show, without the random ids."""
    extension = FormgradeExtension()
    with contextlib.chdir(course):
        extension.initialize([])
        api = NbGraderAPI(extension.coursedir, parent=extension)
        shown = [api.get_assignment(name), api.get_notebooks(name), api.get_submissions(name)]
        students = [s["student"] for s in shown[2]]
        shown += [api.get_student_notebook_submissions(student, name) for student in students]
    return _without_ids(shown)


def _without_ids(shown: Any) -> Any:
    if isinstance(shown, dict):
        return {key: _without_ids(value) for key, value in sorted(shown.items()) if key != "id"}
    return [_without_ids(part) for part in shown] if isinstance(shown, list) else shown
