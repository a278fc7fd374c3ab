"""A second exercise, known to nobody but its own two folders, beside the first one: in one course, one
process and one run, through everything that a person sees."""

import json
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from support.course import copy, grade, gradebook_of, submit
from support.notebooks import source_notebook, write
from support.sample_class import NAME, hand_in
from support.warm import nbgrader

from autograder import exercises
from autograder.commands.init import CONFIG
from autograder.commands.main import main
from autograder.submission.annotate import verdicts
from autograder.submission.notebook import read_notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")

OTHER = "tanh_batch"
OWN = Path(__file__).parents[1] / "exercises" / "course"
ANSWERS = {
    "slope_z": "def slope_z(z, y):\n    return -y / (1 + np.exp(y * z)) / len(y)",
    "slope_w": "def slope_w(dL_dz, H):\n    return H.T @ dL_dz",
    "slope_c": "def slope_c(dL_dz):\n    return np.sum(dL_dz)",
    "slope_H": "def slope_H(dL_dz, w):\n    return np.outer(dL_dz, w)",
    "slope_G": "def slope_G(dL_dH, G):\n    return dL_dH * (1 - np.tanh(G) ** 2)",
    "slope_U": "def slope_U(dL_dG, X):\n    return dL_dG.T @ X",
    "slope_b": "def slope_b(dL_dG):\n    return dL_dG.sum(axis=0)",
    "all_slopes": """\
def all_slopes(X, y, U, b, w, c):
    v = forward(X, y, U, b, w, c)
    dz = slope_z(v["z"], y)
    dH = slope_H(dz, w)
    dG = slope_G(dH, v["G"])
    return {"z": dz, "w": slope_w(dz, v["H"]), "c": slope_c(dz), "H": dH, "G": dG,
            "U": slope_U(dG, X), "b": slope_b(dG)}""",
}
POINTS = {"slope_z": 2, "slope_w": 1, "slope_c": 1, "slope_H": 1, "slope_G": 1, "slope_U": 2, "slope_b": 1}
POINTS |= {"all_slopes": 3}
WRONG = {
    "mean forgotten": {"slope_z": "def slope_z(z, y):\n    return -y / (1 + np.exp(y * z))"},
    "a slip in the whole pass": {
        "all_slopes": ANSWERS["all_slopes"].replace("dG = slope_G(", "dG = -slope_G(")
    },
    "unanswered": dict.fromkeys(ANSWERS),
}
EARNED = {
    "right": POINTS,
    "mean forgotten": {**POINTS, "slope_z": 0, "all_slopes": 3 * 6 / 7},
    "a slip in the whole pass": {**POINTS, "all_slopes": 3 * 6 / 7},
    "unanswered": dict.fromkeys(POINTS, 0),
}
STUDENTS = {f"student-{number:02d}": label for number, label in enumerate(EARNED, 1)}


def lay(course):
    """Bring the second exercise into a course, as an instructor would."""
    shutil.copytree(OWN / "exercises", course / "exercises")
    shutil.copytree(OWN / "source" / OTHER, course / "source" / OTHER)
    shutil.copytree(course / "source" / NAME / "backprop_lab", course / "source" / OTHER / "backprop_lab")
    write(course / "source" / OTHER / f"{OTHER}.ipynb", source_notebook(OTHER, ANSWERS, POINTS))
    assert nbgrader(course, course / "release.log", "generate_assignment", OTHER) == 0


def answered(course, label):
    """The released notebook of the second exercise with a student's answers."""
    notebook = nbformat.read(course / "release" / OTHER / f"{OTHER}.ipynb", as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        source = {**ANSWERS, **WRONG.get(label, {})}.get(name)
        cell.source = source or cell.source
    return nbformat.writes(notebook)


def hand_in_other(course, student, content):
    path = course / "submitted" / student / OTHER / f"{OTHER}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")


@pytest.fixture(scope="module")
def course(released, tmp_path_factory):
    course = copy(released, tmp_path_factory.mktemp("two") / "course")
    lay(course)
    for student, label in STUDENTS.items():
        submit(course, student, hand_in("σ for σ′"))
        hand_in_other(course, student, answered(course, label))
    return course


@pytest.fixture(scope="module")
def graded(course):
    code, answer, told = grade(course, NAME, OTHER)
    assert code == 0, told
    return answer


def points_of(course, assignment, student):
    with gradebook_of(course) as gradebook:
        notebook = gradebook.find_submission_notebook(assignment, assignment, student)
        return {g.name.removeprefix("test_"): g.auto_score for g in notebook.grades}


def test_both_are_graded_in_one_run(course, graded):
    assert [part["assignment"] for part in graded] == [NAME, OTHER]
    assert [part["counts"] for part in graded] == [{"graded": 4}, {"graded": 4}]
    for student, label in STUDENTS.items():
        assert points_of(course, OTHER, student) == pytest.approx(EARNED[label]), label
        first = points_of(course, NAME, student)
        assert (first["grad_g"], first["grad_z"]) == (0, 2)


def test_a_second_run_changes_nothing(course, graded):
    code, answer, _ = grade(course, OTHER)
    assert (code, answer["counts"]) == (0, {"unchanged": 4})


def test_an_edit_of_its_private_half_grades_again(course, graded, tmp_path):
    again = shutil.copytree(course, tmp_path / "again")
    path = again / "exercises" / OTHER / "__init__.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    assert grade(again, OTHER)[1]["counts"] == {"graded": 4}


def test_its_known_mistake_is_named(course, graded):
    executed = read_notebook(course / "autograded" / "student-02" / OTHER / f"{OTHER}.ipynb")
    found = verdicts(executed)["test_slope_z"]
    assert (found.mistake, found.gradient) == ("mean forgotten", "∂L/∂z")
    assert found.checks[0].complex_step > 0.1


def test_the_plug_in_gives_the_same_points(course, graded, tmp_path):
    again = shutil.copytree(course, tmp_path / "again")
    assert nbgrader(again, again / "autograde.log", "autograde", OTHER, "--force") == 0
    for student in STUDENTS:
        assert points_of(again, OTHER, student) == points_of(course, OTHER, student)


def test_feedback_report_and_check(course, graded, capsys, monkeypatch):
    assert nbgrader(course, course / "feedback.log", "generate_feedback", OTHER) == 0
    page = (course / "feedback" / "student-02" / OTHER / f"{OTHER}.html").read_text(encoding="utf-8")
    assert "How many examples does the loss average over?" in page
    assert "X, U and b make G; G makes H; H, w and c make z; z and y make L." in page
    assert "✗ ∂L/∂z" in page
    assert "BEGIN HIDDEN" not in page
    monkeypatch.chdir(course)
    assert main(["report", OTHER]) == 0
    assert "∂L/∂" not in capsys.readouterr().err
    assert (course / "report" / OTHER / "graph.svg").is_file()
    executed = course / "submitted" / "student-02" / OTHER / f"{OTHER}.ipynb"
    assert main(["check", str(executed)]) == 1
    said = capsys.readouterr().out
    assert "✗ slope_z, 0 of 2 points" in said
    assert "✓ slope_U, 2 of 2 points." in said


def test_a_source_that_names_no_exercise_is_told_by_its_questions(course, graded, tmp_path):
    again = shutil.copytree(course, tmp_path / "again")
    path = again / "source" / OTHER / f"{OTHER}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    del notebook["metadata"]["autograder"]
    write(path, notebook)
    assert grade(again, OTHER)[0] == 0
    assert points_of(again, OTHER, "student-01") == pytest.approx(POINTS)


def test_an_exercise_that_cannot_be_loaded_stops_the_run_with_a_sentence(course, graded, tmp_path, capsys):
    again = shutil.copytree(course, tmp_path / "again")
    (again / "exercises" / OTHER / "__init__.py").write_text("1 / 0\n", encoding="utf-8")
    code, answer, told = grade(again, OTHER)
    assert (code, answer) == (2, {})
    assert "cannot be loaded (ZeroDivisionError: division by zero)" in told


def test_no_file_of_the_grader_knows_the_second_exercise():
    assert OTHER not in exercises.names()
    assert CONFIG.endswith(".py")
