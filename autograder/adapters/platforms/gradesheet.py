"""A platform's gradebook as it exports it, with the grades of one assignment written into it."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from ...class_run.gradebook import GradebookError, Student
from ...pages.spreadsheet import plain

NO_SHEET = "{path} cannot be read ({reason}). Name the gradebook as {platform} exported it, in UTF-8."
NO_KEY = "{path} has none of the columns {keys}. Is it the gradebook that {platform} exported?"
NO_COLUMN = "{path} has {count} columns for {name!r}; name one of them with --{exporter}.column: {found}."

Row = Sequence[str]


@dataclass(frozen=True)
class Format:
    """How a platform's gradebook looks: the columns that say whose row it is, which all go back; what a
    column for grades has in its heading; a last column, if the platform wants one, and its content."""

    platform: str
    keys: Sequence[str]
    others: Sequence[str] = ()  # go back, too
    graded: str = ""
    last: tuple[str, str] = ("", "")
    names: Sequence[str] = ()  # the columns of first and last name, where ids may be unknown


@dataclass(frozen=True)
class Sheet:
    """A gradebook, and the place of the column for the grades."""

    form: Format
    header: Row
    rows: Sequence[Row]
    grade: int

    def _cell(self, row: Row, name: str) -> str:
        return row[self.header.index(name)].strip().lstrip("#") if name in self.header else ""

    def _name(self, row: Row) -> str:
        return " ".join(self._cell(row, part) for part in self.form.names).strip()

    def student(self, row: Row, students: Mapping[str, str]) -> str:
        """The id of a row's student, "" if it is nobody's, or if it is not certain whose; `students` gives
        full names by ids."""
        name = self._name(row)
        for key in (self._cell(row, column) for column in self.form.keys):
            if key in students and (not self.form.names or students[key] in ("", name)):
                return key
        same = [student for student, known in students.items() if name and known == name]
        rows = [other for other in self.rows if self._name(other) == name]
        return same[0] if len(same) == len(rows) == 1 else ""

    def filled(
        self, grades: Mapping[str, float], students: Mapping[str, str], decimals: int
    ) -> Iterator[list[object]]:
        """The columns that the platform reads back, with these grades by students' ids."""
        kept = [name for name in self.header if name in (*self.form.keys, *self.form.others)]
        title, content = self.form.last
        yield [*kept, self.header[self.grade], *([title] if title else [])]
        for row in self.rows:
            given = grades.get(self.student(row, students), row[self.grade])
            who = [plain(row[self.header.index(name)]) for name in kept]
            yield [*who, plain(given, decimals), *([content] if title else [])]


def full_names(students: Sequence[Student]) -> dict[str, str]:
    """The students' full names by their ids."""
    return {s.id: " ".join(filter(None, [s.first_name, s.last_name])) for s in students}


def _column(path: Path, header: Row, form: Format, name: str, exporter: str) -> int:
    """The place of the column for an assignment."""
    found = [i for i, title in enumerate(header) if title == name]
    found = found or [
        i for i, title in enumerate(header) if name.casefold() in title.casefold() and form.graded in title
    ]
    if len(found) != 1:
        words = {"count": len(found) or "no", "name": name, "exporter": exporter}
        raise GradebookError(NO_COLUMN.format(path=path, found=", ".join(header), **words))
    return found[0]


def read_sheet(path: Path, form: Format, name: str, exporter: str) -> Sheet:
    """The gradebook in a file, with the column whose heading is a name or holds it; raises GradebookError."""
    try:
        header, *rows = list(csv.reader(StringIO(path.read_text(encoding="utf-8-sig"), newline=""))) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GradebookError(NO_SHEET.format(path=path, reason=error, platform=form.platform)) from None
    if not set(form.keys).intersection(header):
        keys = ", ".join(form.keys)
        raise GradebookError(NO_KEY.format(path=path, keys=keys, platform=form.platform))
    full = [[*row, *[""] * (len(header) - len(row))] for row in rows if row]
    return Sheet(form, header, full, _column(path, header, form, name, exporter))
