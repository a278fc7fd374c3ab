"""A reference that is wrong grades nobody: its question needs manual review, and no grade changes."""

import shutil
import sys

import pytest
from support.course import grade, gradebook_of, held, submit_all
from support.sample_class import NAME
from support.warm import nbgrader

from autograder import exercises
from autograder.submission.annotate import verdicts
from autograder.submission.notebook import read_notebook
from backprop_lab.validation import Status

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")

LABELS = ("right, plainly", "transposed", "unfinished")


def spoil_the_reference(course):
    """Give the course a private half of its own, with a factor in the reference for ∂L/∂u."""
    own = course / "exercises" / NAME
    shutil.copytree(exercises.HERE / NAME, own, ignore=shutil.ignore_patterns("__pycache__"))
    path = own / "gradients.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("return np.outer(", "return 2 * np.outer("), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text


def points_of(course, student):
    with gradebook_of(course) as gradebook:
        notebook = gradebook.find_submission_notebook(NAME, NAME, student)
        return {g.name.removeprefix("test_"): g.auto_score for g in notebook.grades}


def test_a_wrong_reference_leaves_its_questions_to_a_person(course):
    spoil_the_reference(course)
    submit_all(course, *LABELS)
    code, answer, told = grade(course)
    assert (code, answer["counts"]) == (1, {"needs review": 3})
    assert "the log of the internal error is" in told
    log = (course / ".autograder_logs" / NAME / "student-01.log").read_text(encoding="utf-8")
    assert "the reference for ∂L/∂u fails the gradient check" in log
    assert "complex step" in log
    for number in (1, 2, 3):
        points = points_of(course, f"student-{number:02d}")
        assert (points.pop("grad_u"), points.pop("backward")) == (None, None)
        assert None not in points.values()
    path = course / "autograded" / "student-02" / NAME / f"{NAME}.ipynb"
    assert verdicts(read_notebook(path))["test_grad_u"].status is Status.NEEDS_REVIEW


@pytest.mark.parametrize("way", ["autograder grade", "nbgrader autograde"])
def test_a_wrong_reference_changes_no_grade_that_was_there(course, way):
    submit_all(course, *LABELS)
    assert grade(course)[0] == 0
    with gradebook_of(course) as gradebook:
        before = {student: found["score"] for student, found in held(gradebook).items()}
    spoil_the_reference(course)
    if way == "autograder grade":
        code, answer, _ = grade(course)
        assert (code, answer["counts"]) == (1, {"needs review": 3})
    else:
        assert nbgrader(course, course / "autograde.log", "autograde", NAME, "--force") == 0
        said = (course / "autograde.log").read_text(encoding="utf-8")
        assert "needs" in said
        assert "review" in said
    with gradebook_of(course) as gradebook:
        assert {student: found["score"] for student, found in held(gradebook).items()} == before
