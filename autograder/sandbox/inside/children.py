"""Forks of the fork server, each for one piece of work."""

import contextlib
import os
import traceback
from collections.abc import Callable

LOG = os.dup(2)  # the grader's error output, until student code runs


def log_error() -> None:
    """Write the exception that is being handled to the grader's error output, while it is ours."""
    with contextlib.suppress(OSError):
        os.write(LOG, traceback.format_exc().encode())


def fork(work: Callable[[], None], on_error: Callable[[], None] = log_error) -> int:
    """Do the work in a child, which ends with it; return its number."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            on_error()
        finally:
            os._exit(code)
    return pid


def attempt(work: Callable[[], None]) -> str:
    """Return why some work fails with OSError, "" if it goes through; it is done in a child."""
    reader, writer = os.pipe()

    def told() -> None:
        try:
            work()
        except OSError as error:
            os.write(writer, str(error).encode()[:500])
            raise

    child = fork(told, on_error=lambda: None)
    os.close(writer)
    reason = os.read(reader, 512).decode()
    os.close(reader)
    _, status = os.waitpid(child, 0)
    return reason or ("" if status == 0 else "the attempt failed")
