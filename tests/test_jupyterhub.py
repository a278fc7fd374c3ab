"""A course on a real JupyterHub, as docs/jupyterhub.md tells it: from the release to the feedback."""

import pytest
from playwright.sync_api import expect
from support.answers import PLAIN
from support.browser import PICTURES, Notebook, browsing
from support.hub import INSTRUCTOR, LACKING, AssignmentList, available, block, commands, jupyterhub, log_in
from support.sample_class import NAME

pytestmark = pytest.mark.skipif(not available(), reason=LACKING)

WRONG = "def grad_z(z, y):\n    return z - y"
ANSWERS = {"student-01": PLAIN, "student-02": {**PLAIN, "grad_z": WRONG}}
VALIDATED = {"student-01": "Success! Your notebook passes all the tests.", "student-02": "grad_z"}
POINTS = {"student-01": "20", "student-02": "17.57"}


@pytest.fixture
def hub(tmp_path):
    with jupyterhub(tmp_path) as found:
        yield found


def course_of(hub):
    return hub.home(INSTRUCTOR) / "machine_learning"


def release(hub):
    """What the instructor does in a terminal, by the page."""
    hub.run(INSTRUCTOR, *commands("autograder init"))
    config = hub.home(INSTRUCTOR) / ".jupyter" / "nbgrader_config.py"
    config.write_text(block("~/.jupyter/nbgrader_config.py"), encoding="utf-8")
    hub.run(INSTRUCTOR, *commands("nbgrader release_assignment"), folder=course_of(hub))


def validate(page, assignments, student):
    """Run nbgrader's validation, and look at what it says."""
    assignments.open(NAME)
    assignments.press("Validate")
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text(VALIDATED[student])
    page.screenshot(path=PICTURES / f"hub-{student}-validated.png")
    dialog.get_by_role("button", name="Ok").click()


def work(hub, student):
    """Fetch, answer, validate and submit, in the browser."""
    with browsing(f"hub-{student}", width=1400) as page:
        address = log_in(page, hub, student)
        assignments = AssignmentList(page, address)
        assignments.press("Fetch")
        expect(assignments.button("Submit")).to_be_visible()
        notebook = Notebook(page, address)
        for question, source in ANSWERS[student].items():
            notebook.write(question, source)
        notebook.save()
        assignments = AssignmentList(page, address)
        validate(page, assignments, student)
        assignments.press("Submit")
        expect(assignments.button("Fetch Feedback")).to_be_visible()


def grade(hub):
    """Collect, grade in isolation, and release the feedback."""
    told = hub.run(INSTRUCTOR, *commands("nbgrader collect"), folder=course_of(hub))
    assert "✓ files      no files but Python's and its workspace" in told
    assert "2  graded and recorded" in told


def look_at_formgrader(hub):
    """Formgrader works as a page of its own, and JupyterHub lets it be no other."""
    with browsing("hub-formgrader", width=1400) as page:
        address = log_in(page, hub, INSTRUCTOR)
        answer = page.goto(f"{address}/formgrader")
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        row = page.locator("#main-table tr", has_text=NAME)
        expect(row.locator(".num-submissions")).to_have_text("2")
        row.locator(".num-submissions a").click()
        for student, points in POINTS.items():
            row = page.locator("#main-table tr", has_text=student)
            expect(row.locator(".score")).to_have_text(f"{points} / 20")


def fetch_feedback(hub, student):
    """The page that the student gets, and it alone."""
    with browsing(f"hub-{student}-feedback", width=1400) as page:
        assignments = AssignmentList(page, log_in(page, hub, student))
        assignments.press("Fetch Feedback")
        expect(assignments.panel.get_by_text("view feedback")).to_be_visible()
    pages = list((hub.home(student) / NAME / "feedback").rglob("*.html"))
    assert len(pages) == 1
    text = pages[0].read_text(encoding="utf-8")
    assert f"<strong>{POINTS[student]}</strong> of 20 points" in text
    assert [other for other in ANSWERS if other in text] == [student]


def test_a_course_from_the_release_to_the_feedback(hub):
    release(hub)
    for student in ANSWERS:
        work(hub, student)
    grade(hub)
    look_at_formgrader(hub)
    for student in ANSWERS:
        fetch_feedback(hub, student)
