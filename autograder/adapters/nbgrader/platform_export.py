"""Grades into the gradebooks of learning platforms, as they export and import them.

    nbgrader export --exporter=autograder.plugin.CanvasCSV --CanvasCSV.gradebook=EXPORTED.csv
    nbgrader export --exporter=autograder.plugin.BrightspaceCSV --BrightspaceCSV.gradebook=EXPORTED.csv

Only what the platform reads back is written: who it is, and the one column.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from traitlets import Unicode

from ...class_run.gradebook import GradebookError, Record
from ...pages.spreadsheet import write_rows
from ..platforms import brightspace, canvas
from ..platforms.gradesheet import Format, Sheet, full_names, read_sheet
from .export import EXPORTED, Grades

NO_GRADEBOOK = "name the gradebook that {platform} exported: --{exporter}.gradebook=FILE.csv"
ONE = "{platform} takes the grades of one assignment at a time. Name it: --assignment \"['{first}']\"."
NOT_LISTED = "%s: graded, but not in %s, so left out"


class PlatformCSV(Grades):
    """What the platforms share."""

    gradebook = Unicode("", help="The gradebook as the platform exported it, as CSV.").tag(config=True)
    column = Unicode(
        "", help="Its column for the grade, if its heading does not hold the assignment's name."
    ).tag(config=True)

    form: Format

    def _assignment(self, gradebook: Any) -> str:
        names = self.chosen(gradebook)
        if len(names) != 1:
            first = names[0] if names else "NAME"
            raise GradebookError(ONE.format(platform=self.form.platform, first=first))
        return names[0]

    def _sheet(self, assignment: str) -> Sheet:
        name = type(self).__name__
        if not self.gradebook:
            raise GradebookError(NO_GRADEBOOK.format(platform=self.form.platform, exporter=name))
        return read_sheet(Path(self.gradebook), self.form, self.column or assignment, name)

    def _warn(self, sheet: Sheet, records: Sequence[Record], grades: dict[str, float]) -> None:
        """Name whom the platform would not know."""
        students = full_names([record.student for record in records])
        listed = {sheet.student(row, students) for row in sheet.rows}
        if strange := sorted(grades.keys() - listed):
            self.log.error(NOT_LISTED, ", ".join(strange), self.gradebook)

    def write(self, gradebook: Any) -> None:
        """Write the gradebook with the grades in it."""
        assignment = self._assignment(gradebook)
        sheet, records = self._sheet(assignment), self.records(gradebook, assignment)
        grades = {r.student.id: grade for r in records if (grade := self.grade(r)) is not None}
        self.tell(assignment, records)
        self._warn(sheet, records, grades)
        path = Path(self.to or f"{self.form.platform.lower()}.csv")
        students = full_names([record.student for record in records])
        write_rows(path, sheet.filled(grades, students, self.decimals))
        self.log.info(EXPORTED, len(grades), path)


class CanvasCSV(PlatformCSV):
    """Canvas's gradebook, by the ids that its submissions come with."""

    form = canvas.GRADEBOOK


class BrightspaceCSV(PlatformCSV):
    """Brightspace's gradebook, by names: its submissions come with an id that is not in it."""

    form = brightspace.GRADEBOOK
