"""The tutorial, word by word: its file, its solutions, its commands, and a graded class of three."""

import json
import re
import sys
from pathlib import Path

import pytest
from support.course import gradebook_of
from test_walkthrough import commands_in, follow

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")

PAGE = "docs/your-own-exercise.md"
NAME = "two_units"
ROOT = Path(__file__).parents[2]
FILE, SOLUTIONS, MISTAKE = re.findall(
    r"```python\n(.*?)```", (ROOT / PAGE).read_text(encoding="utf-8"), re.DOTALL
)
STUB = "raise NotImplementedError()"


def fill_in(path, solutions):
    """Write solutions in the place of what stands there, as a person would."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        source = "".join(cell["source"])
        cell["source"] = source.replace(STUB, solutions.get(name, STUB))
    path.write_text(json.dumps(notebook), encoding="utf-8")


def whole_pass(path):
    """The solution of the whole pass, which the notebook brings along."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    (cell,) = (c for c in notebook["cells"] if c["id"] == "backward")
    return re.search(r"BEGIN SOLUTION\n(.*?)\n    ### END", "".join(cell["source"]), re.DOTALL)[1].strip()


def submit(course, students, wholly):
    for student, solutions in students.items():
        path = course / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes((course / "release" / NAME / f"{NAME}.ipynb").read_bytes())
        fill_in(path, {**solutions, "backward": wholly} if solutions else {})


def test_from_an_empty_file_to_a_graded_class_of_three(tmp_path):
    init, new, certify, release, grade, feedback, report = commands_in(PAGE)[:7]
    follow(tmp_path, init)
    course = tmp_path / "my-course"
    (course / f"{NAME}.py").write_text(FILE, encoding="utf-8")
    follow(course, new)
    solutions = dict(re.findall(r"# (grad_\w)\n(return .*)\n", SOLUTIONS))
    source = course / "source" / NAME / f"{NAME}.ipynb"
    wholly = whole_pass(source)
    fill_in(source, solutions)
    mistakes = course / "exercises" / NAME / "mistakes.py"
    mistakes.write_text(f'"""Mistakes."""\n\nimport numpy as np\n{MISTAKE}', encoding="utf-8")
    follow(course, f"autograder hints {NAME}", certify, release)
    wrong = {**solutions, "grad_s": "return dJ_dr * np.log1p(np.exp(s))"}
    submit(course, {"student-01": solutions, "student-02": wrong, "student-03": {}}, wholly)
    follow(course, grade, feedback, report)
    with gradebook_of(course) as gradebook:
        totals = {s.student.id: s.score for s in gradebook.assignment_submissions(NAME)}
    assert totals == {"student-01": 15, "student-02": pytest.approx(15 - 2 - 3 / 6), "student-03": 0}
    page = (course / "feedback" / "student-02" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "Is this the value of softplus, or its slope?" in page


def test_the_page_shows_these_commands():
    assert [line.split()[1] for line in commands_in(PAGE)[:7]] == [
        "init", "new", "certify", "generate_assignment", "grade", "generate_feedback", "report",
    ]  # fmt: skip
