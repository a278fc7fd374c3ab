"""From a submission to the trusted notebook that is run.

Of a submission only the sources of its solution cells and of the student's own cells are taken, and the
pictures that are attached to a text. All the rest, metadata, test cells, outputs, kernel and order, comes
from the source notebook.
"""

import ast
import copy
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .cells import Cell, is_answer, name_of, source_of
from .notebook import Notebook, Unreadable

KEY = "autograder"  # our own in the metadata of a notebook, and of a graded cell
HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS$", re.DOTALL | re.MULTILINE)
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
MOST_CELLS = 2_000
LONGEST_CODE = 100_000  # characters of a cell: Python's parser takes a gigabyte for a megabyte of `a;`

DAMAGED_CELL = "cell {number} is damaged and was left out"
TOO_LONG = "cell {number} was left out: it has {count:,} characters, more than {limit:,}"
TOO_MANY = "there are {count} cells; only the first {limit} were taken"
RECOGNISED = "{name} was recognised by the function that it defines: its cell had lost its name"
REPEATED = "{name} is there {count} times: the last one that defines it counts"
MISSING = "these cells were missing: {cells}. They were put back"


@dataclass(frozen=True)
class Rebuilt:
    """The trusted notebook, and what was odd about the submission."""

    notebook: Notebook
    notes: tuple[str, ...]


# Recognising


def _targets(statement: ast.stmt) -> Iterable[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    if isinstance(statement, ast.Assign):
        yield from (t.id for t in statement.targets if isinstance(t, ast.Name))
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id


@lru_cache(maxsize=64)
def defined_in(source: str) -> frozenset[str]:
    """The names that a cell defines at its top level, also if it is no valid Python as a whole."""
    try:
        statements = ast.parse(source[:LONGEST_CODE]).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(re.findall(r"^(?:async\s+)?def\s+(\w+)", source, re.MULTILINE))
    return frozenset(name for statement in statements for name in _targets(statement))


@dataclass(frozen=True)
class Found:
    """A readable cell of a submission, at its place."""

    place: int
    kind: str
    name: str
    source: str
    attachments: Mapping[str, Any]


def _attachments(cell: Any) -> dict[str, dict[str, str]]:
    """The pictures that are attached to a text, by the names that it calls them by."""
    found = cell.get("attachments") if cell["cell_type"] == "markdown" else None
    named = [pair for pair in (found if isinstance(found, dict) else {}).items() if isinstance(pair[1], dict)]
    return {
        name: {kind: data for kind, data in forms.items() if kind in PICTURES and isinstance(data, str)}
        for name, forms in named
    }


def _readable(submission: Notebook) -> tuple[list[Found], list[str]]:
    """The cells of a submission that can be read, and notes on the others."""
    cells, notes = submission["cells"], []
    if len(cells) > MOST_CELLS:
        notes.append(TOO_MANY.format(count=len(cells), limit=MOST_CELLS))
    found = []
    for place, cell in enumerate(cells[:MOST_CELLS]):
        if (source := source_of(cell)) is None:
            notes.append(DAMAGED_CELL.format(number=place + 1))
        elif cell["cell_type"] == "code" and len(source) > LONGEST_CODE:
            notes.append(TOO_LONG.format(number=place + 1, count=len(source), limit=LONGEST_CODE))
        else:
            found.append(Found(place, cell["cell_type"], name_of(cell), source, _attachments(cell)))
    return found, notes


def _choose(name: str, candidates: Sequence[Found]) -> Found:
    """The last cell that defines the function, or the last one."""
    if len(candidates) == 1:
        return candidates[0]
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
    """A student's own cell, with nothing but its text and the pictures in it."""
    made: Cell = {"cell_type": cell.kind, "id": f"own-{cell.place}", "metadata": {}, "source": cell.source}
    made |= {"attachments": dict(cell.attachments)} if cell.attachments else {}
    return made | ({"outputs": [], "execution_count": None} if cell.kind == "code" else {})


@lru_cache(maxsize=8)
def _anchors(ours: Sequence[tuple[str, str]]) -> Mapping[str, int]:
    """Where each cell of ours stands, by its name and by the text that students have of it."""
    places = {HIDDEN.sub("", text).strip(): i for i, (_, text) in enumerate(ours)}
    return places | {name: i for i, (name, _) in enumerate(ours) if name}


def _copied(template: Notebook) -> Notebook:
    """The template, of which all may be changed that is changed in a notebook: what its cells hold and
    what is noted. (To copy all of it would take longer than all the rest.)"""
    cells = [{**cell, "metadata": dict(cell["metadata"])} for cell in template["cells"]]
    return {**template, "metadata": copy.deepcopy(template["metadata"]), "cells": cells}


def _place_own(
    found: Sequence[Found], used: dict[int, str], anchors: Mapping[str, int], wanted: Sequence[str]
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
    """The trusted notebook of a submission.

    `template` is the source notebook with its hidden tests and with open solution cells. Each of
    the student's own cells comes after the cell of ours that it came after in the submission.
    """
    whole = _copied(template)
    ours = whole["cells"]
    wanted = [name_of(c) for c in ours if is_answer(c)]
    found, notes = _readable(submission)
    answers, more = _answers(found, wanted)
    anchors = _anchors(tuple((name_of(cell), str(source_of(cell))) for cell in ours))
    for name, cell in answers.items():
        ours[anchors[name]]["source"] = cell.source
        if cell.attachments and ours[anchors[name]]["cell_type"] == "markdown":
            ours[anchors[name]]["attachments"] = dict(cell.attachments)
    used = {cell.place: name for name, cell in answers.items()}
    own = _place_own(found, used, anchors, wanted)
    names = {cell.name for cell in found} | set(answers)
    if missing := [n for n in map(name_of, ours) if n and n not in names]:
        more.append(MISSING.format(cells=", ".join(missing)))
    cells = own.get(-1, [])
    for place, cell in enumerate(ours):
        cells += [cell, *own.get(place, [])]
    return Rebuilt({**whole, "cells": cells}, (*notes, *more))


def about(notebook: Notebook) -> dict[str, Any]:
    """What is noted of a notebook as a whole, to be read and written: `notes` on the submission and why
    it was `unreadable`; after grading the `incidents` of the run and its `seconds`.

    It lies in the metadata, where no submission can put anything: only its text is taken.
    """
    noted: dict[str, Any] = notebook["metadata"].setdefault(KEY, {})
    return noted


def trusted(template: Notebook, read: Callable[[], Notebook]) -> Notebook:
    """The trusted notebook for what `read` gives, and in it what was odd about that; for a submission
    that cannot be read the template, and in it why."""
    try:
        built = rebuild(template, read())
    except Unreadable as error:
        notebook = _copied(template)
        about(notebook).update(unreadable=str(error), notes=[str(error)])
        return notebook
    about(built.notebook)["notes"] = list(built.notes)
    return built.notebook
