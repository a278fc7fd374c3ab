"""The released notebooks: run from top to bottom as in Jupyter, and as they are read."""

import re
import shutil

import nbformat
from nbclient import NotebookClient
from test_release import BATCH, EACH, FIRST, RELEASE, ROOT, SOURCE, read

from autograder.exercises import shown_points

LARGEST = 500_000  # bytes of a solved notebook
TRUTH = {  # what follows upon a prediction
    FIRST: ("L changes by +0.00829", "L changes by -0.00649"),
    BATCH: ("E changes by +0.00135", "E changes by +0.00068"),
    "softmax_classifier": ("L is 1.34047, was 1.34250", "L is 1.34250, was 1.34250"),
}


def solved(assignment):
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


def run(notebook, assignment, folder, monkeypatch):
    """Run it in a student's folder; raises at the first cell that does."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    shutil.copytree(RELEASE / assignment, folder, dirs_exist_ok=True)
    return NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}).execute()


def said(notebook):
    """What the cells print, by the cells' names."""
    return {
        cell.id: "".join(output.get("text", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


@EACH
def test_an_untouched_notebook_runs_without_an_exception(assignment, tmp_path, monkeypatch):
    notebook = run(read(RELEASE, assignment), assignment, tmp_path, monkeypatch)
    for question in shown_points(assignment):
        assert f"○ {question}: not answered yet." in "".join(said(notebook).values())
    assert "So far 0 of" in said(notebook)["progress"]
    for line, truth in zip(said(notebook)["predict"].splitlines(), TRUTH[assignment], strict=True):
        assert re.fullmatch(rf".* you said '\?', {re.escape(truth)}", line)
        assert len(line) <= 80


@EACH
def test_a_solved_notebook_is_saved_in_little_space(assignment, tmp_path, monkeypatch):
    notebook = run(solved(assignment), assignment, tmp_path, monkeypatch)
    assert "All " in said(notebook)["progress"]
    assert len(nbformat.writes(notebook).encode()) < LARGEST


# As they are read


@EACH
def test_no_line_of_code_is_broken_on_a_narrow_page(assignment):
    for cell in read(RELEASE, assignment).cells:
        if cell.cell_type == "code":
            assert max(map(len, cell.source.splitlines())) <= 80, cell.id


@EACH
def test_gradients_arrive_from_where_the_picture_has_the_loss(assignment):
    text = "\n".join(cell.source for cell in read(RELEASE, assignment).cells)
    assert "arrives from above" not in text
    assert "*upstream gradient*" in text


@EACH
def test_the_questions_to_think_about_have_folded_answers(assignment):
    (asked,) = [cell.source for cell in read(RELEASE, assignment).cells if cell.id == "reflections"]
    assert asked.count("<details><summary>An answer</summary>\n\n") == asked.count("\n\n</details>") == 3


@EACH
def test_the_release_tells_what_to_do_without_the_documentation(assignment):
    text = (RELEASE / assignment / "README.md").read_text(encoding="utf-8")
    assert text == (SOURCE / FIRST / "README.md").read_text(encoding="utf-8")
    students = (ROOT / "docs" / "students.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| (✓|○|✗)? ?… ([a-z ]+)", text, re.MULTILINE)
    assert len(said) == 7
    for _, words in said:
        assert words.strip() in students
    assert len(text.splitlines()) < 40  # half a page
