"""Formgrader's view of a submission, made as its server makes it with the course's configuration."""

import contextlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension


def exporter_of(course: Path) -> Any:
    """The exporter that formgrader shows a course's submissions with."""
    extension, server = FormgradeExtension(), SimpleNamespace(settings={})
    extension.root_dir = str(course)
    with contextlib.chdir(course):
        extension.initialize([])
        extension.init_tornado_settings(server)
    return server.settings["nbgrader_exporter"]


def formgraders_view(course: Path, name: str, student: str, first_name: str = "") -> str:
    """The page on a submission for the assignment of this name and its notebook."""
    path = course / "autograded" / student / name / f"{name}.ipynb"
    resources = {"assignment_id": name, "notebook_id": name, "submission_id": "1", "index": 0, "total": 1,
                 "base_url": "/", "student": student, "last_name": "", "first_name": first_name,
                 "notebook_path": "x"}  # fmt: skip
    html, _ = exporter_of(course).from_filename(str(path), resources=resources)
    return str(html)
