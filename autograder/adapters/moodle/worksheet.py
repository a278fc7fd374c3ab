"""Moodle's offline grading worksheet: read, or made, and filled in.

Moodle reads back three columns of it (the participant's number, the grade, and when the grade was
last changed), skips rows with an empty grade, and finds columns by their names in the site's language.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ...class_run.gradebook import GradebookError, Student
from ...pages.spreadsheet import plain

NUMBER = re.compile(r"[0-9]+")
IDENTIFIER = re.compile(r".*?([0-9]+)\s*", re.DOTALL)  # "Participant 1234567", in any language
HEADER = ("Identifier", "Full name", "Email address", "Grade", "Maximum Grade", "Last modified (grade)")
NEVER = "-"

NO_SHEET = "{path} cannot be read ({reason}). Name the grading worksheet as Moodle gave it, in UTF-8."
NO_COLUMN = (
    "{path} has no column {name!r}; its columns are: {found}. Is it the grading worksheet? If it is in "
    "another language, set --MoodleCSV.grade_column."
)
NO_NUMBER = "{path}, row {row}: {text!r} does not end in the number of a participant."


def _number(identifier: str) -> str:
    found = IDENTIFIER.fullmatch(identifier)
    return found[1] if found else ""


@dataclass(frozen=True)
class Worksheet:
    """A worksheet; the first column identifies the participant."""

    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    grade: int  # the place of the grade

    def numbers(self) -> set[str]:
        """The participants' numbers."""
        return {_number(row[0]) for row in self.rows}

    def filled(self, grades: Mapping[str, float], decimals: int) -> Iterator[Sequence[Any]]:
        """The rows with these grades, by participants' numbers; other grades stay as they are.

        Who somebody is, left of the grade, is made safe for a spreadsheet. What is right of it, such
        as comments, Moodle reads back: not a letter of it may change.
        """
        for row in self.rows:
            given = grades.get(_number(row[0]), row[self.grade])
            yield [*map(plain, row[: self.grade]), plain(given, decimals), *row[self.grade + 1 :]]

    def out_of(self) -> float | None:
        """The grade that is to be had in Moodle, if the worksheet says so in English."""
        place = next((i for i, name in enumerate(self.header) if name.lower() == "maximum grade"), None)
        values = [row[place] for row in self.rows if place is not None]
        try:
            return float(values[0]) if values else None
        except ValueError:
            return None


def blank_worksheet(students: Sequence[Student], out_of: float) -> Worksheet:
    """A worksheet without grades. It has no column for feedback: Moodle would take it for an order to
    clear what was written there."""
    rows = [
        (f"Participant {s.id}", f"{s.first_name} {s.last_name}".strip(), s.email, None, f"{out_of:g}", NEVER)
        for s in students
    ]
    return Worksheet(HEADER, rows, HEADER.index("Grade"))


def _parse(text: str) -> list[list[str]]:
    """The cells; Moodle separates them by what its user chose."""
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    return [row for row in csv.reader(StringIO(text, newline=""), delimiter=separator) if row]


def read_worksheet(path: Path, grade: str) -> Worksheet:
    """The worksheet in a file, with the name of its column for the grade; raises GradebookError."""
    try:
        header, *rows = _parse(path.read_text(encoding="utf-8-sig")) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GradebookError(NO_SHEET.format(path=path, reason=error)) from None
    if grade not in header:
        raise GradebookError(NO_COLUMN.format(path=path, name=grade, found=", ".join(header) or "none"))
    for number, row in enumerate(rows, 2):
        row += [""] * (len(header) - len(row))
        if not _number(row[0]):
            raise GradebookError(NO_NUMBER.format(path=path, row=number, text=row[0]))
    return Worksheet(header, rows, header.index(grade))
