"""One assignment, graded before a person's eyes."""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from ..submission.sharing import make_folder
from .gradebook import Course
from .grader import ClassGrader
from .outcome import Outcome
from .profile import profile
from .progress import all_fine, as_data, progress, said_of, summary

LOGS = ".autograder_logs"

LOGGED = "{student}: the log of the internal error is {path}"
NOW = "Grading {what} of the course in {folder}:"


def _keep_log(course: Course, outcome: Outcome) -> str:
    """Keep the log of an internal error; the words that say where it is."""
    path = course.root / LOGS / course.assignment / course.notebook / f"{outcome.student}.log"
    make_folder(path.parent, course.shared)
    path.write_text(outcome.log, encoding="utf-8")
    return LOGGED.format(student=outcome.student, path=path)


def _follow(course: Course, grader: ClassGrader) -> list[Outcome]:
    """Run, and show what becomes of each student."""
    outcomes = []
    with closing(progress(len(grader.students))) as shown:
        grader.tell = shown.tell
        for outcome in grader.run():
            outcomes.append(outcome)
            for words in said_of(outcome):
                shown.tell(words)
            if outcome.log:
                shown.tell(_keep_log(course, outcome))
            shown.step(outcome)
    return outcomes


def grade_assignment(
    course: Course,
    grader: ClassGrader,
    tell: Callable[[str], None],
    students: Sequence[str],
    dry_run: bool,
    with_profile: bool,
) -> tuple[bool, dict[str, Any]]:
    """Grade one assignment, of all students if none are named, and report it; whether all is well, and the
    outcome as JSON data."""
    what = "/".join(filter(None, [course.assignment, course.notebook]))
    tell(NOW.format(what=what, folder=course.root))
    before = grader.processor_time
    outcomes = _follow(course, grader)
    missing = [] if students else grader.missing()
    tell(summary(outcomes, missing, dry_run))
    if with_profile:
        tell(profile(outcomes, grader.processor_time - before))
    about = {"assignment": course.assignment, "notebook": course.source.stem}
    return all_fine(outcomes), as_data(outcomes, missing, **about, dry_run=dry_run)
