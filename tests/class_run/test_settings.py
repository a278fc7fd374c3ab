"""A course's own settings for grading, and assignments of several notebooks."""

import contextlib
import json
import shutil
import stat

import pytest
from support.course import configure, copy, grade, gradebook_of, submit
from support.sample_class import NAME, hand_in
from support.warm import nbgrader

from autograder.commands.main import main

RIGHT, SIGMA = "right, plainly", "σ for σ′"


@pytest.fixture
def course(released, tmp_path):
    made = copy(released, tmp_path / "course")
    submit(made, "student-01", hand_in(RIGHT))
    return made


def test_no_student_is_created_where_the_course_says_so(course):
    configure(course, "c.Autograde.create_student = False")
    with gradebook_of(course) as gradebook:
        gradebook.add_student("student-02")
    submit(course, "student-02", hand_in(RIGHT))
    code, answer, told = grade(course)
    assert (code, answer["counts"]) == (1, {"not recorded": 1, "graded": 1})
    assert "student-01: not recorded" in told
    assert "the gradebook does not know this student, and c.Autograde.create_student is False" in told
    with gradebook_of(course) as gradebook:
        assert [student.id for student in gradebook.students] == ["student-02"]


def test_files_that_are_the_students_to_edit_stay_theirs(course):
    configure(course, f"c.Autograde.exclude_overwriting = {{{NAME!r}: ['notes.txt']}}")
    for name in ("notes.txt", "other.txt"):
        (course / "source" / NAME / name).write_text("the instructor's")
        (course / "submitted" / "student-01" / NAME / name).write_text("the student's")
    assert grade(course)[0] == 0
    place = course / "autograded" / "student-01" / NAME
    assert (place / "notes.txt").read_text() == "the student's"
    assert (place / "other.txt").read_text() == "the instructor's"


def test_files_have_the_permissions_that_the_course_sets(course):
    configure(course, "c.Autograde.permissions = 640")
    assert grade(course)[0] == 0
    executed = course / "autograded" / "student-01" / NAME / f"{NAME}.ipynb"
    assert stat.S_IMODE(executed.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("c.LimitOutput.max_lines = 3", "LimitOutput.max_lines"),
        ("c.IgnorePattern.pattern = 'x'", "IgnorePattern.pattern"),
        ("c.Autograde.post_convert_hook = print", "Autograde.post_convert_hook"),
        ("c.BaseConverter.pre_convert_hook = print", "BaseConverter.pre_convert_hook"),
        ("c.ExecutePreprocessor.timeout = 3", "ExecutePreprocessor.timeout"),
        ("c.Autograde.autograde_preprocessors = []", "Autograde.autograde_preprocessors"),
    ],
)
def test_a_setting_that_is_passed_over_is_named_at_the_start(course, line, name):
    configure(course, line)
    code, _, told = grade(course)
    assert code == 0
    assert f"set in the course's configuration, and passed over here: {name}." in told
    assert told.index(name) < told.index("submissions")


def test_nothing_is_said_of_a_course_that_sets_nothing(course):
    assert "passed over" not in grade(course)[2]


# Several notebooks


@pytest.fixture
def twins(released, tmp_path):
    """An assignment with the same notebook under two names."""
    course = copy(released, tmp_path / "course")
    source = course / "source" / NAME
    shutil.copy(source / f"{NAME}.ipynb", source / "again.ipynb")
    assert nbgrader(course, course / "r.log", "generate_assignment", NAME, "--force") == 0
    return course


def submit_both(course, student, first, second):
    """Hand in both notebooks, as far as there is a label."""
    place = course / "submitted" / student / NAME
    place.mkdir(parents=True)
    for name, label in ((NAME, first), ("again", second)):
        if label:
            (place / f"{name}.ipynb").write_text(hand_in(label), encoding="utf-8")


def points_of(course, student):
    """The points by notebook."""
    with gradebook_of(course) as gradebook:
        found = gradebook.find_submission(NAME, student)
        return {n.name: (n.score, n.needs_manual_grade) for n in found.notebooks}, found.score


def test_each_notebook_of_an_assignment_is_graded(twins, tmp_path):
    submit_both(twins, "student-01", RIGHT, SIGMA)
    submit_both(twins, "student-02", RIGHT, RIGHT)
    by_nbgrader = copy(twins, tmp_path / "twin")
    code, answer, told = grade(twins)
    assert code == 0
    assert [part["notebook"] for part in answer] == ["again", NAME]
    assert f"Grading {NAME}/again of the course" in told
    assert grade(twins)[1][0]["counts"] == {"unchanged": 2}
    executed = twins / "autograded" / "student-01" / NAME
    assert sorted(path.name for path in executed.glob("*.ipynb")) == ["again.ipynb", f"{NAME}.ipynb"]
    assert nbgrader(by_nbgrader, by_nbgrader / "a.log", "autograde", NAME) == 0
    for student in ("student-01", "student-02"):
        assert points_of(twins, student) == points_of(by_nbgrader, student)
    assert points_of(twins, "student-02") == ({NAME: (20, False), "again": (20, False)}, 40)


def test_a_notebook_that_was_not_handed_in_is_named_and_the_other_one_graded(twins):
    submit_both(twins, "student-01", RIGHT, None)
    code, answer, told = grade(twins)
    assert code == 1
    assert [part["counts"] for part in answer] == [{"no notebook": 1}, {"graded": 1}]
    assert "no again.ipynb was submitted" in told
    assert points_of(twins, "student-01") == ({NAME: (20, False), "again": (0, True)}, 20)
    assert nbgrader(twins, twins / "f.log", "generate_feedback", NAME) == 0


def test_a_report_is_on_one_notebook(twins, capsys):
    submit_both(twins, "student-01", RIGHT, SIGMA)
    grade(twins)
    with contextlib.chdir(twins):
        assert main(["report", NAME]) == 2
        assert f"Name one of them with --notebook: again, {NAME}" in capsys.readouterr().err
        assert main(["report", NAME, "--notebook", "again"]) == 0
    points = (twins / "report" / NAME / "again" / "points.csv").read_text().splitlines()
    assert points[0].split(",").count("grad_w") == 1
    assert points[1].endswith(",15.5714285714")


def test_an_assignment_with_notebooks_of_others_is_left_to_nbgrader(twins):
    other = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (twins / "source" / NAME / "other.ipynb").write_text(json.dumps(other))
    code, _, told = grade(twins)
    assert code == 2
    assert f"not graded by this autograder: other. Use `nbgrader autograde {NAME}`" in told
