"""Feedback pages on their way back to the students: a zip file for Moodle, or files to send.

Moodle's "Upload multiple feedback files as a zip" knows a file by the second, third and fourth part of its
name, between underscores (its mod/assign/feedback/file/importziplib.php): the participant's number and the
plug-in.
"""

import csv
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...class_run.gradebook import Student
from ...pages.spreadsheet import plain

MOODLE = "{name}_{number}_assignfeedback_file_{file}"
INDEX = "index.csv"


@dataclass(frozen=True)
class Feedback:
    """A student's page."""

    student: Student
    page: Path

    @property
    def full_name(self) -> str:
        """The student's name, or else the id."""
        return f"{self.student.first_name} {self.student.last_name}".strip() or self.student.id


def write_moodle(pages: Sequence[Feedback], path: Path) -> None:
    """Write the zip file that Moodle takes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in pages:
            name = one.full_name.translate({ord(c): " " for c in "_/\\"}).lstrip(".~ ")
            archive.write(one.page, MOODLE.format(name=name, number=one.student.id, file=one.page.name))


def write_folder(pages: Sequence[Feedback], folder: Path) -> None:
    """Write a file for each student, and a list of whom it is for: what a program that sends mail takes."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {one: f"{one.student.id}_{one.page.name}" for one in pages}
    for one, name in names.items():
        (folder / name).write_bytes(one.page.read_bytes())
    with (folder / INDEX).open("w", newline="", encoding="utf-8") as file:
        rows = [(one.student.id, one.full_name, one.student.email, name) for one, name in names.items()]
        csv.writer(file).writerows([("student", "name", "email", "file"), *[map(plain, row) for row in rows]])
