"""The points in nbgrader's gradebook, read for a whole class in a few joined queries.

(nbgrader's own `score` of a submission is a subquery for each of them.) Nothing is written here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import nbgrader.api as tables
from sqlalchemy import create_engine, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ...judging.questions import QUESTIONS

NO_GRADEBOOK = "there is no gradebook at {url}. Run this in a course folder, after 'nbgrader autograde'."
BAD_GRADEBOOK = "the gradebook at {url} cannot be read: {reason}. Does 'nbgrader db upgrade' help?"
NO_ASSIGNMENT = "there is no assignment {name!r} in the gradebook. There are: {known}."
NONE = "none yet; 'nbgrader generate_assignment' enters them"


class GradebookError(Exception):
    """There is nothing to read; the message says what is missing and what to do."""


@dataclass(frozen=True)
class Item:
    """A graded cell."""

    notebook: str
    name: str
    out_of: float

    @property
    def question(self) -> str:
        """The question that the cell grades, by the function's name."""
        return self.name.removeprefix("test_")


@dataclass(frozen=True)
class Student:
    """A student, as the gradebook knows them."""

    id: str
    last_name: str = ""
    first_name: str = ""
    email: str = ""


@dataclass(frozen=True)
class Record:
    """What the gradebook holds of a student for an assignment; no `points` if nothing was handed in.

    Points are None where a person still has to look. Scores given by hand count before automatic
    ones, and extra credit is in them, as everywhere in nbgrader.
    """

    student: Student
    points: Mapping[Item, float | None]
    penalty: float = 0.0
    timestamp: datetime | None = None

    @property
    def raw(self) -> float | None:
        """The sum of the points, None as long as one is missing."""
        given = [p for p in self.points.values() if p is not None]
        return sum(given) if given and len(given) == len(self.points) else None

    @property
    def total(self) -> float | None:
        """The sum of the points less the penalty for being late, and not below 0."""
        return None if self.raw is None else max(0.0, self.raw - self.penalty)


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


def items(db: Any, assignment: str) -> list[Item]:
    """The graded cells of an assignment; our questions in their own order, others by name."""
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
        found += [Item(*row) for row in db.execute(query)]
    order = {name: number for number, name in enumerate(QUESTIONS)}
    return sorted(found, key=lambda i: (i.notebook, order.get(i.question, len(order)), i.name))


def _score(auto: float | None, manual: float | None, extra: float | None) -> float | None:
    """nbgrader's score of a cell, but None where it writes 0 for no score at all."""
    given = manual if manual is not None else auto
    return None if given is None else given + (extra or 0.0)


def _points(db: Any, assignment: str) -> Mapping[str, dict[Item, float | None]]:
    """The points by student and graded cell."""
    known = {(item.notebook, item.name): item for item in items(db, assignment)}
    base, grade, submitted = tables.BaseCell.__table__, tables.Grade, tables.SubmittedAssignment
    query = (
        select(
            submitted.student_id, tables.Notebook.name, base.c.name,
            grade.auto_score, grade.manual_score, grade.extra_credit,
        )
        .join_from(grade, base, base.c.id == grade.cell_id)
        .join(tables.Notebook, tables.Notebook.id == base.c.notebook_id)
        .join(tables.SubmittedNotebook, tables.SubmittedNotebook.id == grade.notebook_id)
        .join(submitted, submitted.id == tables.SubmittedNotebook.assignment_id)
        .join(tables.Assignment, tables.Assignment.id == submitted.assignment_id)
        .where(tables.Assignment.name == assignment)
    )  # fmt: skip
    found: dict[str, dict[Item, float | None]] = defaultdict(dict)
    for student, notebook, cell, *scores in db.execute(query):
        if item := known.get((notebook, cell)):
            found[student][item] = _score(*scores)
    return {
        student: {i: points[i] for i in known.values() if i in points} for student, points in found.items()
    }


def _submissions(db: Any, assignment: str) -> Mapping[str, tuple[float, datetime | None]]:
    """The penalty for being late, and the time of the hand-in, by student."""
    submitted, notebook = tables.SubmittedAssignment, tables.SubmittedNotebook
    query = (
        select(submitted.student_id, func.sum(notebook.late_submission_penalty), submitted.timestamp)
        .join(tables.Assignment, tables.Assignment.id == submitted.assignment_id)
        .join(notebook, notebook.assignment_id == submitted.id)
        .where(tables.Assignment.name == assignment)
        .group_by(submitted.student_id, submitted.timestamp)
    )
    return {student: (penalty or 0.0, timestamp) for student, penalty, timestamp in db.execute(query)}


def records(db: Any, assignment: str) -> Sequence[Record]:
    """A record for every student of the course, by their ids; raises GradebookError."""
    find_assignment(db, assignment)
    points, submissions = _points(db, assignment), _submissions(db, assignment)
    person = tables.Student
    query = select(person.id, person.last_name, person.first_name, person.email).order_by(person.id)
    students = [Student(*(text or "" for text in row)) for row in db.execute(query)]
    return [Record(s, points.get(s.id, {}), *submissions.get(s.id, ())) for s in students]
