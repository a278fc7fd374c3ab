"""Another assignment of a course, which has nothing to do with this autograder."""

from pathlib import Path
from typing import Any

import nbformat

OTHER = "other"
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
BASE = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
CELLS = (
    ("markdown", "figure", "# A figure\n\n<img src='figure.png'>", {"locked": True}),
    ("code", "answer", "### BEGIN SOLUTION\nanswer = 42\n### END SOLUTION", {"solution": True}),
    ("code", "test_answer", "assert answer == 42", {"grade": True, "locked": True, "points": 2}),
    ("code", "essay", "### BEGIN SOLUTION\n'my words'\n### END SOLUTION",
     {"grade": True, "solution": True, "points": 3}),
)  # fmt: skip


def notebook() -> Any:
    """Its source notebook: an answer with its test, and a code cell that a person grades."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    for number, (kind, name, source, marks) in enumerate(CELLS):
        new = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        marked = {"nbgrader": {**BASE, "grade_id": name, "cell_type": kind, **marks}}
        made.cells.append(new(source, metadata=marked, id=f"cell-{number}"))
    return made


def lay_out_other(course: Path) -> None:
    """Write its source: the notebook, a picture, and a data file that is a link."""
    folder = course / "source" / OTHER
    folder.mkdir(parents=True)
    nbformat.write(notebook(), folder / f"{OTHER}.ipynb")
    (folder / "figure.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (course / "numbers.csv").write_text("1,2\n")
    (folder / "numbers.csv").symlink_to(course / "numbers.csv")


def submit_other(course: Path, student: str, **changes: Any) -> Path:
    """Submit it with an answer of one's own; `changes` go into the cell that a person grades."""
    made = notebook()
    picture = {"image.png": {"image/png": DOT}}
    made.cells[1].source = f"answer = {changes.pop('answer', 42)}"
    made.cells[3].source = changes.pop("source", "print('my words')")
    made.cells[3].metadata["nbgrader"].update(changes)
    own = nbformat.v4.new_markdown_cell("![own](attachment:image.png) <b class='x'>bold</b>", id="own")
    own["attachments"] = picture
    made.cells.append(own)
    path = course / "submitted" / student / OTHER / f"{OTHER}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(made, path)
    (path.parent / "page.html").write_text("<p>mine</p>")
    (path.parent / "numbers.csv").symlink_to(course / "numbers.csv")
    return path
