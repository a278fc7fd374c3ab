"""Which notebooks are graded here, and as which exercise. Only a source notebook is asked, never a
submission: what a student handed in must not decide how it is run."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import exercises
from .cells import is_graded, name_of
from .notebook import Notebook
from .rebuild import KEY

PACKAGE = "autograder"
# For a cell that is no valid Python, with magics for instance: too many rather than too few.
IMPORT = re.compile(rf"^\s*(?:from\s+{PACKAGE}\b|import\s.*\b{PACKAGE}\b)", re.MULTILINE)


def exercise_of(source: Notebook) -> str:
    """The exercise that a source notebook names in its metadata, "" if it names none."""
    metadata = source.get("metadata")
    said = metadata.get(KEY) if isinstance(metadata, dict) else None
    name = said.get("exercise") if isinstance(said, dict) else None
    return name if isinstance(name, str) else ""


def _modules(node: ast.AST) -> Iterator[str]:
    """The modules that a node imports, in any spelling."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
    if isinstance(node, ast.Call):  # __import__("autograder"), importlib.import_module("autograder")
        given = [a.value for a in node.args if isinstance(a, ast.Constant)]
        yield from (value for value in given if isinstance(value, str))


def imports_autograder(source: str) -> bool:
    """Whether a cell imports this package."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return IMPORT.search(source) is not None
    return any(m == PACKAGE or m.startswith(f"{PACKAGE}.") for node in nodes for m in _modules(node))


def is_ours(source: Notebook) -> bool:
    """Whether submissions for this source are graded here: it says so, or its tests import us."""
    cells: list[Any] = source["cells"]
    graded = ("".join(cell["source"]) for cell in cells if is_graded(cell))
    return bool(exercise_of(source)) or any(map(imports_autograder, graded))


def exercise_for(source: Notebook, assignment: str, course: Path | None) -> str:
    """The exercise of a source notebook: the one that it names, or the one that its tests point to; raises
    ExerciseError."""
    if said := exercise_of(source):
        return said
    graded = [name_of(cell).removeprefix("test_") for cell in source["cells"] if is_graded(cell)]
    return exercises.named(assignment, graded, course)
