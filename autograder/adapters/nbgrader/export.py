"""Grades out of nbgrader, as plain CSV and in the form that Moodle takes.

    nbgrader export --exporter=autograder.plugin.GradesCSV
    nbgrader export --exporter=autograder.plugin.MoodleCSV --MoodleCSV.worksheet=WORKSHEET

Who submitted nothing, and whose work a person still has to look at, stays empty: that is no zero.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbgrader.plugins import ExportPlugin
from traitlets import Bool, Int, Unicode

from ...class_run.gradebook import GradebookError, Item, Record
from ...pages.spreadsheet import write_table
from ..moodle.export import NOT_LISTED, NOT_MOODLE, Filling, for_moodle
from ..moodle.worksheet import Worksheet, blank_worksheet, read_worksheet
from . import gradebook as reader
from .assignments import order_of
from .database import check_schema

EXPORTED = "Wrote the grades of %d students to %s"
EMPTY = "%s: %d without a grade stay empty: %s"
NO_STUDENT = "no student of that id: {names}. Nothing was exported."
ONE_ASSIGNMENT = (
    "Moodle takes the grades of one assignment at a time. Name it: --assignment \"['{first}']\". "
    "There are: {known}."
)
WHO = ("assignment", "student_id", "last_name", "first_name", "email", "timestamp")
SUM = ("points", "late_submission_penalty", "total", "max_points")


class Grades(ExportPlugin):
    """What both forms share: which assignments, which students, what stands for no grade."""

    missing_as_zero = Bool(
        False, help="Give 0 points to who submitted nothing. (Who has to be graded by hand stays empty.)"
    ).tag(config=True)

    decimals = Int(2, min=0, help="Round points to so many decimals; the gradebook keeps what it has.").tag(
        config=True
    )

    def chosen(self, gradebook: Any) -> list[str]:
        """The assignments that are asked for, all by default; raises GradebookError."""
        check_schema(gradebook.db)
        names = [str(name) for name in self.assignment] or reader.assignments(gradebook.db)
        for name in names:
            reader.find_assignment(gradebook.db, name)
        return names

    def order(self, assignment: str) -> list[str]:
        """The order of an assignment's questions; nbgrader does not tell it."""
        folders = getattr(self.parent, "coursedir", None)
        return order_of(folders, assignment) if folders else []

    def records(self, gradebook: Any, assignment: str) -> Sequence[Record]:
        """The records of the students that are asked for, all by default; raises GradebookError."""
        records = reader.records(gradebook.db, assignment, self.order(assignment))
        wanted = {str(name) for name in self.student}
        if unknown := wanted - {r.student.id for r in records}:
            raise GradebookError(NO_STUDENT.format(names=", ".join(sorted(unknown))))
        return [r for r in records if not wanted or r.student.id in wanted]

    def grade(self, record: Record) -> float | None:
        """The grade, None for none."""
        return 0.0 if self.missing_as_zero and not record.points else record.total

    def tell(self, assignment: str, records: Sequence[Record]) -> None:
        """Name who stays without a grade."""
        if empty := [r.student.id for r in records if self.grade(r) is None]:
            self.log.warning(EMPTY, assignment, len(empty), ", ".join(empty))

    def export(self, gradebook: Any) -> None:
        """Write the grades; a mistake of the call is said in a line, and ends the program with 1."""
        try:
            self.write(gradebook)
        except (GradebookError, OSError) as error:
            self.log.error("%s", error)
            raise SystemExit(1) from None

    def write(self, gradebook: Any) -> None:
        """Write the grades; raises GradebookError or OSError."""
        raise NotImplementedError


Cell = tuple[str, Item]  # an assignment, and one of its graded cells

FORMS = (  # of a heading
    "{question}",
    "{name}",
    "{notebook}/{question}",
    "{assignment}/{question}",
    "{assignment}/{notebook}/{name}",
)


def headings(cells: Sequence[Cell]) -> dict[Cell, str]:
    """A heading for each graded cell: the shortest form that is no other cell's, and no other column's."""
    chosen: dict[Cell, str] = {}
    for form in FORMS:
        said = {
            (name, item): form.format(assignment=name, question=item.question, **vars(item))
            for name, item in cells
        }
        count = Counter([*said.values(), *chosen.values(), *WHO, *SUM])
        chosen |= {cell: words for cell, words in said.items() if cell not in chosen and count[words] == 1}
    return chosen


class GradesCSV(Grades):
    """A row for each assignment and student: the points of each question, the penalty, the total."""

    def row(self, record: Record, assignment: str, cells: Sequence[Cell]) -> list[Any]:
        """A student's row: who it is, the points of all cells (empty for those of other assignments), the
        sums."""
        person, zero = record.student, self.missing_as_zero and not record.points
        who = (assignment, person.id, person.last_name, person.first_name, person.email, record.timestamp)
        own = [item for name, item in cells if name == assignment]
        given = dict.fromkeys(own, 0.0) if zero else record.points
        points = [given.get(item) if name == assignment else None for name, item in cells]
        raw, penalty = (record.raw, record.penalty) if record.points else (self.grade(record), None)
        return [*who, *points, raw, penalty, self.grade(record), sum(item.out_of for item in own)]

    def write(self, gradebook: Any) -> None:
        """Write one file for all the assignments that are asked for."""
        names = self.chosen(gradebook)
        cells = [
            (name, item) for name in names for item in reader.items(gradebook.db, name, self.order(name))
        ]
        found = {name: self.records(gradebook, name) for name in names}
        for name, records in found.items():
            self.tell(name, records)
        path, said = Path(self.to or "grades.csv"), headings(cells)
        header = (*WHO, *(said[cell] for cell in cells), *SUM)
        rows = (self.row(record, name, cells) for name, records in found.items() for record in records)
        write_table(path, header, rows, self.decimals)
        self.log.info(EXPORTED, len({r.student.id for records in found.values() for r in records}), path)


class MoodleCSV(Grades):
    """The offline grading worksheet of a Moodle assignment, filled in.

    Moodle knows a row by its participant number, which is what autograder.moodle collects by; names
    need not be unique, and the download has no e-mail addresses. Grades go into the assignment
    itself, where they can still be edited (an import into Moodle's gradebook locks them there).
    """

    worksheet = Unicode(
        "", help="The grading worksheet as downloaded from Moodle. Without it, one is made, in English."
    ).tag(config=True)
    grade_column = Unicode("Grade", help="Its column for the grade, in the language of the site.").tag(
        config=True
    )

    def _assignment(self, gradebook: Any) -> str:
        names = self.chosen(gradebook)
        if len(names) != 1:
            known = ", ".join(names) or reader.NONE
            raise GradebookError(ONE_ASSIGNMENT.format(first=names[0] if names else "NAME", known=known))
        return names[0]

    def _for_moodle(self, records: Sequence[Record]) -> list[Record]:
        """Those whom Moodle can know by their number; the others are named."""
        known, strange = for_moodle(records)
        if strange:
            self.log.error(NOT_MOODLE, ", ".join(strange))
        return known

    def _sheet(self, records: Sequence[Record], out_of: float) -> Worksheet:
        if not self.worksheet:
            return blank_worksheet([r.student for r in records], out_of)
        return read_worksheet(Path(self.worksheet), self.grade_column)

    def _filling(self, gradebook: Any, assignment: str) -> Filling:
        out_of = sum(item.out_of for item in reader.items(gradebook.db, assignment))
        records = self._for_moodle(self.records(gradebook, assignment))
        self.tell(assignment, records)
        sheet = self._sheet(records, out_of)
        grades = {r.student.id: grade for r in records if (grade := self.grade(r)) is not None}
        if self.missing_as_zero and not self.student:  # those whom the gradebook has never heard of
            grades |= dict.fromkeys(sheet.numbers() - {r.student.id for r in records}, 0.0)
        return Filling(sheet, grades, out_of)

    def write(self, gradebook: Any) -> None:
        """Write the worksheet with the grades in it."""
        filling = self._filling(gradebook, self._assignment(gradebook))
        for remark in filling.warnings():
            self.log.warning(*remark)
        if strange := filling.unlisted():
            self.log.error(NOT_LISTED, ", ".join(strange))
        path = Path(self.to or "moodle.csv")
        filling.write(path, self.decimals)
        self.log.info(EXPORTED, filling.count(), path)
