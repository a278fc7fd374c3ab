"""What a gradebook's database holds, row by row, comparable with another database's."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

Row = tuple[tuple[str, Any], ...]


def _tables(db: sqlite3.Connection) -> dict[str, list[dict[str, Any]]]:
    db.row_factory = sqlite3.Row
    names = [row[0] for row in db.execute("select name from sqlite_master where type = 'table'")]
    return {name: [dict(row) for row in db.execute(f'select * from "{name}"')] for name in names}


def rows_of(path: Path, assignments: tuple[str, ...]) -> list[tuple[str, str]]:
    """All rows that belong to these assignments or to none, with the table of each.

    In place of a random id stands the row that it is the id of, and so on.
    """
    with closing(sqlite3.connect(path)) as db:
        tables = _tables(db)
    by_id: dict[Any, dict[str, Any]] = {}
    for rows in tables.values():
        for row in rows:
            by_id.setdefault(row.get("id"), {}).update(row)
    known = {row["id"]: row["name"] for row in tables["assignment"]}

    def told(value: Any, within: tuple[Any, ...] = ()) -> Any:
        if len(str(value)) != 32 or value not in by_id or value in within:
            return value if value not in within else "itself"
        return tuple((key, told(v, (*within, value))) for key, v in sorted(by_id[value].items()))

    found = [
        (table, repr([(key, told(value)) for key, value in sorted(row.items())]))
        for table, rows in tables.items()
        for row in rows
    ]
    others = [f"('name', {name!r})" for name in known.values() if name not in assignments]
    return sorted((table, text) for table, text in found if not any(name in text for name in others))
