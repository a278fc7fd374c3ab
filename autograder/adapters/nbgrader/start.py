"""What nbgrader must not begin with an assignment of ours, because it would break halfway or change grades in
silence: said before anything is touched."""

from typing import Any

from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import NbGraderException

from ...class_run.gradebook import CourseError, GradebookError
from ...class_run.submissions import Rules
from ...submission.settings import ConfigurationError
from .agreement import check_release, was_graded
from .autograde import IsolatedExecute
from .course import Course
from .gradebook import open_gradebook
from .template import ours_in


def _check(converter: Any) -> None:
    """Raise CourseError or ConfigurationError."""
    assignment = converter.coursedir.assignment_id
    with open_gradebook(converter.coursedir.db_url) as db:
        for path in ours_in(Course(converter, assignment).place("source", ".")):
            course = Course(converter, assignment, path.stem)
            if isinstance(converter, GenerateAssignment):
                check_release(db, course.template, assignment, path.stem)
            if isinstance(converter, Autograde) and was_graded(db, assignment):
                Rules(course, IsolatedExecute(parent=converter).bounds(), {}).check_secret()


def check_start(converter: Any) -> None:
    """Raise NbGraderException, with the reason in the log, if a converter must not begin."""
    try:
        _check(converter)
    except GradebookError:
        return  # there is none yet, or nbgrader says what is wrong with it
    except (CourseError, ConfigurationError) as error:
        converter.log.error("%s", error)
        raise NbGraderException(str(error)) from None
