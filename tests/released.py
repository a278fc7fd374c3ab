"""The released notebooks, untouched and solved, run as a student runs them: python tests/released.py

Needs NumPy, matplotlib, ipykernel and nbclient, and nothing of the autograder's: so it tells of any Python
and NumPy that students may have.
"""

import os
import platform
import shutil
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
SOURCE, RELEASE = ROOT / "source", ROOT / "release"
LARGEST = 500_000  # bytes of a solved notebook


def read(folder: Path, assignment: str) -> Any:
    """A notebook of the sources, or of the releases."""
    return nbformat.read(str(folder / assignment / f"{assignment}.ipynb"), as_version=4)


def solved(assignment: str) -> Any:
    """The released notebook with the source's answers."""
    answers = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in read(SOURCE, assignment).cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    notebook = read(RELEASE, assignment)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(name, cell.source)
    return notebook


def run(notebook: Any, assignment: str, folder: Path) -> dict[str, str]:
    """Run it in a student's folder: what its cells print, by name. Raises at the first cell that does."""
    shutil.copytree(RELEASE / assignment, folder, dirs_exist_ok=True)
    nobody_grades = {name: value for name, value in os.environ.items() if name != "NBGRADER_EXECUTION"}
    client = NotebookClient(notebook, resources={"metadata": {"path": str(folder)}})
    client.execute(env=nobody_grades)
    return {
        cell.id: "".join(output.get("text", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


def main() -> None:
    """Run them all, and say how far each one got."""
    print(f"Python {platform.python_version()}, NumPy {np.__version__}")
    for assignment in sorted(path.name for path in RELEASE.iterdir()):
        for notebook, expected in ((read(RELEASE, assignment), "So far 0 of"), (solved(assignment), "All ")):
            with tempfile.TemporaryDirectory() as folder:
                said = run(notebook, assignment, Path(folder))["progress"]
            size = len(nbformat.writes(notebook).encode())
            assert said.startswith(expected), said
            assert size < LARGEST, size
            print(f"{assignment}: {said.partition(',')[0]}, {size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
