"""The one writer into nbgrader's gradebook, by nbgrader's own tables: a transaction for each submission.

Rows are written as nbgrader's `add_submission` and `SaveAutoGrades` write them, but all at once: that
takes a quarter of the time, and the same for the first student as for the three thousandth.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

from nbgrader.api import Comment, Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.engine import make_url

from ...class_run.gradebook import CourseError, Scores
from ...judging.verdict import Verdict
from ...submission.notebook import Notebook
from ...submission.rebuild import is_answer, mark, name_of
from . import gradebook as reader
from .database import (
    check_schema,
    database,
    find_or_add,
    rows_by_cell,
    transaction,
    update_rows,
    write_by_cell,
)

Answer = TypeVar("Answer")

NOT_RELEASED = (
    "the gradebook does not know {assignment}. Run `nbgrader generate_assignment {assignment}` first: it "
    "writes the questions and their points into the gradebook."
)
NO_RESPONSE = "No response."  # nbgrader's words
CHANGED = (
    "the source of {assignment} has changed since it was released: {cells}. "
    "Run `nbgrader generate_assignment --force {assignment}`, which takes the change into the gradebook."
)


def _check_same(template: Notebook, cells: reader.Cells, assignment: str) -> None:
    """Raise CourseError if the source and the gradebook do not have the same cells."""
    graded = {name_of(c) for c in template["cells"] if mark(c).get("grade")}
    answers = {name_of(c) for c in template["cells"] if is_answer(c)}
    differing = (graded ^ set(cells.graded)) | (answers ^ set(cells.answers))
    if differing:
        raise CourseError(CHANGED.format(assignment=assignment, cells=", ".join(sorted(differing))))


class Recorder:
    """The gradebook of one notebook of an assignment: what it holds, and what was found written into it,
    all of a submission or nothing of it."""

    def __init__(self, app: Any, assignment: str, template: Notebook, notebook: str) -> None:
        """`app` is nbgrader's application, or a part of it, with the course's settings.

        Raises GradebookGone, GradebookError for a gradebook of an older nbgrader, or CourseError if it does
        not know the assignment as it is.
        """
        self._folders, self._assignment = app.coursedir, assignment
        self._late = AssignLatePenalties(parent=app)
        self._late.init_plugin()
        self._connect()
        with database():
            cells = reader.find_cells(self._db, assignment, notebook)
        if cells is None:
            raise CourseError(NOT_RELEASED.format(assignment=assignment))
        _check_same(template, cells, assignment)
        self._cells = cells
        self._deadline = self._ask(lambda db: reader.deadline(db, cells.assignment_id))

    def _connect(self) -> None:
        file = make_url(self._folders.db_url)
        if file.drivername.startswith("sqlite") and not Path(file.database or "").is_file():
            raise CourseError(NOT_RELEASED.format(assignment=self._assignment))  # none is made
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

    def seconds_late(self, student: str, timestamp: datetime | None) -> float:
        """By how much a submission is late, with the extension that was granted."""
        duedate, extensions = self._deadline
        if timestamp is None or duedate is None:
            return 0.0
        return max(0.0, (timestamp - duedate - extensions.get(student, timedelta())).total_seconds())

    # What is written

    def record(
        self,
        student: str,
        timestamp: datetime | None,
        verdicts: Mapping[str, Verdict],
        unanswered: frozenset[str],
    ) -> None:
        """Write the grades of one submission. Manual grades and comments stay as they are.

        Raises GradebookGone; then nothing was written.
        """
        with transaction(self._db):
            submission = self._submission(student, timestamp)
            key = {"assignment_id": submission.id, "notebook_id": self._cells.notebook_id}
            notebook = find_or_add(self._db, SubmittedNotebook, key)
            score = self._write_grades(notebook, verdicts, unanswered)
            self._write_comments(notebook, unanswered)
            penalty = self._penalty(student, score, self.seconds_late(student, submission.timestamp))
            update_rows(self._db, SubmittedNotebook, {notebook.id: {"late_submission_penalty": penalty}})

    def _submission(self, student: str, timestamp: datetime | None) -> Any:
        """The row of the submission."""
        find_or_add(self._db, Student, {"id": student})
        key = {"assignment_id": self._cells.assignment_id, "student_id": student}
        found = find_or_add(self._db, SubmittedAssignment, key)
        if timestamp is None or timestamp == found.timestamp:
            return found
        update_rows(self._db, SubmittedAssignment, {found.id: {"timestamp": timestamp}})
        return find_or_add(self._db, SubmittedAssignment, key)

    def _write_grades(
        self, notebook: Any, verdicts: Mapping[str, Verdict], unanswered: frozenset[str]
    ) -> float:
        """Set what the autograder found, and tell which cells a person has to look at; the score."""
        there = rows_by_cell(self._db, Grade, notebook.id, self._cells.graded.values())
        values, score = {}, 0.0
        for name, cell in self._cells.graded.items():
            auto = self._auto_score(name, verdicts, unanswered)
            manual = there[cell].manual_score if cell in there else None
            extra = there[cell].extra_credit if cell in there else None
            values[cell] = {"auto_score": auto, "needs_manual_grade": auto is None or manual is not None}
            score += sum(filter(None, [auto if manual is None else manual, extra]))
        write_by_cell(self._db, Grade, notebook.id, there, values)
        return score

    def _auto_score(
        self, name: str, verdicts: Mapping[str, Verdict], unanswered: frozenset[str]
    ) -> float | None:
        """The score of a graded cell, by what the gradebook says it is worth; None where a person has to
        give it."""
        if name in verdicts:
            return verdicts[name].points(self.max_scores[name])
        return 0.0 if name in unanswered else None  # a cell that a person grades

    def _write_comments(self, notebook: Any, unanswered: frozenset[str]) -> None:
        there = rows_by_cell(self._db, Comment, notebook.id, self._cells.answers.values())
        said = {
            cell: {"auto_comment": NO_RESPONSE if name in unanswered else None}
            for name, cell in self._cells.answers.items()
        }
        write_by_cell(self._db, Comment, notebook.id, there, said)

    def _penalty(self, student: str, score: float, late: float) -> float | None:
        """What the course's plug-in for late submissions takes off; None if this one is in time."""
        if not late:
            return None
        penalty = self._late.plugin_inst.late_submission_penalty(student, score, late)
        if penalty is None:
            return None
        bounded: float = self._late._check_late_penalty(SimpleNamespace(score=score), penalty)
        return bounded
