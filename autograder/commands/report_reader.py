"""`autograder report`: reads the gradebook and the executed notebooks, writes the page and its parts."""

from pathlib import Path

from ..adapters.nbgrader.course import Course, open_course
from ..adapters.nbgrader.gradebook import items, open_gradebook, records
from ..adapters.nbgrader.template import graded_cells
from ..class_run.gradebook import GradebookError
from ..pages.report.figures import draw_all
from ..pages.report.page import render
from ..pages.report.summary import Executed, Summary
from ..pages.report.tables import write_all
from ..submission.annotate import verdicts
from ..submission.notebook import Notebook, Unreadable, read_notebook
from ..submission.rebuild import about

NOTHING = "nobody's work on {assignment} is in the gradebook yet. Grade it first: autograder grade"
WRITTEN = "The report is {page}\nIts pictures (SVG) and tables (CSV) lie beside it."


def _executed(notebook: Notebook) -> Executed:
    noted = about(notebook)
    seconds = noted.get("seconds")
    return Executed(
        verdicts(notebook),
        noted.get("notes", ()),
        noted.get("incidents", ()),
        noted.get("unreadable", ""),
        seconds if isinstance(seconds, dict) else {},
    )


def read_executed(course: Course, student: str) -> Executed | None:
    """What a student's executed notebook tells; None if there is none that can be read."""
    path = course.place("autograded", student) / course.source.name
    try:
        return _executed(read_notebook(path))
    except (Unreadable, KeyError, TypeError, AttributeError):  # missing, damaged, or not written by us
        return None


def read_class(course: Course, anonymous: bool) -> Summary:
    """Where the class stands; raises GradebookError."""
    with open_gradebook(course.folders.db_url) as db:
        order = graded_cells(course.source)
        found, asked = records(db, course.assignment, order), items(db, course.assignment, order)
    if not any(record.points for record in found):
        raise GradebookError(NOTHING.format(assignment=course.assignment))
    students = [record.student.id for record in found if record.points]
    executed = {s: notebook for s in students if (notebook := read_executed(course, s)) is not None}
    waiting = set(course.students()) - set(students)
    return Summary(course.assignment, found, executed, asked, anonymous, waiting)


def report(folder: Path, assignment: str | None, output: Path | None, anonymous: bool) -> str:
    """Write the report of an assignment of the course in a folder; the words that say where it is.

    Raises CourseError, GradebookError or OSError.
    """
    course = open_course(folder, assignment)
    summary = read_class(course, anonymous)
    target = output or course.root / "report" / course.assignment
    target.mkdir(parents=True, exist_ok=True)
    pictures = draw_all(summary)
    for name, svg in pictures.items():
        (target / f"{name}.svg").write_text(svg, encoding="utf-8")
    write_all(summary, target)
    page = target / "report.html"
    page.write_text(render(summary, pictures), encoding="utf-8")
    return WRITTEN.format(page=page)
