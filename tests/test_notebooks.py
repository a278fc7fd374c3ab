"""The released notebooks: run from top to bottom as in Jupyter, and as they are read."""

import re

import nbformat
from released import LARGEST, RELEASE, ROOT, SOURCE, read, run, solved
from test_release import BATCH, EACH, FIRST

from autograder.exercises import shown_points

TRUTH = {  # what follows upon a prediction
    FIRST: ("L changes by +0.00829", "L changes by -0.00649"),
    BATCH: ("E changes by +0.00135", "E changes by +0.00068"),
    "softmax_classifier": ("L is 1.34047, was 1.34250", "L is 1.34250, was 1.34250"),
}


@EACH
def test_an_untouched_notebook_runs_without_an_exception(assignment, tmp_path):
    said = run(read(RELEASE, assignment), assignment, tmp_path)
    for question in shown_points(assignment):
        assert f"○ {question}: not answered yet." in "".join(said.values())
    assert "So far 0 of" in said["progress"]
    for line, truth in zip(said["predict"].splitlines(), TRUTH[assignment], strict=True):
        assert re.fullmatch(rf".* you said '\?', {re.escape(truth)}", line)
        assert len(line) <= 80


@EACH
def test_a_solved_notebook_is_saved_in_little_space(assignment, tmp_path):
    notebook = solved(assignment)
    assert "All " in run(notebook, assignment, tmp_path)["progress"]
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
