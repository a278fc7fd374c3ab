"""`autograder report`: read the gradebook and the executed notebooks, and write a page on the class."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..adapters.nbgrader.course import Course
    from ..pages.report.summary import Executed, Summary
    from ..submission.notebook import Notebook

HELP = "write a page on a graded class: points, questions, mistakes, who needs attention"
DESCRIPTION = (
    "Write a page on the class that was graded in the course in this folder, with its figures as SVG and its "
    "tables as CSV. The gradebook is only read."
)

NOTHING = "no submission of {assignment} is in the gradebook yet. Grade it first: autograder grade"
NOTHING_AT_ALL = (
    "no submission of any assignment is in the gradebook yet. Grade them first: autograder grade --all"
)
COMPARED = "The assignments side by side are {page}"
ONE_OR_ALL = "--all is for every assignment: leave out the name of one, --notebook and --output"
WRITTEN = "The report is {page}\nIts figures (SVG) and tables (CSV) are beside it."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("assignment", nargs="?", help="its name (not needed if there is only one)")
    parser.add_argument(
        "--notebook", default="", metavar="NAME", help="one of its notebooks, if it has several"
    )
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="where to (default: report/ASSIGNMENT)")
    parser.add_argument("--all", action="store_true", help="every assignment, and a page that compares them")
    parser.add_argument("--anonymous", action="store_true", help="leave out names, in every file")


def _executed(notebook: "Notebook") -> "Executed":
    from ..pages.report.summary import Executed
    from ..submission.annotate import verdicts
    from ..submission.rebuild import about

    noted = about(notebook)
    seconds = noted.get("seconds")
    return Executed(
        verdicts(notebook),
        noted.get("notes", ()),
        noted.get("incidents", ()),
        noted.get("unreadable", ""),
        seconds if isinstance(seconds, dict) else {},
    )


def read_executed(course: "Course", student: str) -> "Executed | None":
    """Return what a student's executed notebook tells; None if there is none that can be read."""
    from ..submission.notebook import Unreadable, read_notebook

    path = course.place("autograded", student) / course.source.name
    try:
        return _executed(read_notebook(path))
    except (Unreadable, KeyError, TypeError, AttributeError):  # missing, damaged, or not written by us
        return None


def read_class(course: "Course", anonymous: bool) -> "Summary":
    """Return where the class stands; raises GradebookError."""
    from ..adapters.nbgrader.gradebook import items, open_gradebook, records
    from ..adapters.nbgrader.template import graded_cells
    from ..class_run.gradebook import NothingGraded
    from ..pages.report.summary import Summary

    with open_gradebook(course.folders.db_url) as db:
        order = graded_cells(course.source)
        found = records(db, course.assignment, order, course.notebook)
        asked = items(db, course.assignment, order, course.notebook)
    if not any(record.points for record in found):
        raise NothingGraded(NOTHING.format(assignment=course.assignment))
    students = [record.student.id for record in found if record.points]
    executed = {s: notebook for s in students if (notebook := read_executed(course, s)) is not None}
    waiting = set(course.students()) - set(students)
    return Summary(course.assignment, found, executed, asked, course.exercise, anonymous, waiting)


def write(summary: "Summary", target: Path) -> Path:
    """Write the page with its figures and tables into a folder, and return the page's path."""
    from ..pages.report.figures import draw_all
    from ..pages.report.page import render
    from ..pages.report.tables import write_all

    target.mkdir(parents=True, exist_ok=True)
    figures = draw_all(summary)
    for name, svg in figures.items():
        (target / f"{name}.svg").write_text(svg, encoding="utf-8")
    write_all(summary, target)
    page = target / "report.html"
    page.write_text(render(summary, figures), encoding="utf-8")
    return page


def _place(course: "Course") -> Path:
    """Return where the report goes: a folder for those alone who grade the course."""
    from ..submission.sharing import make_folder

    make_folder(course.root / "report", course.shared)
    return course.root / "report" / course.assignment / course.notebook


def _report_one(options: argparse.Namespace) -> None:
    """Write the report of one assignment."""
    from ..adapters.nbgrader.course import open_course

    course = open_course(Path.cwd(), options.assignment, options.notebook)
    summary = read_class(course, options.anonymous)
    print(WRITTEN.format(page=write(summary, options.output or _place(course))))


def _report_all(anonymous: bool) -> None:
    """Write the report of every assignment that is graded, and the page that compares them."""
    from ..adapters.nbgrader.course import all_assignments, open_courses
    from ..class_run.gradebook import GradebookError, NothingGraded
    from ..pages.report.comparison import render

    root = Path.cwd() / "report"
    courses = [course for name in all_assignments(Path.cwd()) for course in open_courses(Path.cwd(), name)]
    found, waiting = {}, []
    for course in courses:
        try:
            summary = read_class(course, anonymous)
        except NothingGraded:
            waiting.append(course.assignment)
            continue
        page = write(summary, _place(course))
        print(WRITTEN.format(page=page))
        found[page.relative_to(root).as_posix()] = summary
    if not found:
        raise GradebookError(NOTHING_AT_ALL)
    (root / "report.html").write_text(render(found, waiting), encoding="utf-8")
    print(COMPARED.format(page=root / "report.html"))


def run(options: argparse.Namespace) -> int:
    """Write the report of an assignment, or of all; 1 if there is nothing to report or no place for it, 2 for
    a wrong call."""
    from ..class_run.gradebook import CourseError, GradebookError

    if options.all and (options.assignment or options.notebook or options.output):
        print(f"autograder report: {ONE_OR_ALL}", file=sys.stderr)
        return 2
    try:
        _report_all(options.anonymous) if options.all else _report_one(options)
    except (CourseError, GradebookError, OSError) as error:
        print(f"autograder report: {error}", file=sys.stderr)
        return 2 if isinstance(error, CourseError) else 1
    return 0
