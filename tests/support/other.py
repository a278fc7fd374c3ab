"""Another assignment of a course, which has nothing to do with this autograder."""

import shutil
from pathlib import Path
from typing import Any

import nbformat
import nbgrader

OTHER, QUICKSTART = "other", "ps1"  # ps1 is the assignment that `nbgrader quickstart` lays out
GUIDE = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
BASE = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
STATEMENT = """\
# A statement

![](figure.png) [below](#The-end) [data](numbers.csv) <a href="page.html#part" download>page</a>

<details><summary>A hint</summary>Look at the *picture*.</details>
<div class="alert alert-info" id="box">An alert box</div>

- [ ] to do
- [x] done

| left | right |
|:-----|------:|
| 1    | 2     |

<svg width="9" height="9"><circle cx="4" cy="4" r="3"/></svg>
<audio controls src="sound.mp3"></audio> <iframe src="https://example.org/"></iframe>

## The end
"""
OUTPUTS = """\
from IPython.display import HTML, display
print("\\x1b[31mred\\x1b[0m")
display(HTML("<style scoped>td {color: red}</style><table class='dataframe'><tr><td>1</td></tr></table>"))
display(HTML("<div id='plot'></div><script>document.getElementById('plot').innerText = 'plotly'</script>"))
"""
BESIDE = {"page.html": "<p>x</p>", "paper.pdf": "%PDF-1.4", "helper.py": "x = 1", "drawing.svg": "<svg/>"}
CELLS = (
    ("markdown", "statement", STATEMENT, {"locked": True}),
    ("code", "outputs", OUTPUTS, {"locked": True}),
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
    for name, content in BESIDE.items():
        (folder / name).write_text(content)


def lay_out_quickstart(course: Path) -> None:
    """Copy nbgrader's own example, with its two submissions, into a course."""
    for step in ("source", "submitted"):
        for path in (GUIDE / step).rglob(QUICKSTART):
            shutil.copytree(path, course / path.relative_to(GUIDE))


def submit_other(course: Path, student: str, **changes: Any) -> Path:
    """Submit it with an answer of one's own; `changes` go into the cell that a person grades."""
    made = notebook()
    picture = {"image.png": {"image/png": DOT}}
    answer, essay = (cell for cell in made.cells if cell.metadata["nbgrader"]["solution"])
    answer.source = f"answer = {changes.pop('answer', 42)}"
    essay.source = changes.pop("source", "print('my words')")
    essay.metadata["nbgrader"].update(changes)
    own = nbformat.v4.new_markdown_cell("![own](attachment:image.png) <b class='x'>bold</b>", id="own")
    own["attachments"] = picture
    made.cells.append(own)
    path = course / "submitted" / student / OTHER / f"{OTHER}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(made, path)
    (path.parent / "page.html").write_text("<p>mine</p>")
    (path.parent / "own.svg").write_text("<svg/>")
    (path.parent / "timestamp.txt").write_text("2026-01-02 03:04:05 UTC")
    (path.parent / "numbers.csv").symlink_to(course / "numbers.csv")
    return path
