"""Points have one owner: the gradebook."""

import json

import nbformat
import pytest
from support.course import copy, grade, gradebook_of, held, submit
from support.sample_class import NAME, hand_in
from support.warm import nbgrader

from exercise import POINTS

DOUBLED = {**POINTS, "grad_w": 6}  # of 3


def change_points(course, cell="test_grad_w", points=6):
    """Change a question's points in the source notebook."""
    path = course / "source" / NAME / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for marks in (c["metadata"].get("nbgrader", {}) for c in notebook["cells"]):
        if marks.get("grade_id") == cell:
            marks["points"] = points
    path.write_text(json.dumps(notebook), encoding="utf-8")


def release_again(course):
    assert nbgrader(course, course / "again.log", "generate_assignment", "--force", NAME) == 0


def set_max_score(course, points=6):
    """Change a question's points in the gradebook, as formgrader does."""
    with gradebook_of(course) as gradebook:
        gradebook.find_graded_cell("test_grad_w", NAME, NAME).max_score = points
        gradebook.db.commit()


def points_of(course, student="student-01"):
    with gradebook_of(course) as gradebook:
        grades = held(gradebook)[student]["grades"]
    return {name.removeprefix("test_"): auto for name, auto, *_ in grades}


@pytest.fixture
def right(course):
    submit(course, "student-01", hand_in("right, plainly"))
    return course


def test_a_perfect_submission_has_all_points_after_a_change(right):
    change_points(right)
    release_again(right)
    code, answer, told = grade(right)
    assert code == 0
    assert points_of(right) == DOUBLED
    assert (answer["students"][0]["points"], answer["students"][0]["out_of"]) == (
        sum(POINTS.values()) + 3,
        sum(POINTS.values()) + 3,
    )
    assert "something else" not in told


def test_the_gradebook_counts_and_the_difference_is_said_once(right):
    submit(right, "student-02", hand_in("right, plainly"))
    change_points(right)
    code, _, told = grade(right)
    assert code == 0
    assert points_of(right) == POINTS
    assert told.count("test_grad_w 6 (in the gradebook 3)") == 1
    assert f"nbgrader generate_assignment --force {NAME}" in told


def test_points_that_were_changed_in_the_gradebook_have_it_graded_again(right):
    grade(right)
    set_max_score(right)
    _, answer, told = grade(right)
    assert answer["counts"] == {"graded": 1}
    assert "student-01: grad_w: 3 → 6 points" in told
    assert points_of(right) == DOUBLED
    assert grade(right)[1]["counts"] == {"unchanged": 1}


@pytest.mark.parametrize("change", [lambda c: (change_points(c), release_again(c)), set_max_score])
def test_the_plug_in_gives_the_same_points(right, tmp_path, change):
    change(right)
    twin = copy(right, tmp_path / "twin")
    assert grade(right)[0] == 0
    assert nbgrader(twin, twin / "autograde.log", "autograde", NAME) == 0
    assert points_of(twin) == points_of(right) == DOUBLED
    executed = nbformat.read(twin / "autograded" / "student-01" / NAME / f"{NAME}.ipynb", as_version=4)
    marks = {
        c.metadata.get("nbgrader", {}).get("grade_id"): c.metadata.get("nbgrader") for c in executed.cells
    }
    assert marks["test_grad_w"]["points"] == 6
