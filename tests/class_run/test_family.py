"""The whole family in one course: laid out, released, submitted, graded and reported in one run each."""

import json
import sys

import pytest
from support.course import grade, gradebook_of
from support.warm import nbgrader

from autograder import exercises
from autograder.commands.init import lay_out
from autograder.commands.main import main

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")

NAMES = exercises.names()
WRONG = {  # a question of each, and a wrong answer with the mistake that it is
    "neural_network_batch": ("grad_z", "(sigma(z) - y) / len(y)", "sigma(z) - y", "1/N forgotten"),
    "neural_network_derivation": ("grad_g", "sigma(g) * (1 - sigma(g))", "sigma(g)", "σ for σ′"),
    "softmax_classifier": ("grad_b", "np.sum(dL_dZ, axis=0)", "np.mean(dL_dZ, axis=0)", "mean for sum"),
}  # fmt: skip


def solved(name, change=()):
    """The source notebook as a student would submit it, with one answer changed."""
    text = (exercises.source_of(name) / f"{name}.ipynb").read_text(encoding="utf-8")
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        if change and change[0] == cell["metadata"].get("nbgrader", {}).get("grade_id"):
            assert change[1] in cell["source"]
            cell["source"] = cell["source"].replace(*change[1:3])
    return json.dumps(notebook)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = tmp_path_factory.mktemp("family") / "course"
    lay_out(course, names=NAMES)
    for name in NAMES:
        assert nbgrader(course, course / "release.log", "generate_assignment", name) == 0
        for student, change in (("student-01", ()), ("student-02", WRONG[name])):
            path = course / "submitted" / student / name / f"{name}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(solved(name, change), encoding="utf-8")
    return course


@pytest.fixture(scope="module")
def graded(course):
    code, answer, told = grade(course, "--all")
    assert code == 0, told
    return answer


def points_of(course, name, student):
    with gradebook_of(course) as gradebook:
        notebook = gradebook.find_submission_notebook(name, name, student)
        return {g.name.removeprefix("test_"): g.auto_score for g in notebook.grades}


@pytest.mark.parametrize("name", NAMES)
def test_all_are_graded_in_one_run(course, graded, name):
    assert [part["assignment"] for part in graded] == list(NAMES)
    worth = exercises.shown_points(name)
    assert points_of(course, name, "student-01") == worth
    found = points_of(course, name, "student-02")
    lost = {question for question in worth if found[question] < worth[question]}
    assert lost == {WRONG[name][0], "backward"}  # which calls it, and loses its share
    parts = len(worth) - 1
    assert found["backward"] == pytest.approx(worth["backward"] * (parts - 1) / parts)


def test_a_name_and_all_do_not_go_together(course):
    code, _, told = grade(course, "--all", NAMES[0])
    assert (code, "leave out the names" in told) == (2, True)


def test_without_a_name_one_is_asked_for(course):
    code, _, told = grade(course)
    assert code == 2
    assert "Name one of them, or take --all: neural_network_batch, neural_network_derivation" in told


def test_the_page_that_compares_them(course, graded, monkeypatch, capsys):
    monkeypatch.chdir(course)
    assert main(["report", "--all"]) == 0
    assert "side by side" in capsys.readouterr().out
    page = (course / "report" / "report.html").read_text(encoding="utf-8")
    for name in NAMES:
        assert f'<a href="{name}/report.html">{name.replace("_", " ")}</a>' in page
        assert (course / "report" / name / "report.html").is_file()
        assert f"{WRONG[name][3]} (" in page
    assert main(["report", "--all", NAMES[0]]) == 2


def test_several_notebooks_are_checked(course, capsys):
    paths = [course / "submitted" / "student-02" / name / f"{name}.ipynb" for name in NAMES]
    assert main(["check", *map(str, paths)]) == 1
    said = capsys.readouterr().out
    assert [line for line in said.splitlines() if "questions right" in line] == [
        "6 of 8 questions right, 16.57 of 20 points, with the test inputs of the notebook's own checks.",
        "6 of 8 questions right, 15.57 of 20 points, with the test inputs of the notebook's own checks.",
        "3 of 5 questions right, 10.5 of 12 points, with the test inputs of the notebook's own checks.",
    ]


def test_one_may_be_laid_out_without_the_others(tmp_path, capsys):
    assert main(["init", str(tmp_path / "one"), "softmax_classifier"]) == 0
    assert [p.name for p in (tmp_path / "one" / "source").iterdir()] == ["softmax_classifier"]
    assert main(["init", str(tmp_path / "two")]) == 0
    assert [p.name for p in (tmp_path / "two" / "source").iterdir()] == ["neural_network_derivation"]
    assert main(["init", str(tmp_path / "three"), "nowhere"]) == 1
    assert "there is no assignment 'nowhere'. There are: neural_network_derivation" in capsys.readouterr().err
    assert not (tmp_path / "three").exists()
    assert main(["init", str(tmp_path / "four"), *NAMES, "--title", "One"]) == 1
