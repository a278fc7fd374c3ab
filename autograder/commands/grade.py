"""`autograder grade`: from the command line to a graded class."""

import argparse
import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..sandbox.processes import CannotIsolate, Origin, ordinary_origin

if TYPE_CHECKING:
    from ..adapters.nbgrader.course import Course
    from ..class_run.executor import Pool
    from ..class_run.grader import ClassGrader, Outcome

LOCK = ".autograder.lock"
LOGS = ".autograder_logs"

BUSY = "another `autograder grade` is at work in this course; waiting until it has ended (Ctrl-C to give up)"
STOPPED = "Stopped. What was told above is recorded; the next run goes on from there."
LOGGED = "{student}: the log of what failed is {path}"
ISOLATION = "The student's code runs in a process of its own:\n{report}"
NO_COMMAND = "autograder grade: {reason}"


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Only one run at a time in a course: a second one waits."""
    from filelock import FileLock, Timeout

    lock = FileLock(root / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(BUSY, file=sys.stderr, flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _stop(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def _pool(options: argparse.Namespace, origin: Origin | None, unconfined: bool) -> "Pool":
    """Where the jobs are done: on a cluster, or on this machine."""
    if origin is None:
        from ..class_run.cluster import ClusterPool

        return ClusterPool(options.scheduler, unconfined)
    from ..class_run.executor import LocalPool
    from ..submission.pipeline import Workshop

    return LocalPool(Workshop(origin, unconfined), options.workers or _processors())


def _processors() -> int:
    """How many processors this process may use."""
    usable = getattr(os, "sched_getaffinity", None)  # on Linux
    return len(usable(0)) if usable else os.cpu_count() or 1


def _keep_log(course: "Course", outcome: "Outcome") -> str:
    """Keep the log of a failure of ours; the words that say where it is."""
    path = course.root / LOGS / course.assignment / f"{outcome.student}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(outcome.log, encoding="utf-8")
    return LOGGED.format(student=outcome.student, path=path)


def _follow(course: "Course", grader: "ClassGrader") -> "list[Outcome]":
    """Run, and show what becomes of each student."""
    from ..class_run.progress import progress, said_of

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


def _grade(course: "Course", options: argparse.Namespace, origin: Origin | None) -> int:
    from ..adapters.nbgrader.autograde import IsolatedExecute
    from ..class_run.grader import ClassGrader, Limits, Options
    from ..class_run.progress import all_fine, as_json, summary

    settings = IsolatedExecute(parent=course.app)
    limits = Limits(settings.cell_time, settings.notebook_time)
    chosen = Options(options.student, options.force, options.dry_run, options.patience)
    with closing(_pool(options, origin, settings.unconfined)) as pool:
        print(ISOLATION.format(report="\n".join(pool.report())), file=sys.stderr, flush=True)
        with closing(ClassGrader(course, limits, pool, chosen, _tell)) as grader:
            gc.freeze()  # what is there by now stays: to look through it again takes as long as a hand-in
            outcomes = _follow(course, grader)
            missing = [] if options.student else grader.missing()
    print(summary(outcomes, missing, options.dry_run), file=sys.stderr)
    if options.json:
        print(as_json(outcomes, missing, assignment=course.assignment, dry_run=options.dry_run))
    return 0 if all_fine(outcomes) else 1


def _prepare(options: argparse.Namespace, origin: Origin | None) -> int:
    """Import what takes its time, while the warm process gets ready, and begin."""
    from ..adapters.nbgrader.course import open_course
    from ..class_run.gradebook import CourseError, GradebookBroken, GradebookGone
    from ..submission.settings import ConfigurationError

    known = (CannotIsolate, ConfigurationError, CourseError, GradebookBroken, GradebookGone, OSError)
    try:
        course = open_course(Path.cwd(), options.assignment)
        with _alone(course.root):
            return _grade(course, options, origin)
    except known as error:
        print(NO_COMMAND.format(reason=error), file=sys.stderr)
        return 1


def grade(options: argparse.Namespace) -> int:
    """Grade a class; 0 if everything that was handed in is graded, 1 if not, 130 if it was stopped."""
    signal.signal(signal.SIGTERM, _stop)
    origin = None if options.scheduler else ordinary_origin()
    try:
        return _prepare(options, origin)
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        return 130
    finally:
        if origin:
            origin.close()
