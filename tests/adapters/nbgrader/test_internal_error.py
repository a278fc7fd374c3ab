"""An internal error takes no grade away, and is never a zero."""

import sys

import pytest
from support.course import configure, gradebook_of, held, submit
from support.sample_class import NAME, hand_in
from support.warm import nbgrader

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")

BROKEN = """\
import autograder.submission.pipeline as pipeline


def broken(job, origin):
    raise ZeroDivisionError("ours")


pipeline.grade_submission = broken
"""


def test_the_plug_in_keeps_the_grades_that_were_there(course):
    submit(course, "student-01", hand_in("σ for σ′"))
    assert nbgrader(course, course / "1.log", "autograde", NAME) == 0
    with gradebook_of(course) as gradebook:
        before = held(gradebook)["student-01"]
    submit(course, "student-02", hand_in("right, plainly"))
    configure(course, BROKEN)
    nbgrader(course, course / "2.log", "autograde", NAME, "--force")
    with gradebook_of(course) as gradebook:
        after = held(gradebook)
    assert [row[:4] for row in after["student-01"]["grades"]] == [row[:4] for row in before["grades"]]
    assert {row[1] for row in after["student-02"]["grades"]} == {None}
    assert all(row[4] for student in after.values() for row in student["grades"])  # needs a manual grade
    assert "student-01: test_grad_z could not be judged and needs review" in (course / "2.log").read_text()
