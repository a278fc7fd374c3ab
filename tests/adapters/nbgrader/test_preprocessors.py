"""A course's own lists of preprocessors and its switches, after our lines: isolation and masking stay on."""

import json
import sys

import pytest
from demo import points_of
from support.answers import PLAIN
from support.course import configure, gradebook_of, submit
from support.sample_class import NAME, RELEASE, answering
from support.warm import nbgrader

from exercise import POINTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")

LISTS = """\
from nbgrader.preprocessors import Execute, SaveAutoGrades

class Another(Execute):
    pass

c.Autograde.sanitize_preprocessors = []
c.Autograde.autograde_preprocessors = ["nbgrader.preprocessors.LimitOutput", Another, SaveAutoGrades]
c.GenerateFeedback.preprocessors = ["nbgrader.preprocessors.GetGrades"]
"""
WITHOUT_EXECUTION = """\
c.Autograde.autograde_preprocessors = ["nbgrader.preprocessors.SaveAutoGrades"]
c.GenerateFeedback.preprocessors = []
"""
SWITCHED_OFF = "c.Execute.enabled = False"
IN_ANOTHER_ORDER = """\
c.Autograde.autograde_preprocessors = [
    "nbgrader.preprocessors.SaveAutoGrades", "nbgrader.preprocessors.Execute",
]
"""
ALL_SWITCHED_OFF = "c.NbConvertBase.enabled = c.Preprocessor.enabled = c.NbGraderPreprocessor.enabled = False"
OURS_SWITCHED_OFF = "c.IsolatedExecute.enabled = False\nc.SaveGrades.enabled = False"
TEST = "from autograder import grade"  # the first line of every hidden test


@pytest.mark.parametrize(
    "settings",
    [LISTS, WITHOUT_EXECUTION, IN_ANOTHER_ORDER, SWITCHED_OFF, ALL_SWITCHED_OFF, OURS_SWITCHED_OFF],
    ids=[
        "lists",
        "without execution",
        "in another order",
        "switched off",
        "all switched off",
        "ours switched off",
    ],
)
def test_what_a_course_sets_after_our_lines_leaves_isolation_and_masking_on(course, settings):
    configure(course, settings)
    outside = course / "outside"
    escape = f"open({str(outside)!r}, 'w').close()\n\n{PLAIN['grad_z']}"
    wrong = "def grad_w(dL_dz, h):\n    return h"
    released = json.loads(RELEASE.read_text(encoding="utf-8"))
    content = answering({**PLAIN, "grad_z": escape, "grad_w": wrong})(released)
    submit(course, "student-01", json.dumps(content))
    for step in ("autograde", "generate_feedback"):
        log = course / f"{step}.log"
        assert nbgrader(course, log, step, NAME) == 0, log.read_text(encoding="utf-8")
    assert not outside.exists()
    with gradebook_of(course) as gradebook:
        points = points_of(gradebook, "student-01")
    assert points["grad_w"] == 0
    assert points["grad_h"] == POINTS["grad_h"]
    page = (course / "feedback" / "student-01" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "default-src &#39;none&#39;" in page  # our page
    assert TEST not in page
