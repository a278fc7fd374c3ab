"""The cells of a notebook, and what nbgrader has marked them as."""

from typing import Any

from .notebook import Notebook

Cell = dict[str, Any]


def source_of(cell: Any) -> str | None:
    """The text of a cell, None if it is damaged."""
    source = cell.get("source") if isinstance(cell, dict) else None
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    known = isinstance(cell, dict) and cell.get("cell_type") in ("code", "markdown", "raw")
    return source if known and isinstance(source, str) else None


def mark(cell: Cell) -> dict[str, Any]:
    """nbgrader's metadata of a cell, whatever a submission may have made of it."""
    metadata = cell.get("metadata")
    found = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def name_of(cell: Cell) -> str:
    """A cell's grade_id, "" if it has none."""
    name = mark(cell).get("grade_id")
    return name if isinstance(name, str) else ""


def is_graded(cell: Cell) -> bool:
    """Whether a cell gives points and is locked: a test of the instructor's."""
    marks = mark(cell)
    return bool(cell["cell_type"] == "code" and marks.get("grade") and not marks.get("solution"))


def max_scores(notebook: Notebook) -> dict[str, float]:
    """What each graded cell of a notebook is worth."""
    return {name_of(cell): float(mark(cell)["points"]) for cell in notebook["cells"] if is_graded(cell)}


def gives_points(cell: Cell) -> bool:
    """Whether a cell is worth points, whoever gives them."""
    return bool(mark(cell).get("grade") or mark(cell).get("task"))


def is_answer(cell: Cell) -> bool:
    """Whether a cell is for the student to fill in; some of them a person grades."""
    return bool(mark(cell).get("solution"))
