"""The database of a gradebook: that it may not answer, one transaction at a time, and its rows."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from nbgrader.api import Base, InvalidEntry
from sqlalchemy import bindparam, insert, inspect, select, update
from sqlalchemy.exc import DatabaseError, InterfaceError, InternalError, NoSuchTableError, OperationalError

from ...class_run.gradebook import GradebookBroken, GradebookError, GradebookGone

BROKEN = "the gradebook cannot be used ({reason}). Restore it from a copy; nothing was written to it"

OLD = (
    "the gradebook was made by an older nbgrader: its table {table} has no {columns}. Copy it to be safe, "
    "then run `nbgrader db upgrade`"
)


def check_schema(db: Any) -> None:
    """Raise GradebookError for a gradebook that lacks columns of the nbgrader that is installed: nbgrader
    itself adds whole tables, which are empty then, and goes on as if there were no grades."""
    found = inspect(db.connection())
    for name, table in Base.metadata.tables.items():
        try:
            there = {column["name"] for column in found.get_columns(name)}
        except NoSuchTableError:
            there = set()
        if lacking := sorted(set(table.columns.keys()) - there):
            raise GradebookError(OLD.format(table=name, columns=", ".join(lacking)))


def _reason(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).strip()


@contextmanager
def database() -> Iterator[None]:
    """Raise GradebookGone for what a database that does not answer makes of the body, GradebookBroken for
    what a damaged one does."""
    try:
        yield
    except (OperationalError, InterfaceError, InternalError) as error:
        raise GradebookGone(_reason(error)) from error
    except DatabaseError as error:
        raise GradebookBroken(BROKEN.format(reason=_reason(error))) from error
    except InvalidEntry as error:  # nbgrader's word for any trouble with the database
        if isinstance(error.__context__, OperationalError | InterfaceError | InternalError):
            raise GradebookGone(_reason(error.__context__)) from error
        raise


@contextmanager
def transaction(db: Any) -> Iterator[None]:
    """What nbgrader's API commits meanwhile is committed at the end, together, or not at all.

    `db` is a Gradebook's session. Raises GradebookGone; then nothing was written.
    """
    db.commit = db.flush  # hides the session's own commit
    try:
        with database():
            yield
            del db.commit
            db.commit()
    except BaseException:
        vars(db).pop("commit", None)
        with suppress(Exception):  # of a database that is gone there is nothing to take back
            db.rollback()
        raise


# Rows of nbgrader's tables, many at a time; `kind` is one of its models


def find_or_add(db: Any, kind: Any, column: str, values: Collection[str], **same: str) -> dict[str, Any]:
    """The rows with these values in a column, by value, and with the `same` in others; those that are not
    there are made."""
    table = kind.__table__

    def found(some: Collection[str]) -> dict[str, Any]:
        asked = select(table).where(table.c[column].in_(some)).filter_by(**same)
        return {row._mapping[column]: row for row in db.execute(asked)}

    there = found(values)
    if missing := [value for value in values if value not in there]:
        db.execute(insert(table), [{column: value, **same} for value in missing])
        there |= found(missing)
    return there


def update_rows(db: Any, kind: Any, values: Mapping[str, Mapping[str, Any]]) -> None:
    """Set columns of rows that are there, by their ids: the same columns of each."""
    if not values:
        return
    table = kind.__table__
    rows = [{"key": key, **columns} for key, columns in values.items()]
    names = rows[0].keys() - {"key"}
    asked = update(table).where(table.c.id == bindparam("key"))
    db.connection().execute(asked.values({name: bindparam(name) for name in names}), rows)


Place = tuple[str, str]  # the ids of a student's notebook and of a cell


def rows_by_place(db: Any, kind: Any, notebooks: Collection[str], cells: Collection[str]) -> dict[Place, Any]:
    """The grades or comments of students' notebooks."""
    table = kind.__table__
    asked = select(table).where(table.c.cell_id.in_(cells), table.c.notebook_id.in_(notebooks))
    return {(row.notebook_id, row.cell_id): row for row in db.execute(asked)}


def write_by_place(
    db: Any, kind: Any, there: Mapping[Place, Any], values: Mapping[Place, Mapping[str, Any]]
) -> None:
    """Set columns of grades or comments where they are others; make those that are not there."""
    new = [{"notebook_id": n, "cell_id": c, **v} for (n, c), v in values.items() if (n, c) not in there]
    if new:
        db.execute(insert(kind.__table__), new)
    update_rows(
        db, kind, {there[at].id: v for at, v in values.items() if at in there and differs(there[at], v)}
    )


def differs(row: Any, values: Mapping[str, Any]) -> bool:
    """Whether a row holds others than these values."""
    return any(getattr(row, name) != value for name, value in values.items())
