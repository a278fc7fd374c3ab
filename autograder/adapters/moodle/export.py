"""The grades of an assignment in Moodle's worksheet, and what Moodle would skip without a word."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...class_run.gradebook import Record
from ...pages.spreadsheet import write_rows
from .worksheet import NUMBER, Worksheet

NOT_MOODLE = (
    "%s: no number of a Moodle participant, so left out. (autograder.moodle collects by these numbers; "
    "GradesCSV exports everybody.)"
)
NOT_LISTED = "%s: graded, but not in the worksheet, so left out: Moodle would not know them"
OUT_OF = (
    "The points are out of %g, and in Moodle the assignment is out of %g. Set its maximum grade to %g there; "
    "nothing is converted here."
)
TOO_MUCH = "%s: more than the %g points available; Moodle skips such a grade"

Remark = tuple[object, ...]  # what a logger takes: words, and what goes into them


def for_moodle(records: Sequence[Record]) -> tuple[list[Record], list[str]]:
    """The records of those whom Moodle can know by their number, and the ids of the others."""
    known = [r for r in records if NUMBER.fullmatch(r.student.id)]
    return known, [r.student.id for r in records if not NUMBER.fullmatch(r.student.id)]


@dataclass(frozen=True)
class Filling:
    """Grades for a worksheet, by participants' numbers, and the points available."""

    sheet: Worksheet
    grades: Mapping[str, float]
    out_of: float

    def count(self) -> int:
        """How many of the grades are for somebody in the worksheet."""
        return len(self.grades.keys() & self.sheet.numbers())

    def warnings(self) -> Iterator[Remark]:
        """What Moodle would not tell."""
        most = self.sheet.out_of()
        if most is not None and most != self.out_of:
            yield OUT_OF, self.out_of, most, self.out_of
        bound = most or self.out_of
        if above := sorted(number for number, grade in self.grades.items() if grade > bound):
            yield TOO_MUCH, ", ".join(above), bound

    def unlisted(self) -> list[str]:
        """Who is graded and not in the worksheet."""
        return sorted(self.grades.keys() - self.sheet.numbers())

    def write(self, path: Path, decimals: int) -> None:
        """Write the worksheet with the grades in it, rounded to so many decimals."""
        write_rows(path, [self.sheet.header, *self.sheet.filled(self.grades, decimals)])
