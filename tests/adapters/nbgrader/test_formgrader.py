"""The tour of formgrader in a real browser: from the source to the feedback, by its buttons."""

import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import expect
from support.browser import CHROMIUM, browsing, jupyterlab
from support.formgrader import Formgrader
from support.sample_class import NAME, hand_in

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium: install Debian's package chromium")

CLASS = {"student-01": "right, plainly", "student-02": "σ for σ′", "student-03": "an empty file"}
COMMENT = "You wrote the slope of a line here: draw the curve beside it."
EXCHANGE = """\
c = get_config()
c.CourseDirectory.course_id = "machine_learning"
c.Exchange.root = {root!r}
"""


@pytest.fixture
def course(tmp_path):
    """A course as `autograder init` lays it out, before anything was made in it."""
    folder = tmp_path / "course"
    subprocess.run([sys.executable, "-m", "autograder", "init", folder], check=True, capture_output=True)
    return folder


@pytest.fixture
def exchange(tmp_path):
    """A folder through which assignments go out, set in the account's own configuration."""
    root = tmp_path / "exchange"
    root.mkdir()
    root.chmod(0o777)
    config = tmp_path / "home" / "config" / "nbgrader_config.py"
    config.parent.mkdir(parents=True)
    config.write_text(EXCHANGE.format(root=str(root)), encoding="utf-8")
    return root


@pytest.fixture
def lab(tmp_path, course, exchange):
    """A page with JupyterLab in the course's folder."""
    with jupyterlab(course, tmp_path / "home") as address, browsing("formgrader", width=1400) as page:
        page.goto(f"{address}/lab?reset")
        yield page


def collect(course: Path) -> None:
    """Put the hand-ins where a collector would."""
    for student, label in CLASS.items():
        folder = course / "submitted" / student / NAME
        folder.mkdir(parents=True)
        (folder / f"{NAME}.ipynb").write_text(hand_in(label), encoding="utf-8")


def grade_of(course: Path, student: str, question: str):
    """What the gradebook holds: automatic score, manual score, whether it needs a look, comment."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade(f"test_{question}", NAME, NAME, student)
        comment = gradebook.find_comment(question, NAME, NAME, student)
        return grade.auto_score, grade.manual_score, grade.needs_manual_grade, comment.comment


def make_release(tour: Formgrader, course: Path, exchange: Path) -> None:
    tour.press(NAME, "assign", f"Successfully created the student version of '{NAME}':")
    released = course / "release" / NAME
    assert (released / "backprop_lab" / "checking.py").exists()
    assert "HIDDEN TESTS" not in (released / f"{NAME}.ipynb").read_text(encoding="utf-8")
    tour.press(NAME, "release", f"Successfully released '{NAME}'.")
    expect(tour.row(NAME).locator(".status")).to_have_text("released")
    assert (exchange / "machine_learning" / "outbound" / NAME / f"{NAME}.ipynb").exists()


def autograde(tour: Formgrader, course: Path) -> None:
    for student, state, score in (
        ("student-01", "graded", "20 / 20"),
        ("student-02", "graded", "15.57 / 20"),
        ("student-03", "needs manual grading", "0 / 20"),
    ):
        expect(tour.row(student).locator(".status")).to_have_text("needs autograding")
        words = f"Successfully autograded '{NAME}' for student '{student}'."
        tour.press(student, "autograde", words)
        expect(tour.row(student).locator(".status")).to_have_text(state)
        expect(tour.row(student).locator(".score")).to_have_text(score)


def grade_by_hand(tour: Formgrader, course: Path) -> None:
    """Open the hand-in with the mistake, read its verdict, give points and a comment."""
    tour.open("Manual Grading", NAME, NAME)
    tour.row("student-02").locator("a.name-hidden").click()  # names are hidden here
    expect(tour.frame.locator("body")).to_contain_text("✗ grad_g, 0 of 4 points: wrong value at")
    expect(tour.frame.locator("body")).to_contain_text("Hint: Is this the value of σ, or its slope?")
    score = tour.frame.locator("input#test_grad_g")
    expect(score).to_have_attribute("placeholder", "0")  # the automatic points have arrived
    score.scroll_into_view_if_needed()
    tour.picture("manual")
    with tour.saving("grade"):
        score.fill("2.5")
        score.blur()
    with tour.saving("comment"):
        tour.frame.locator("#grad_g-comment").fill(COMMENT)
        tour.frame.locator("#grad_g-comment").blur()
    assert grade_of(course, "student-02", "grad_g") == (0, 2.5, False, COMMENT)
    tour.picture("graded")


def give_feedback(tour: Formgrader, course: Path) -> None:
    tour.open("Manual Grading", "Manage Assignments")
    tour.row(NAME).locator(".num-submissions a").click()
    expect(tour.row("student-02").locator(".score")).to_have_text("18.07 / 20")
    words = f"Successfully generated feedback for '{NAME}' for student 'student-02'."
    tour.press("student-02", "generate-feedback", words)
    page = course / "feedback" / "student-02" / NAME / f"{NAME}.html"
    assert COMMENT in page.read_text(encoding="utf-8")


def test_the_tour_from_the_source_to_the_feedback(lab, course, exchange):
    tour = Formgrader(lab)
    make_release(tour, course, exchange)
    collect(course)
    tour.open("Manage Assignments")
    expect(tour.row(NAME).locator(".num-submissions")).to_have_text("3")
    tour.picture("assignments")
    tour.row(NAME).locator(".num-submissions a").click()
    autograde(tour, course)
    tour.picture("submissions")
    grade_by_hand(tour, course)
    give_feedback(tour, course)
    tour.picture("feedback")
