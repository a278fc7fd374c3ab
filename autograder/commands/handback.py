"""`autograder handback`: feedback pages in the form in which they go back to the students."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..adapters.nbgrader.course import Course
    from ..adapters.platforms.handback import Feedback

HELP = "pack the feedback pages: a zip file for Moodle, or files to send"
DESCRIPTION = (
    'Pack what `nbgrader generate_feedback` made. For moodle: the zip file that "Upload multiple feedback '
    'files as a zip" takes. For folder: a file for each student, and index.csv with the e-mail addresses.'
)
EXIT_CODES = "The exit code is 0 if all is well, 1 if somebody is left out, 2 if nothing could be packed."
FORMS = ("moodle", "folder")

NO_PAGES = "there are no feedback pages in {folder}. Make them first: nbgrader generate_feedback {assignment}"
NOT_MOODLE = "{students}: no number of a Moodle participant, so left out"
WITHOUT = "{students}: graded, but without a feedback page; run nbgrader generate_feedback {assignment}"
WRITTEN = "Packed {count} feedback pages: {path}"
IN_THE_WAY = "{path} is there already. Move it away, or name another place with --output"


class CannotPack(Exception):
    """Nothing was packed; the message says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = EXIT_CODES
    parser.add_argument("form", choices=FORMS, metavar="FORM", help=" or ".join(FORMS))
    parser.add_argument("assignment", nargs="?", help="its name (not needed if there is only one)")
    parser.add_argument("--output", type=Path, metavar="PATH", help="where to")


def _pages(course: "Course") -> "tuple[list[Feedback], list[str]]":
    """Return the pages, and who is graded and has none."""
    from ..adapters.nbgrader.gradebook import open_gradebook, records
    from ..adapters.platforms.handback import Feedback

    with open_gradebook(course.folders.db_url) as db:
        students = [record.student for record in records(db, course.assignment) if record.points]
    found = {s: sorted(course.place("feedback", s.id).glob("*.html")) for s in students}
    pages = [Feedback(student, page) for student, paths in found.items() for page in paths]
    if not pages:
        folder = course.place("feedback", "*").parent.parent
        raise CannotPack(NO_PAGES.format(folder=folder, assignment=course.assignment))
    return pages, [student.id for student, paths in found.items() if not paths]


def _pack(form: str, pages: "list[Feedback]", path: Path) -> None:
    """Write the pages; raises CannotPack if something is in the way."""
    from ..adapters.platforms.handback import write_folder, write_moodle

    if path.exists():
        raise CannotPack(IN_THE_WAY.format(path=path))
    (write_moodle if form == "moodle" else write_folder)(pages, path)
    print(WRITTEN.format(count=len(pages), path=path))


def _hand_back(course: "Course", form: str, output: Path | None) -> int:
    pages, without = _pages(course)
    numbered = [page for page in pages if form != "moodle" or page.student.id.isdecimal()]
    strange = [page.student.id for page in pages if page not in numbered]
    suffix = ".zip" if form == "moodle" else ""
    _pack(form, numbered, output or course.root / f"feedback-{course.assignment}{suffix}")
    if strange:
        print(NOT_MOODLE.format(students=", ".join(strange)), file=sys.stderr)
    if without:
        words = WITHOUT.format(students=", ".join(without), assignment=course.assignment)
        print(words, file=sys.stderr)
    return 1 if strange or without else 0


def run(options: argparse.Namespace) -> int:
    """Pack the feedback pages of an assignment; 0, 1 if some are missing, 2 if nothing could be packed."""
    from ..adapters.nbgrader.course import open_courses
    from ..class_run.gradebook import CourseError, GradebookError

    try:
        course = open_courses(Path.cwd(), options.assignment)[0]
        return _hand_back(course, options.form, options.output)
    except (CannotPack, CourseError, GradebookError, OSError) as error:
        print(f"autograder handback: {error}", file=sys.stderr)
        return 2
