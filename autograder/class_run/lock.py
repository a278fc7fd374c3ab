"""One run at a time in a course."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from ..submission.sharing import share_all
from .gradebook import Course, CourseError

LOCK = ".autograder.lock"

BUSY = "another `autograder grade` is running in this course; waiting for it to end (Ctrl-C to give up)"
NOT_WRITABLE = (
    "{path} cannot be written ({reason}). Run this as the owner of the course; where several people grade, "
    "c.CourseDirectory.groupshared = True shares it with their group"
)


@contextmanager
def alone(course: Course, tell: Callable[[str], None]) -> Iterator[None]:
    """Keep a second run waiting, which is told why. Raises CourseError if nothing can be written there."""
    path = course.root / LOCK
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        tell(BUSY)
        lock.acquire()
    except OSError as error:
        raise CourseError(NOT_WRITABLE.format(path=path, reason=error.strerror or error)) from None
    if course.shared:
        share_all([path])
    try:
        yield
    finally:
        lock.release()
