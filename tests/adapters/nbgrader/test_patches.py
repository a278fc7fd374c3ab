"""What `configure(c)` does to a course's other assignments: nothing."""

import sys

import pytest
from support.course import configure, gradebook_of, release, submit
from support.other import OTHER, QUICKSTART, lay_out_other, lay_out_quickstart, submit_other
from support.rows import rows_of
from support.sample_class import NAME, hand_in
from support.views import formgraders_tables, formgraders_view
from support.warm import nbgrader

from autograder.commands.init import CONFIG

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")

# What a course may have set by itself, before our lines and after them.
BEFORE = """\
c = get_config()
c.Execute.record_timing = False  # or no two runs are the same
c.Autograde.autograde_preprocessors = [
    "nbgrader.preprocessors.Execute", "nbgrader.preprocessors.LimitOutput", "marking.Mark",
    "nbgrader.preprocessors.SaveAutoGrades", "nbgrader.preprocessors.CheckCellMetadata",
]
"""
AFTER = "c.HTMLExporter.exclude_input_prompt = True\n"
MARKING = """\
from nbgrader.preprocessors import NbGraderPreprocessor


class Mark(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        nb.metadata["marked"] = True
        return nb, resources
"""
OTHERS = (OTHER, QUICKSTART)
STEPS = ("generate_assignment", "autograde", "generate_feedback")


def lay_out(course, ours):
    """A small course with other assignments, with our lines in its configuration or without them."""
    course.mkdir()
    (course / "marking.py").write_text(MARKING)
    lines = "from autograder.plugin import configure\nconfigure(c)\n" if ours else ""
    (course / CONFIG).write_text(f"import sys\nsys.path.insert(0, {str(course)!r})\n{BEFORE}{lines}{AFTER}")
    lay_out_other(course)
    lay_out_quickstart(course)
    submit_other(course, "student-01")


def run(course, *names):
    for name in names:
        for step in STEPS:
            log = course / f"{step}.log"
            assert nbgrader(course, log, step, name) == 0, log.read_text()
    assert nbgrader(course, course / "export.log", "export", "--to", "grades.csv") == 0


def files_of(course, *steps):
    """The files of the other assignments, by their paths: what is in them, and whether they are links."""
    found = [path for step in steps for path in (course / step).rglob("*") if path.is_file()]
    theirs = [path for path in found if not set(OTHERS).isdisjoint(path.relative_to(course).parts)]
    return {path.relative_to(course): (path.is_symlink(), path.read_bytes()) for path in theirs}


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    """The same course with our lines and without them; ours has our assignment, too."""
    folder = tmp_path_factory.mktemp("courses")
    with_ours, without = folder / "with", folder / "without"
    lay_out(with_ours, ours=True)
    release(with_ours)
    lay_out(without, ours=False)
    for course in (with_ours, without):
        run(course, *OTHERS)
    return with_ours, without


def test_other_assignments_are_the_same_to_the_last_byte(courses):
    ours, theirs = (files_of(course, "release", "autograded", "feedback") for course in courses)
    assert len(theirs) >= 40
    assert ours.keys() == theirs.keys()
    assert [str(path) for path in theirs if ours[path] != theirs[path]] == []


def test_other_assignments_have_the_same_rows_in_the_database(courses):
    ours, theirs = (rows_of(course / "gradebook.db", OTHERS) for course in courses)
    assert {table for table, _ in theirs} >= {"grade", "comment", "source_cell", "submitted_notebook"}
    assert ours == theirs


def test_nbgraders_own_export_of_other_assignments_is_the_same(courses):
    exported = [(course / "grades.csv").read_text().splitlines() for course in courses]
    ours, theirs = ([line for line in lines if line.startswith(OTHERS)] for lines in exported)
    assert len(theirs) >= 3
    assert ours == theirs


def test_formgraders_tables_of_other_assignments_are_the_same(courses):
    for name in OTHERS:
        ours, theirs = (formgraders_tables(course, name) for course in courses)
        assert ours == theirs


def test_another_assignments_page_has_its_pictures(courses):
    page = courses[0] / "feedback" / "student-01" / OTHER / f"{OTHER}.html"
    assert "src='figure.png'" in page.read_text() or 'src="figure.png"' in page.read_text()
    assert (courses[0] / "feedback" / "student-01" / OTHER / "page.html").is_file()


def test_a_courses_own_preprocessors_run_for_ours_and_for_others(courses):
    course = courses[0]
    submit(course, "student-01", hand_in("right, plainly"))
    assert nbgrader(course, course / "ours.log", "autograde", NAME) == 0
    assert "The student's code runs in a process of its own" in (course / "ours.log").read_text()
    with gradebook_of(course) as gradebook:
        assert gradebook.find_submission(NAME, "student-01").score == 20
        assert gradebook.find_submission(OTHER, "student-01").score == 2
    for name in (NAME, OTHER):
        executed = course / "autograded" / "student-01" / name / f"{name}.ipynb"
        assert '"marked": true' in executed.read_text(encoding="utf-8")


def test_formgraders_views_of_other_assignments_are_the_same(courses):
    views = [("student-01", OTHER, OTHER), ("bitdiddle", QUICKSTART, "problem1")]
    for student, name, notebook in views:
        ours, theirs = (
            formgraders_view(course, name, student, notebook=notebook, ours=is_ours)
            for course, is_ours in zip(courses, (True, False), strict=True)
        )
        assert ours == theirs
    assert "<b class=" in formgraders_view(courses[0], OTHER, "student-01")


def test_pages_of_other_assignments_are_made_safe_where_a_course_asks(courses):
    course = courses[0]
    configure(course, "c.SafePages.all_assignments = True")
    assert nbgrader(course, course / "safe.log", "generate_feedback", OTHER, "--force") == 0
    place = course / "feedback" / "student-01" / OTHER
    page = (place / f"{OTHER}.html").read_text(encoding="utf-8")
    assert "<b class=" not in page
    assert not (place / "page.html").exists()
    assert "<b class=" not in formgraders_view(course, OTHER, "student-01")
