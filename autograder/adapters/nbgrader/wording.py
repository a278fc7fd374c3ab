"""What a course calls an assignment, and what its questions are worth there: words of the source notebook and
numbers of the public half, set once, when the assignment is laid into the course."""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...judging.verdict import points_with_unit
from ...submission.cells import mark, name_of

COURSE = "{course} ({year})"
ATTRIBUTION = "Statement: {source}"
HOW = "**How this notebook works.**"
HEADING = re.compile(r"^(### Question .*) \([\d.]+ points?\)$", re.MULTILINE)
TOGETHER = re.compile(r"worth [\d.]+ points together")
UNKNOWN = "there is no question {name!r} in {assignment}. There are: {known}"


class WordingError(Exception):
    """The words do not fit the assignment; the message says why."""


@dataclass(frozen=True)
class Wording:
    """A title in place of the statement's own, the course and its year, and points by question. What is left
    out stays as it is."""

    title: str = ""
    course: str = ""
    year: str = ""
    points: Mapping[str, float] = field(default_factory=dict)


# The notebook


def _head(text: str, wording: Wording) -> str:
    """The first cell: the title, whose course it is, the statement's own source if it has one, and how it
    works."""
    title, *rest = text.split("\n\n")
    source = "" if rest[0].startswith(HOW) else rest.pop(0)
    if wording.title:
        title = f"# {wording.title}"
    if wording.course or wording.year:
        named = [wording.course, wording.year]
        course = COURSE.format(course=named[0], year=named[1]) if all(named) else "".join(named)
        origin = ATTRIBUTION.format(source=", ".join(map(str.strip, source.splitlines())))
        source = f"{course}\n\n{origin}" if source else course
    return "\n\n".join(filter(None, [title, source, *rest]))


def _heading_of(cells: Sequence[Any], test: Any) -> Any:
    """The cell with the heading of the question that a test belongs to."""
    above = cells[: cells.index(test)]
    return next(cell for cell in reversed(above) if HEADING.search("".join(cell["source"])))


def _set_points(cells: Sequence[Any], given: Mapping[str, float], assignment: str) -> None:
    """Write the points where nbgrader reads them, and where students do."""
    tests = {name_of(cell).removeprefix("test_"): cell for cell in cells if mark(cell).get("grade")}
    for name, points in given.items():
        if name not in tests:
            raise WordingError(UNKNOWN.format(name=name, assignment=assignment, known=", ".join(tests)))
        mark(tests[name])["points"] = points
        heading = _heading_of(cells, tests[name])
        heading["source"] = HEADING.sub(rf"\1 ({points_with_unit(points)})", "".join(heading["source"]))
    total = sum(float(mark(cell)["points"]) for cell in tests.values())
    cells[0]["source"] = TOGETHER.sub(f"worth {points_with_unit(total)} together", cells[0]["source"])


def _as_lines(cell: Any) -> None:
    """The text of a cell as Jupyter writes it."""
    cell["source"] = "".join(cell["source"]).splitlines(keepends=True)


def reword_notebook(content: bytes, wording: Wording, assignment: str) -> bytes:
    """The source notebook in a course's words; raises WordingError."""
    notebook = json.loads(content)
    cells = notebook["cells"]
    cells[0]["source"] = _head("".join(cells[0]["source"]), wording)
    _set_points(cells, wording.points, assignment)
    for cell in cells:
        _as_lines(cell)
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


# The public half


def reword_public(content: bytes, wording: Wording) -> bytes:
    """The public half, `exercise.py`, with a course's points."""
    text = content.decode()
    lines = text.splitlines(keepends=True)
    found = next(s for s in ast.parse(text).body if isinstance(s, ast.Assign) and _is_points(s.targets[0]))
    points = {**ast.literal_eval(found.value), **wording.points}
    written = "".join(f'    "{name}": {value:g},\n' for name, value in points.items())
    lines[found.lineno - 1 : found.end_lineno] = [f"POINTS = {{\n{written}}}\n"]
    return "".join(lines).encode()


def _is_points(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "POINTS"


def reword(files: Mapping[str, bytes], wording: Wording, assignment: str) -> dict[str, bytes]:
    """The files of an assignment by their names, in a course's words; raises WordingError."""
    if wording == Wording():
        return dict(files)
    makers = {f"{assignment}.ipynb": partial(reword_notebook, wording=wording, assignment=assignment)}
    if wording.points:
        makers["exercise.py"] = partial(reword_public, wording=wording)
    return {name: makers.get(name, bytes)(content) for name, content in files.items()}
