"""The tables behind the report, as CSV. Missing students and missing grades stay empty."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ...class_run.gradebook import Record
from ..spreadsheet import write_table
from .summary import STATUSES, Summary

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]


def _points(summary: Summary) -> Table:
    header = ["student", *(item.question for item in summary.items), "penalty", "total"]

    def row(record: Record) -> list[Any]:
        points = [record.points.get(item) for item in summary.items]
        return [record.student.id, *points, record.penalty if record.points else None, record.total]

    if not summary.anonymous:
        return header, map(row, summary.records)
    rows = sorted((row(r)[1:] for r in summary.records), key=lambda r: (r[-1] is None, r[-1] or 0.0, str(r)))
    return header[1:], rows


def _questions(summary: Summary) -> Table:
    rows = (
        [q.name, q.item.out_of, *(q.counts[status] for status in STATUSES), q.mean] for q in summary.questions
    )
    return ["question", "points", *STATUSES, "mean"], rows


def _looks(summary: Summary) -> Table:
    rows = [(look.student, reason) for look in summary.looks for reason in look.reasons]
    if summary.anonymous:
        return ["reason"], [(reason,) for _, reason in sorted(rows)]
    return ["student", "reason"], rows


def write_all(summary: Summary, folder: Path) -> None:
    """Write the tables into a folder."""
    mistakes = [(m.name, " ".join(m.questions), m.count, m.hint) for m in summary.mistakes]
    tables: dict[str, Table] = {
        "points": _points(summary),
        "questions": _questions(summary),
        "mistakes": (["mistake", "questions", "students", "hint"], mistakes),
        "looks": _looks(summary),
    }
    for name, (header, rows) in tables.items():
        write_table(folder / f"{name}.csv", header, rows)
