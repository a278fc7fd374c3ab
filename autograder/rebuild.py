"""From a hand-in to the trusted notebook that is run.

Of a hand-in only the sources of its solution cells and the student's own cells are taken. All the
rest, metadata, test cells, outputs, kernel and order, comes from the source notebook.
"""

import ast
import copy
import re
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .isolation.wire import load

Cell = dict[str, Any]
Notebook = dict[str, Any]

GRADES = "from autograder import grade"
HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS$", re.DOTALL | re.MULTILINE)
LARGEST_FILE = 20 << 20  # bytes; a notebook full of pictures has a few
MOST_CELLS = 2_000

NOT_A_FILE = "not a file but {kind}. It cannot be graded; ask for it again."
TOO_LARGE = "{size:.0f} MB large, more than the {limit} MB that are read. Ask for it without its outputs."
EMPTY = "the file is empty. It cannot be graded; ask for it again."
NOT_TEXT = "not UTF-8 text ({reason}). It cannot be graded; ask for it again."
NOT_JSON = "not valid JSON, {reason}. It cannot be graded; ask for it again."
NOT_NOTEBOOK = "valid JSON, but not a Jupyter notebook of format 4. It cannot be graded; ask for it again."
UNREADABLE = "cannot be read ({reason}). It cannot be graded; ask for it again."

DAMAGED_CELL = "cell {number} is damaged and was left out"
TOO_MANY = "there are {count} cells; only the first {limit} were taken"
RECOGNISED = "{name} was recognised by the function that it defines: its cell had lost its name"
REPEATED = "{name} is there {count} times: the last one that defines it counts"
MISSING = "these cells were missing: {cells}. They were put back"


class Unreadable(Exception):
    """A hand-in that cannot be read; the message says what is wrong with it and what to do."""


@dataclass(frozen=True)
class Rebuilt:
    """The trusted notebook, and what was odd about the hand-in."""

    notebook: Notebook
    notes: tuple[str, ...]


# Reading


def _content(path: Path) -> bytes:
    """The bytes of a regular file of a sane size."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            kinds = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder"}
            kind = kinds.get(stat.S_IFMT(status.st_mode), "something else")
            raise Unreadable(NOT_A_FILE.format(kind=kind))
        if status.st_size > LARGEST_FILE:
            limit = LARGEST_FILE >> 20
            raise Unreadable(TOO_LARGE.format(size=status.st_size / 2**20, limit=limit))
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(UNREADABLE.format(reason=error.strerror)) from None


def read_notebook(path: Path) -> Notebook:
    """The notebook as it lies in the file; raises Unreadable."""
    content = _content(path)
    if not content.strip():
        raise Unreadable(EMPTY)
    try:
        notebook = load(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(NOT_TEXT.format(reason=error.reason)) from None
    except RecursionError:
        raise Unreadable(NOT_JSON.format(reason="nested too deep")) from None
    except ValueError as error:
        raise Unreadable(NOT_JSON.format(reason=error)) from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Unreadable(NOT_NOTEBOOK)
    return notebook


def _source(cell: Any) -> str | None:
    """The text of a cell, None if it is damaged."""
    source = cell.get("source") if isinstance(cell, dict) else None
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    known = isinstance(cell, dict) and cell.get("cell_type") in ("code", "markdown", "raw")
    return source if known and isinstance(source, str) else None


def mark(cell: Cell) -> dict[str, Any]:
    """nbgrader's metadata of a cell, whatever a hand-in may have made of it."""
    metadata = cell.get("metadata")
    found = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def name_of(cell: Cell) -> str:
    """A cell's grade_id, "" if it has none."""
    name = mark(cell).get("grade_id")
    return name if isinstance(name, str) else ""


def is_ours(notebook: Notebook) -> bool:
    """Whether a notebook is graded by `grade`: only such a one can be run this way."""
    return any(is_graded(c) and GRADES in "".join(c["source"]) for c in notebook["cells"])


def is_graded(cell: Cell) -> bool:
    """Whether a cell gives points and is locked: a test of the instructor's."""
    marks = mark(cell)
    return bool(cell["cell_type"] == "code" and marks.get("grade") and not marks.get("solution"))


# Recognising


def _targets(statement: ast.stmt) -> Iterable[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    if isinstance(statement, ast.Assign):
        yield from (t.id for t in statement.targets if isinstance(t, ast.Name))
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id


def defined_in(source: str) -> set[str]:
    """The names that a cell defines at its top level, also if it is no valid Python as a whole."""
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(re.findall(r"^(?:async\s+)?def\s+(\w+)", source, re.MULTILINE))
    return {name for statement in statements for name in _targets(statement)}


@dataclass(frozen=True)
class Found:
    """A readable cell of a hand-in, at its place."""

    place: int
    kind: str
    name: str
    source: str


def _readable(submission: Notebook) -> tuple[list[Found], list[str]]:
    """The cells of a hand-in that can be read, and notes on the others."""
    cells, notes = submission["cells"], []
    if len(cells) > MOST_CELLS:
        notes.append(TOO_MANY.format(count=len(cells), limit=MOST_CELLS))
    found = []
    for place, cell in enumerate(cells[:MOST_CELLS]):
        if (source := _source(cell)) is None:
            notes.append(DAMAGED_CELL.format(number=place + 1))
        else:
            found.append(Found(place, cell["cell_type"], name_of(cell), source))
    return found, notes


def _choose(name: str, candidates: Sequence[Found]) -> Found:
    """The last cell that defines the function, or the last one."""
    defining = [cell for cell in candidates if name in defined_in(cell.source)]
    return (defining or candidates)[-1]


def _answers(found: Sequence[Found], wanted: Sequence[str]) -> tuple[dict[str, Found], list[str]]:
    """The solution cell of each question: by its name, or else by the function that it defines."""
    answers, notes = {}, []
    for name in wanted:
        candidates = [cell for cell in found if cell.name == name]
        if not candidates:
            anonymous = [c for c in found if c.kind == "code" and not c.name]
            candidates = [c for c in anonymous if name in defined_in(c.source)]
            notes += [RECOGNISED.format(name=name)] if candidates else []
        if len(candidates) > 1:
            notes.append(REPEATED.format(name=name, count=len(candidates)))
        if candidates:
            answers[name] = _choose(name, candidates)
    return answers, notes


# Putting together


def _own_cell(cell: Found) -> Cell:
    """A student's own cell, with nothing but its text."""
    made: Cell = {"cell_type": cell.kind, "id": f"own-{cell.place}", "metadata": {}, "source": cell.source}
    return made | ({"outputs": [], "execution_count": None} if cell.kind == "code" else {})


def _anchors(ours: Sequence[Cell]) -> dict[str, int]:
    """Where each cell of ours stands, by its name and by the text that students have of it."""
    places = {HIDDEN.sub("", str(_source(cell))).strip(): i for i, cell in enumerate(ours)}
    return places | {name_of(cell): i for i, cell in enumerate(ours) if name_of(cell)}


def _place_own(
    found: Sequence[Found], used: dict[int, str], anchors: dict[str, int], wanted: Sequence[str]
) -> dict[int, list[Cell]]:
    """The student's own cells by the place of the cell of ours that each comes after.

    A repeated answer that does not count comes before the one that does, not to override it.
    """
    own: dict[int, list[Cell]] = {}
    here = -1
    for cell in found:
        name, text = used.get(cell.place) or cell.name, cell.source.strip()
        here = anchors.get(name, anchors.get(text, here))
        if cell.place in used:
            continue
        if name in wanted:
            own.setdefault(here - 1, []).append(_own_cell(cell))
        elif name not in anchors and text not in anchors:
            own.setdefault(here, []).append(_own_cell(cell))
    return own


def rebuild(template: Notebook, submission: Notebook) -> Rebuilt:
    """The trusted notebook of a hand-in.

    `template` is the source notebook with its hidden tests and with open solution cells. Each of
    the student's own cells comes after the cell of ours that it came after in the hand-in.
    """
    ours = copy.deepcopy(template["cells"])
    wanted = [name_of(c) for c in ours if mark(c).get("solution") and not mark(c).get("grade")]
    found, notes = _readable(submission)
    answers, more = _answers(found, wanted)
    anchors = _anchors(ours)
    for name, cell in answers.items():
        ours[anchors[name]]["source"] = cell.source
    used = {cell.place: name for name, cell in answers.items()}
    own = _place_own(found, used, anchors, wanted)
    names = {cell.name for cell in found} | set(answers)
    if missing := [n for n in map(name_of, ours) if n and n not in names]:
        more.append(MISSING.format(cells=", ".join(missing)))
    cells = own.get(-1, [])
    for place, cell in enumerate(ours):
        cells += [cell, *own.get(place, [])]
    return Rebuilt({**copy.deepcopy(template), "cells": cells}, (*notes, *more))
