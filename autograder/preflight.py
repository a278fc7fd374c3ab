"""Look at a hand-in before it is graded, and say in plain words what is damaged.

nbgrader calls `report` for each submission when its configuration says

    c.Autograde.pre_convert_hook = "autograder.preflight.report"
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from traitlets.log import get_logger

PROBLEM = "%s: %s: %s"
EMPTY = "the file is empty. It cannot be graded; ask for it again."
NOT_TEXT = "not UTF-8 text ({reason}). It cannot be graded; ask for it again."
NOT_JSON = "not valid JSON, {reason}. It cannot be graded; ask for it again."
NOT_NOTEBOOK = "valid JSON, but not a Jupyter notebook of format 4. It cannot be graded; ask for it again."
UNKNOWN_NAME = "not the name of a notebook of this assignment ({expected}). Rename it if it is the one."
MISSING = "these cells are missing: {cells}. What is left is graded."


def grade_ids(notebook: dict[str, Any]) -> list[str]:
    """The names of a notebook's solution and test cells, in its order."""
    cells = [c for c in notebook["cells"] if isinstance(c, dict)]
    marks = [c.get("metadata", {}).get("nbgrader", {}) for c in cells]
    return [m["grade_id"] for m in marks if m.get("solution") or m.get("grade")]


def read_notebook(path: Path) -> dict[str, Any]:
    """The notebook as it lies in the file; raises ValueError that says what is wrong with it."""
    content = path.read_bytes()
    if not content.strip():
        raise ValueError(EMPTY)
    try:
        notebook = json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(NOT_TEXT.format(reason=error.reason)) from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(NOT_JSON.format(reason=error)) from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ValueError(NOT_NOTEBOOK)
    return notebook


def problems(path: Path, source: Path) -> Iterator[str]:
    """What is wrong with the notebook at `path`, compared with the `source` it comes from."""
    if not source.is_file():
        expected = ", ".join(sorted(p.name for p in source.parent.glob("*.ipynb"))) or "none found"
        yield UNKNOWN_NAME.format(expected=expected)
        return
    try:
        found = grade_ids(read_notebook(path))
    except ValueError as error:
        yield str(error)
        return
    if missing := [i for i in grade_ids(read_notebook(source)) if i not in found]:
        yield MISSING.format(cells=", ".join(missing))


def report(assignment: str, student: str, notebooks: Sequence[str]) -> None:
    """Log what is wrong with the notebooks of one submission, with the student and the file.

    An nbgrader hook: it runs in the course folder, before each submission is graded. `student`
    may be a pattern there, so that the name is taken from the path.
    """
    for name in notebooks:
        path = Path(name)
        for problem in problems(path, Path("source", assignment, path.name)):
            get_logger().error(PROBLEM, path.parent.parent.name, path, problem)
