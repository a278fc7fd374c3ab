"""The one writer into nbgrader's gradebook, by nbgrader's own tables.

Rows are written as nbgrader's `add_submission` and `SaveAutoGrades` write them, but all at once, for as many
submissions as are there: that takes a small part of the time, and the same for the first student as for the
three thousandth.
"""

import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

from nbgrader.api import Comment, Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.engine import make_url

from ...class_run.gradebook import CourseError, Grades, Score, Scores, regraded
from ...submission.notebook import Notebook
from ...submission.sharing import share_all
from . import gradebook as reader
from .agreement import check_cells
from .database import (
    check_schema,
    database,
    differs,
    find_or_add,
    rows_by_place,
    transaction,
    update_rows,
    write_by_place,
)

Answer = TypeVar("Answer")

NOT_RELEASED = (
    "the gradebook does not know {assignment}. Run `nbgrader generate_assignment {assignment}` first: it "
    "writes the questions and their points into the gradebook."
)
NO_RESPONSE = "No response."  # nbgrader's words


def _score(row: Any) -> Score:
    """What a row of grades holds."""
    return Score(row.auto_score, row.manual_score, row.needs_manual_grade, row.extra_credit)


def _identity(plugin: Any) -> str:
    """Stands for a course's plug-in with its settings: with another one the outcome may be another."""
    kind = type(plugin)
    code = hashlib.sha256(Path(inspect.getfile(kind)).read_bytes()).hexdigest()
    return f"{kind.__module__}.{kind.__qualname__} {code} {plugin.trait_values(config=True)}"


class Recorder:
    """The gradebook of one notebook of an assignment: what it holds, and what was found written into it,
    all of a submission or nothing of it."""

    def __init__(
        self, app: Any, assignment: str, template: Notebook, notebook: str, create_students: bool
    ) -> None:
        """`app` is nbgrader's application, or a part of it, with the course's settings; students who are not
        in the gradebook may be created there.

        Raises GradebookGone, GradebookError for a gradebook of an older nbgrader, or CourseError if it does
        not know the assignment as it is.
        """
        self._folders, self._assignment = app.coursedir, assignment
        self._create_students = create_students
        self._late = AssignLatePenalties(parent=app)
        self._late.init_plugin()
        self._connect()
        with database():
            cells = reader.find_cells(self._db, assignment, notebook)
        if cells is None:
            raise CourseError(NOT_RELEASED.format(assignment=assignment))
        check_cells(self._db, template, cells, assignment)
        self._db.rollback()
        self._cells = cells
        self._deadline = self._ask(lambda db: reader.deadline(db, cells.assignment_id))

    def _connect(self) -> None:
        url = make_url(self._folders.db_url)
        if url.drivername.startswith("sqlite"):
            file = Path(url.database or "")
            if not file.is_file():
                raise CourseError(NOT_RELEASED.format(assignment=self._assignment))  # none is made
            if self._folders.groupshared:
                share_all([file])
        with database():
            self._gradebook = Gradebook(self._folders.db_url, self._folders.course_id)
            self._db: Any = self._gradebook.db
            check_schema(self._db)
            self._db.rollback()

    def reconnect(self) -> None:
        """Begin anew with the database; raises GradebookGone as long as it does not answer."""
        self._gradebook.close()
        self._connect()

    def close(self) -> None:
        """Let go of the database."""
        self._gradebook.close()

    # What is asked

    def _ask(self, question: Callable[[Any], Answer]) -> Answer:
        with database():
            answer = question(self._db)
            self._db.rollback()
        return answer

    @property
    def max_scores(self) -> Mapping[str, float]:
        """The points available, by graded cell."""
        return self._cells.max_scores

    def scores(self) -> Mapping[str, Scores]:
        """What the gradebook holds of every student, by graded cell."""
        return self._ask(lambda db: reader.scores(db, self._cells))

    def students(self) -> list[str]:
        """Everybody in the course."""
        return self._ask(reader.student_ids)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.students())

    def admits(self, student: str) -> bool:
        """Whether a submission of this student may be recorded."""
        return self._create_students or student in self._known

    def is_untimed(self, student: str, timestamp: datetime | None) -> bool:
        """Whether it matters when a submission was submitted, and nothing says so."""
        known = timestamp or self._deadline.timestamps.get(student)
        return known is None and self._deadline.due is not None

    def lateness(self, student: str, timestamp: datetime | None) -> str:
        """Stands for all that being late costs: the seconds, and the course's rule. Empty if in time."""
        late = self._deadline.seconds_late(student, timestamp)
        return f"{late} {_identity(self._late.plugin_inst)}" if late else ""

    # What is written

    def record(self, grades: Sequence[Grades]) -> None:
        """Write the grades of some submissions, all or none. Manual grades and comments stay as they are.

        Raises GradebookGone; then nothing was written.
        """
        with transaction(self._db):
            times = self._write_times(grades)
            keys = {submission: student for student, (submission, _) in times.items()}
            same = {"notebook_id": self._cells.notebook_id}
            notebooks = find_or_add(self._db, SubmittedNotebook, "assignment_id", keys, **same)
            by_student = {keys[submission]: row for submission, row in notebooks.items()}
            scores = self._write_grades({by_student[g.student].id: g.found for g in grades})
            self._write_comments({by_student[g.student].id: g.unanswered for g in grades})
            penalties = {}
            for student, row in by_student.items():
                late = self._deadline.seconds_late(student, times[student][1])
                values = {"late_submission_penalty": self._penalty(student, scores[row.id], late)}
                if differs(row, values):
                    penalties[row.id] = values
            update_rows(self._db, SubmittedNotebook, penalties)

    def _write_times(self, grades: Sequence[Grades]) -> dict[str, tuple[str, datetime | None]]:
        """Set when each was submitted; the ids of the submissions and their times by student. One without a
        time stamp keeps the time that it had."""
        students = [one.student for one in grades]
        find_or_add(self._db, Student, "id", students)
        for student in students if self._cells.has_siblings else ():
            # whose rows nbgrader expects, whether they were handed in or not
            self._gradebook.update_or_create_submission(self._assignment, student)
        same = {"assignment_id": self._cells.assignment_id}
        rows = find_or_add(self._db, SubmittedAssignment, "student_id", students, **same)
        new = {rows[g.student].id: {"timestamp": g.timestamp} for g in grades if g.timestamp}
        old = {row.id: row for row in rows.values()}
        update_rows(self._db, SubmittedAssignment, {k: v for k, v in new.items() if differs(old[k], v)})
        return {g.student: (rows[g.student].id, g.timestamp or rows[g.student].timestamp) for g in grades}

    def _write_grades(self, found: Mapping[str, Mapping[str, float | None]]) -> dict[str, float]:
        """Set what the autograder found, by the ids of students' notebooks, and tell which cells a person has
        to look at; the scores."""
        cells = self._cells.graded
        there = rows_by_place(self._db, Grade, found, cells.values())
        before = {place: _score(row) for place, row in there.items()}
        after = {
            (notebook, cell): regraded(before.get((notebook, cell)), points[name])
            for notebook, points in found.items()
            for name, cell in cells.items()
        }
        values = {
            place: {"auto_score": score.auto, "needs_manual_grade": score.needs_review}
            for place, score in after.items()
        }
        write_by_place(self._db, Grade, there, values)
        return {n: sum(after[n, cell].points or 0.0 for cell in cells.values()) for n in found}

    def _write_comments(self, unanswered: Mapping[str, frozenset[str]]) -> None:
        cells = self._cells.answers
        there = rows_by_place(self._db, Comment, unanswered, cells.values())
        said = {
            (notebook, cell): {"auto_comment": NO_RESPONSE if name in open_ones else None}
            for notebook, open_ones in unanswered.items()
            for name, cell in cells.items()
        }
        write_by_place(self._db, Comment, there, said)

    def _penalty(self, student: str, score: float, late: float) -> float | None:
        """What the course's plug-in for late submissions takes off; None if this one is in time."""
        if not late:
            return None
        penalty = self._late.plugin_inst.late_submission_penalty(student, score, late)
        if penalty is None:
            return None
        bounded: float = self._late._check_late_penalty(SimpleNamespace(score=score), penalty)
        return bounded
