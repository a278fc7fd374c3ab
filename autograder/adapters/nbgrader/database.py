"""The database of a gradebook: that it may not answer, one transaction at a time, and its rows."""

from collections.abc import Iterable, Iterator, Mapping
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


# Rows of nbgrader's tables; `kind` is one of its models


def find_or_add(db: Any, kind: Any, key: Mapping[str, Any]) -> Any:
    """The one row with these values, which is made if it is not there."""
    asked = select(kind.__table__).filter_by(**key)
    found = db.execute(asked).one_or_none()
    if found is None:
        db.execute(insert(kind.__table__), [dict(key)])
        found = db.execute(asked).one()
    return found


def update_rows(db: Any, kind: Any, values: Mapping[str, Mapping[str, Any]]) -> None:
    """Set columns of rows that are there, by their ids: the same columns of each."""
    if not values:
        return
    table = kind.__table__
    rows = [{"key": key, **columns} for key, columns in values.items()]
    names = rows[0].keys() - {"key"}
    asked = update(table).where(table.c.id == bindparam("key"))
    db.connection().execute(asked.values({name: bindparam(name) for name in names}), rows)


def rows_by_cell(db: Any, kind: Any, notebook: str, cells: Iterable[str]) -> dict[str, Any]:
    """The grades or comments of a student's notebook, by the ids of their cells."""
    table = kind.__table__
    asked = select(table).where(table.c.cell_id.in_(cells), table.c.notebook_id == notebook)
    return {row.cell_id: row for row in db.execute(asked)}


def write_by_cell(
    db: Any, kind: Any, notebook: str, there: Mapping[str, Any], values: Mapping[str, Mapping[str, Any]]
) -> None:
    """Set columns of grades or comments, by the ids of their cells; make those that are not there."""
    new = [{"cell_id": c, "notebook_id": notebook, **v} for c, v in values.items() if c not in there]
    if new:
        db.execute(insert(kind.__table__), new)
    update_rows(db, kind, {there[c].id: v for c, v in values.items() if c in there})
