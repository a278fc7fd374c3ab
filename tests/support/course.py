"""A released course with hand-ins, made quickly; and what a gradebook holds of it."""

import contextlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

from autograder.commands.init import CONFIG, lay_out
from autograder.commands.main import main
from support.sample_class import NAME, hand_in
from support.warm import nbgrader


def release(course: Path, *settings: str) -> Path:
    """Lay out a course with these lines in its configuration, and release its assignment."""
    lay_out(course)
    configure(course, *settings)
    assert nbgrader(course, course / "release.log", "generate_assignment", NAME) == 0
    return course


def configure(course: Path, *settings: str) -> None:
    """Add lines to the course's configuration."""
    with (course / CONFIG).open("a", encoding="utf-8") as config:
        config.write("\n".join(("", *settings, "")))


def copy(course: Path, target: Path) -> Path:
    """The same course once more; its secret with it."""
    shutil.copytree(course, target)
    return target


def submit(course: Path, student: str, content: str | bytes | None, timestamp: str = "") -> Path:
    """Hand in a notebook with this content, or none at all; the path where it belongs."""
    path = course / "submitted" / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if timestamp:
        (path.parent / "timestamp.txt").write_text(f"{timestamp}\n")
    return path


def submit_all(course: Path, *labels: str) -> None:
    """Hand in one notebook for each of these labels of the sample class."""
    for number, label in enumerate(labels, 1):
        submit(course, f"student-{number:02d}", hand_in(label))


def gradebook_of(course: Path, url: str = "") -> Gradebook:
    """The course's gradebook."""
    return Gradebook(url or f"sqlite:///{course / 'gradebook.db'}")


def _grades(notebook: Any) -> list[tuple[Any, ...]]:
    found = [(g.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade, g.max_score,
              g.failed_tests) for g in notebook.grades]  # fmt: skip
    return sorted(found)


def held(gradebook: Gradebook) -> dict[str, Any]:
    """All that a gradebook holds of the assignment, by student."""
    return {
        submission.student.id: {
            "timestamp": submission.timestamp,
            "grades": _grades(notebook),
            "comments": sorted((c.name, c.auto_comment, c.manual_comment) for c in notebook.comments),
            "penalty": notebook.late_submission_penalty,
            "score": submission.score,
        }
        for submission in gradebook.assignment_submissions(NAME)
        for notebook in submission.notebooks
    }


def grade(course: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Run `autograder grade --json` in the course: its exit code, its answer, and what it told."""
    out, told = io.StringIO(), io.StringIO()
    with contextlib.chdir(course), contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
        code = main(["grade", "--json", *options])
    return code, json.loads(out.getvalue() or "{}"), told.getvalue()
