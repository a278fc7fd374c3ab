"""Questions of other kinds in our notebook, which nbgrader or a person grades."""

import json
from pathlib import Path
from typing import Any

from support.other import DOT
from support.sample_class import NAME
from support.warm import nbgrader

ESSAY, TASK, ASSERT = "essay", "sketch", "test_units"
BASE = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
KINDS = {
    ESSAY: ("markdown", "YOUR ANSWER HERE", {"grade": True, "solution": True, "points": 3}),
    TASK: ("markdown", "Draw the graph in cells below.", {"task": True, "locked": True, "points": 2}),
    "units": ("code", "### BEGIN SOLUTION\nunits = 3\n### END SOLUTION", {"solution": True}),
    ASSERT: (
        "code",
        "assert units > 0, 'there are some units'\n"
        "### BEGIN HIDDEN TESTS\nassert units == 3\n### END HIDDEN TESTS",
        {"grade": True, "locked": True, "points": 1},
    ),
}
PICTURE = {"drawing.png": {"image/png": DOT}}


def cell(name: str) -> dict[str, Any]:
    """A cell of one of these kinds, as it stands in a source notebook."""
    kind, source, marks = KINDS[name]
    marked = {"nbgrader": {**BASE, "grade_id": name, "cell_type": kind, **marks}}
    made: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": marked, "source": source}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def edit_source(course: Path, *add: str, remove: str = "") -> None:
    """Add questions to the source notebook, or remove a cell."""
    path = course / "source" / NAME / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") != remove]
    notebook["cells"] = [*cells, *map(cell, add)]
    path.write_text(json.dumps(notebook), encoding="utf-8")


def release_again(course: Path) -> int:
    """Run `nbgrader generate_assignment --force`; its exit code."""
    return nbgrader(course, course / "again.log", "generate_assignment", "--force", NAME)


def hand_in_with(answers: str, **sources: str) -> str:
    """A hand-in with answers to these questions as well, with a picture in the essay."""
    notebook = json.loads(answers)
    given = {name: cell(name) for name in KINDS}
    for name, source in sources.items():
        given[name]["source"] = source
    given[ESSAY]["attachments"] = PICTURE
    notebook["cells"] += given.values()
    return json.dumps(notebook)
