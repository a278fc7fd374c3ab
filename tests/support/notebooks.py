"""A source notebook for an exercise of the tests' own: a solution cell and a test for each question."""

import json
from pathlib import Path
from typing import Any

SETUP = "import numpy as np\n\nfrom exercise import *"
OPEN = "    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
TEST = """check("{name}", {name})
### BEGIN HIDDEN TESTS
from autograder import grade

grade("{name}", {name})
### END HIDDEN TESTS"""


def _cell(source: str, **mark: Any) -> dict[str, Any]:
    ours = {"grade": False, "locked": True, "solution": False, "task": False, "schema_version": 3, **mark}
    return {
        "cell_type": "code",
        "id": mark["grade_id"].replace("_", "-"),
        "metadata": {"nbgrader": ours},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def _solution(name: str, source: str) -> dict[str, Any]:
    """A solution cell; the body of the function, below its first line, is what the student fills in."""
    head, body = source.split("\n", 1)
    filled = f"{head}\n{OPEN.format(body=body)}"
    return _cell(filled, grade_id=name, solution=True, locked=False)


def source_notebook(exercise: str, answers: dict[str, str], points: dict[str, int]) -> dict[str, Any]:
    """The source notebook of an exercise, from an answer and the points for each question."""
    cells = [_cell(SETUP, grade_id="setup")]
    for name, source in answers.items():
        test = TEST.format(name=name)
        cells += [
            _solution(name, source),
            _cell(test, grade_id=f"test_{name}", grade=True, points=points[name]),
        ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "autograder": {"exercise": exercise}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, notebook: dict[str, Any]) -> None:
    """Write a notebook into its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
