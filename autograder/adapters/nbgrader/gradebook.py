"""The one reader of nbgrader's gradebook: for a whole class in a few joined queries.

(nbgrader's own `score` of a submission is a subquery for each of them.) Nothing is written here, and
`db` is a session that somebody opened.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import nbgrader.api as tables
from sqlalchemy import create_engine, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ...class_run.gradebook import GradebookError, Item, Record, Score, Scores, Student
from .database import check_schema

NO_GRADEBOOK = "there is no gradebook at {url}. Run this in a course folder, after 'nbgrader autograde'."
BAD_GRADEBOOK = "the gradebook at {url} cannot be read: {reason}. Does 'nbgrader db upgrade' help?"
NO_ASSIGNMENT = "there is no assignment {name!r} in the gradebook. There are: {known}."
NONE = "none yet; 'nbgrader generate_assignment' enters them"


@contextmanager
def open_gradebook(url: str) -> Iterator[Session]:
    """A session that reads; raises GradebookError. (nbgrader's Gradebook makes a database that is not
    there, and enters a course into one that is.)"""
    shown = make_url(url).render_as_string(hide_password=True)
    place = make_url(url).database
    if url.startswith("sqlite") and not (place and Path(place).is_file()):
        raise GradebookError(NO_GRADEBOOK.format(url=shown))
    engine = create_engine(url)
    try:
        with Session(engine) as session:
            check_schema(session)
            yield session
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error)
        raise GradebookError(BAD_GRADEBOOK.format(url=shown, reason=reason)) from error
    finally:
        engine.dispose()


def assignments(db: Any) -> list[str]:
    """The names of the assignments."""
    return sorted(db.scalars(select(tables.Assignment.name)))


def find_assignment(db: Any, name: str) -> None:
    """Raises GradebookError, with the names of those that exist, if there is no such assignment."""
    known = assignments(db)
    if name not in known:
        raise GradebookError(NO_ASSIGNMENT.format(name=name, known=", ".join(known) or NONE))


def items(db: Any, assignment: str, order: Sequence[str] = (), notebook: str = "") -> list[Item]:
    """The graded cells of an assignment, or of one notebook of it: those of `order` in that order, others by
    name."""
    found = []
    for kind in (tables.GradeCell.__table__, tables.TaskCell.__table__):
        base = tables.BaseCell.__table__
        query = (
            select(tables.Notebook.name, base.c.name, kind.c.max_score)
            .join_from(kind, base, kind.c.id == base.c.id)
            .join(tables.Notebook, tables.Notebook.id == base.c.notebook_id)
            .join(tables.Assignment, tables.Assignment.id == tables.Notebook.assignment_id)
            .where(tables.Assignment.name == assignment)
        )
        found += [Item(*row) for row in db.execute(query) if notebook in ("", row[0])]
    places = {name: number for number, name in enumerate(order)}
    return sorted(found, key=lambda i: (i.notebook, places.get(i.name, len(places)), i.name))


def _scores(db: Any, assignment: str, order: Sequence[str], notebook: str) -> Mapping[str, dict[Item, Score]]:
    """The scores by student and graded cell."""
    known = {(item.notebook, item.name): item for item in items(db, assignment, order, notebook)}
    base, grade, submitted = tables.BaseCell.__table__, tables.Grade, tables.SubmittedAssignment
    query = (
        select(
            submitted.student_id, tables.Notebook.name, base.c.name,
            grade.auto_score, grade.manual_score, grade.needs_manual_grade, grade.extra_credit,
        )
        .join_from(grade, base, base.c.id == grade.cell_id)
        .join(tables.Notebook, tables.Notebook.id == base.c.notebook_id)
        .join(tables.SubmittedNotebook, tables.SubmittedNotebook.id == grade.notebook_id)
        .join(submitted, submitted.id == tables.SubmittedNotebook.assignment_id)
        .join(tables.Assignment, tables.Assignment.id == submitted.assignment_id)
        .where(tables.Assignment.name == assignment)
    )  # fmt: skip
    found: dict[str, dict[Item, Score]] = defaultdict(dict)
    for student, place, cell, *values in db.execute(query):
        if item := known.get((place, cell)):
            found[student][item] = Score(*values)
    return {
        student: {i: scores[i] for i in known.values() if i in scores} for student, scores in found.items()
    }


def _submissions(db: Any, assignment: str) -> Mapping[str, tuple[float, datetime | None]]:
    """The penalty for being late, and the time of the submission, by student."""
    submitted, notebook = tables.SubmittedAssignment, tables.SubmittedNotebook
    query = (
        select(submitted.student_id, func.sum(notebook.late_submission_penalty), submitted.timestamp)
        .join(tables.Assignment, tables.Assignment.id == submitted.assignment_id)
        .join(notebook, notebook.assignment_id == submitted.id)
        .where(tables.Assignment.name == assignment)
        .group_by(submitted.student_id, submitted.timestamp)
    )
    return {student: (penalty or 0.0, timestamp) for student, penalty, timestamp in db.execute(query)}


def records(db: Any, assignment: str, order: Sequence[str] = (), notebook: str = "") -> Sequence[Record]:
    """A record for every student of the course, by their ids; of one notebook, if it is named. Raises
    GradebookError."""
    find_assignment(db, assignment)
    found, submissions = _scores(db, assignment, order, notebook), _submissions(db, assignment)
    person = tables.Student
    query = select(person.id, person.last_name, person.first_name, person.email).order_by(person.id)
    students = [Student(*(text or "" for text in row)) for row in db.execute(query)]

    def record(student: Student) -> Record:
        scores = found.get(student.id, {})
        points = {item: score.points for item, score in scores.items()}
        doubtful = tuple(item for item, score in scores.items() if score.is_doubtful)
        return Record(student, points, *submissions.get(student.id, (0.0, None)), doubtful)

    return [record(student) for student in students]


# For a class run


@dataclass(frozen=True)
class Cells:
    """The ids of an assignment, of one of its notebooks, and of that notebook's cells by their names: of
    the graded ones, and of those that are commented on. A task is both."""

    assignment_id: str
    notebook_id: str
    graded: Mapping[str, str]
    answers: Mapping[str, str]
    max_scores: Mapping[str, float]
    has_siblings: bool  # whether the assignment has other notebooks, too


def find_cells(db: Any, assignment: str, notebook: str) -> Cells | None:
    """The cells of a notebook, None if the gradebook does not know it."""
    asked = (
        select(tables.Notebook.assignment_id, tables.Notebook.id)
        .join(tables.Assignment, tables.Assignment.id == tables.Notebook.assignment_id)
        .where(tables.Assignment.name == assignment, tables.Notebook.name == notebook)
    )
    found = db.execute(asked).first()
    if found is None:
        return None
    base, grade, task = (kind.__table__ for kind in (tables.BaseCell, tables.GradeCell, tables.TaskCell))
    rows = db.execute(
        select(base.c.name, base.c.type, base.c.id, func.coalesce(grade.c.max_score, task.c.max_score))
        .join_from(base, grade, grade.c.id == base.c.id, isouter=True)
        .join(task, task.c.id == base.c.id, isouter=True)
        .where(base.c.notebook_id == found[1])
    ).all()
    graded = {name: key for name, kind, key, _ in rows if kind != "SolutionCell"}
    answers = {name: key for name, kind, key, _ in rows if kind != "GradeCell"}
    max_scores = {name: float(score) for name, kind, _, score in rows if kind != "SolutionCell"}
    notebooks = select(func.count()).where(tables.Notebook.assignment_id == found[0])
    return Cells(found[0], found[1], graded, answers, max_scores, db.scalar(notebooks) > 1)


def released_tests(db: Any, assignment: str, notebook: str) -> list[str]:
    """The locked cells of a notebook as they were when it was released, hidden tests and all."""
    cell = tables.SourceCell.__table__
    asked = (
        select(cell.c.source)
        .join(tables.Notebook, tables.Notebook.id == cell.c.notebook_id)
        .join(tables.Assignment, tables.Assignment.id == tables.Notebook.assignment_id)
        .where(tables.Assignment.name == assignment, tables.Notebook.name == notebook, cell.c.locked)
    )
    return [source or "" for source in db.scalars(asked)]


def scores(db: Any, cells: Cells) -> Mapping[str, Scores]:
    """What the gradebook holds of every student, by graded cell, in one question."""
    found: dict[str, dict[str, Score]] = {}
    names = {key: cell for cell, key in cells.graded.items()}
    submitted, notebook, grade = tables.SubmittedAssignment, tables.SubmittedNotebook, tables.Grade
    rows = db.execute(
        select(
            submitted.student_id,
            grade.cell_id,
            grade.auto_score,
            grade.manual_score,
            grade.needs_manual_grade,
            grade.extra_credit,
        )
        .join(notebook, notebook.assignment_id == submitted.id)
        .join(grade, grade.notebook_id == notebook.id)
        .where(notebook.notebook_id == cells.notebook_id)
        .where(grade.cell_id.in_(names))  # for the database's index of grades begins with the cell
    )  # fmt: skip
    for student, cell, *values in rows.all():
        found.setdefault(student, {})[names[cell]] = Score(*values)
    return found


@dataclass(frozen=True)
class Deadline:
    """When an assignment is due; by student the extensions that were granted, and when a submission that was
    recorded before was submitted."""

    due: datetime | None
    extensions: Mapping[str, timedelta]
    timestamps: Mapping[str, datetime]

    def seconds_late(self, student: str, timestamp: datetime | None) -> float:
        """By how much a submission is late; one without a time stamp keeps the one before, as in nbgrader."""
        timestamp = timestamp or self.timestamps.get(student)
        if timestamp is None or self.due is None:
            return 0.0
        extension = self.extensions.get(student, timedelta())
        return max(0.0, (timestamp - self.due - extension).total_seconds())


def deadline(db: Any, assignment_id: str) -> Deadline:
    """The deadline of an assignment."""
    due = db.execute(select(tables.Assignment.duedate).where(tables.Assignment.id == assignment_id))
    row = tables.SubmittedAssignment
    asked = select(row.student_id, row.extension, row.timestamp).where(row.assignment_id == assignment_id)
    found = db.execute(asked).all()
    extensions = {student: extension for student, extension, _ in found if extension}
    return Deadline(due.scalar_one(), extensions, {student: time for student, _, time in found if time})


def student_ids(db: Any) -> list[str]:
    """Everybody in the course, by their ids."""
    return list(db.scalars(select(tables.Student.id)))
