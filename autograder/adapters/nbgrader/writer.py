"""The one writer into nbgrader's gradebook, by nbgrader's own tables: a transaction for each hand-in.

Rows are written as nbgrader's `add_submission` and `SaveAutoGrades` write them, but all at once: that
takes a quarter of the time, and the same for the first student as for the three thousandth.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import select
from sqlalchemy.engine import make_url

from ...judging.gradient import Review, Verdict
from ...submission.rebuild import is_answer, mark, name_of
from .course import Course, CourseError
from .database import database, find_or_add, rows_by_cell, transaction, update_rows, write_by_cell

NOT_RELEASED = (
    "the gradebook does not know {assignment}. Run `nbgrader generate_assignment {assignment}` first: it "
    "writes the questions and their points into the gradebook."
)
NO_RESPONSE = "No response."  # nbgrader's words
CHANGED = (
    "the source of {assignment} has changed since it was released: {cells}. "
    "Run `nbgrader generate_assignment --force {assignment}`, which takes the change into the gradebook."
)


@dataclass(frozen=True)
class Score:
    """What the gradebook holds for one graded cell of a student."""

    auto: float | None
    manual: float | None
    needs_review: bool


Scores = Mapping[str, Score]  # by graded cell


class Recorder:
    """Writes what was found into the gradebook: all of a hand-in or nothing of it."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._late = AssignLatePenalties(parent=course.app)
        self._late.init_plugin()
        self._connect()
        self._know_cells()

    def _connect(self) -> None:
        folders = self._course.folders
        file = make_url(folders.db_url)
        if file.drivername.startswith("sqlite") and not Path(file.database or "").is_file():
            raise CourseError(NOT_RELEASED.format(assignment=self._course.assignment))  # none is made
        with database():
            self._gradebook = Gradebook(folders.db_url, folders.course_id)
            self._db: Any = self._gradebook.db

    def reconnect(self) -> None:
        """Begin anew with the database; raises DatabaseGone as long as it does not answer."""
        self._gradebook.close()
        self._connect()

    def close(self) -> None:
        """Let go of the database."""
        self._gradebook.close()

    # What is asked

    def _know_cells(self) -> None:
        """Learn the ids of the assignment's cells; raises CourseError if the gradebook and the source
        do not agree."""
        name, notebook = self._course.assignment, self._course.source.stem
        with database():
            found = self._db.execute(
                select(Notebook.id, Notebook.assignment_id)
                .join(Assignment, Assignment.id == Notebook.assignment_id)
                .where(Assignment.name == name, Notebook.name == notebook)
            ).first()
            if found is None:
                raise CourseError(NOT_RELEASED.format(assignment=name))
            self._notebook_id, self._assignment_id = found
            cells = self._db.execute(
                select(BaseCell.name, BaseCell.type, BaseCell.id).where(BaseCell.notebook_id == found[0])
            ).all()
        self._graded = {cell: key for cell, kind, key in cells if kind == "GradeCell"}
        self._answers = {cell: key for cell, kind, key in cells if kind == "SolutionCell"}
        self._compare(name)

    def _compare(self, assignment: str) -> None:
        ours = self._course.template["cells"]
        graded = {name_of(c) for c in ours if mark(c).get("grade")}
        answers = {name_of(c) for c in ours if is_answer(c)}
        differing = (graded ^ set(self._graded)) | (answers ^ set(self._answers))
        if differing:
            raise CourseError(CHANGED.format(assignment=assignment, cells=", ".join(sorted(differing))))

    def scores(self) -> Mapping[str, Scores]:
        """What the gradebook holds of every student, by graded cell, in one question."""
        found: dict[str, dict[str, Score]] = {}
        names = {key: cell for cell, key in self._graded.items()}
        with database():
            rows = self._db.execute(
                select(
                    SubmittedAssignment.student_id,
                    Grade.cell_id,
                    Grade.auto_score,
                    Grade.manual_score,
                    Grade.needs_manual_grade,
                )
                .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
                .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
                .where(SubmittedNotebook.notebook_id == self._notebook_id)
                .where(Grade.cell_id.in_(names))  # for the database's index of grades begins with the cell
            ).all()
            self._db.rollback()
        for student, cell, *values in rows:
            found.setdefault(student, {})[names[cell]] = Score(*values)
        return found

    @cached_property
    def _deadline(self) -> tuple[datetime | None, dict[str, timedelta]]:
        """The deadline, and the extensions that were granted, by student."""
        with database():
            due = self._db.execute(select(Assignment.duedate).where(Assignment.id == self._assignment_id))
            granted = self._db.execute(
                select(SubmittedAssignment.student_id, SubmittedAssignment.extension).where(
                    SubmittedAssignment.assignment_id == self._assignment_id
                )
            )
            found = due.scalar_one(), {student: extension for student, extension in granted if extension}
            self._db.rollback()
        return found

    def seconds_late(self, student: str, timestamp: datetime | None) -> float:
        """By how much a hand-in is late, with the extension that was granted."""
        duedate, extensions = self._deadline
        if timestamp is None or duedate is None:
            return 0.0
        return max(0.0, (timestamp - duedate - extensions.get(student, timedelta())).total_seconds())

    def missing(self, students: set[str]) -> list[str]:
        """Who is in the gradebook and not among these students."""
        with database():
            known = self._db.execute(select(Student.id)).scalars().all()
            self._db.rollback()
        return sorted(set(known) - students)

    # What is written

    def record(
        self,
        student: str,
        timestamp: datetime | None,
        verdicts: Mapping[str, Verdict | Review],
        unanswered: frozenset[str],
    ) -> None:
        """Write the grades of one hand-in. Manual grades and comments stay as they are.

        Raises DatabaseGone; then nothing was written.
        """
        with transaction(self._db):
            submission = self._submission(student, timestamp)
            key = {"assignment_id": submission.id, "notebook_id": self._notebook_id}
            notebook = find_or_add(self._db, SubmittedNotebook, key)
            score = self._write_grades(notebook, verdicts, unanswered)
            self._write_comments(notebook, unanswered)
            penalty = self._penalty(student, score, self.seconds_late(student, submission.timestamp))
            update_rows(self._db, SubmittedNotebook, {notebook.id: {"late_submission_penalty": penalty}})

    def _submission(self, student: str, timestamp: datetime | None) -> Any:
        """The row of the submission."""
        find_or_add(self._db, Student, {"id": student})
        key = {"assignment_id": self._assignment_id, "student_id": student}
        found = find_or_add(self._db, SubmittedAssignment, key)
        if timestamp is None or timestamp == found.timestamp:
            return found
        update_rows(self._db, SubmittedAssignment, {found.id: {"timestamp": timestamp}})
        return find_or_add(self._db, SubmittedAssignment, key)

    def _write_grades(
        self, notebook: Any, verdicts: Mapping[str, Verdict | Review], unanswered: frozenset[str]
    ) -> float:
        """Set what the autograder found, and tell which cells a person has to look at; the score."""
        there = rows_by_cell(self._db, Grade, notebook.id, self._graded.values())
        values, score = {}, 0.0
        for name, cell in self._graded.items():
            auto = _auto_score(name, verdicts, unanswered)
            manual = there[cell].manual_score if cell in there else None
            extra = there[cell].extra_credit if cell in there else None
            values[cell] = {"auto_score": auto, "needs_manual_grade": auto is None or manual is not None}
            score += sum(filter(None, [auto if manual is None else manual, extra]))
        write_by_cell(self._db, Grade, notebook.id, there, values)
        return score

    def _write_comments(self, notebook: Any, unanswered: frozenset[str]) -> None:
        there = rows_by_cell(self._db, Comment, notebook.id, self._answers.values())
        said = {
            cell: {"auto_comment": NO_RESPONSE if name in unanswered else None}
            for name, cell in self._answers.items()
        }
        write_by_cell(self._db, Comment, notebook.id, there, said)

    def _penalty(self, student: str, score: float, late: float) -> float | None:
        """What the course's plug-in for late hand-ins takes off; None if this one is in time."""
        if not late:
            return None
        penalty = self._late.plugin_inst.late_submission_penalty(student, score, late)
        if penalty is None:
            return None
        bounded: float = self._late._check_late_penalty(SimpleNamespace(score=score), penalty)
        return bounded


def _auto_score(
    name: str, verdicts: Mapping[str, Verdict | Review], unanswered: frozenset[str]
) -> float | None:
    """The score of a graded cell; None where a person has to give it."""
    if name in verdicts:
        return verdicts[name].points
    return 0.0 if name in unanswered else None  # a cell that a person grades
