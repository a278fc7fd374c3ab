"""`autograder grade`: from the command line to a graded class."""

import argparse
import gc
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..sandbox import open_sandbox
from ..sandbox.processes import STOPS, CannotIsolate, Sandbox
from .cluster_keys import KEYS

if TYPE_CHECKING:
    from ..adapters.nbgrader.course import Course
    from ..class_run.executor import Pool
    from ..class_run.grader import ClassGrader

HELP = "grade a whole class, several submissions at a time"
DESCRIPTION = (
    "Grade what lies in submitted/ of the course in this folder, each submission in its own sandbox, into "
    "autograded/ and the gradebook. What has not changed since it was graded is left alone."
)

CONFIG = "nbgrader_config.py"

STOPPED = "Interrupted. Everything reported above has been saved; the next run resumes from there."
ISOLATION = "The student's code runs in a process of its own:\n{report}"
NO_COMMAND = "autograder grade: {reason}"
NOT_HONOURED = (
    "set in the course's configuration, and passed over here: {settings}. `nbgrader autograde` honours them"
)
ONE_OR_ALL = "--all is for every assignment: leave out the names"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "assignments", nargs="*", metavar="ASSIGNMENT", help="its name (not needed if there is only one)"
    )
    parser.add_argument("--all", action="store_true", help="every assignment of the course that is ours")
    parser.add_argument(
        "--workers", type=_count, metavar="N", help="submissions at a time (default: as many as processors)"
    )
    parser.add_argument(
        "--student", action="append", default=[], metavar="ID", help="only this student (may be repeated)"
    )
    parser.add_argument("--force", action="store_true", help="also grade again what has not changed")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and record nothing")
    parser.add_argument(
        "--new-secret", action="store_true", help="make a new secret where that of earlier grades is missing"
    )
    parser.add_argument("--profile", action="store_true", help="also print where the processor time went")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON on standard output")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="grade on a Dask cluster: tls://host:8786")
    parser.add_argument(
        "--keys", type=Path, default=KEYS, metavar="FOLDER", help=f"the cluster's keys (default: {KEYS})"
    )
    parser.add_argument(
        "--open-cluster", action="store_true", help="use a cluster without keys: anybody can run code on it"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="how long to wait for a lost database (default: 60)",
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _stop(number: int, frame: Any) -> None:
    """Stop in order; who is asked a second time leaves at once, and the sandbox ends with it."""
    for each in STOPS:
        signal.signal(each, lambda *again: os._exit(130))
    raise KeyboardInterrupt


def _pool(options: argparse.Namespace, sandbox: Sandbox | None, unconfined: bool) -> "Pool":
    """Where the jobs are done: on a cluster, or on this machine, in the sandbox that was opened early."""
    if options.scheduler:
        from ..class_run.cluster import ClusterPool

        keys = None if options.open_cluster else options.keys
        return ClusterPool(options.scheduler, unconfined, keys)
    from ..class_run.executor import LocalPool
    from ..submission.pipeline import Workshop

    workshop = Workshop(sandbox or open_sandbox(), unconfined)
    return LocalPool(workshop, options.workers or _processors())


def _processors() -> int:
    """How many processors this process may use."""
    usable = getattr(os, "sched_getaffinity", None)  # on Linux
    return len(usable(0)) if usable else os.cpu_count() or 1


def _grader(course: "Course", options: argparse.Namespace, pool: "Pool") -> "ClassGrader":
    """Make ready to grade an assignment; raises what is wrong with the course."""
    from ..adapters.nbgrader.autograde import IsolatedExecute
    from ..class_run.grader import ClassGrader, Options

    bounds = IsolatedExecute(parent=course.app).bounds()
    chosen = Options(options.student, options.force, options.dry_run, options.patience, options.new_secret)
    return ClassGrader(course, bounds, pool, chosen, _tell)


def _open(
    options: argparse.Namespace, sandbox: Sandbox | None, stack: ExitStack
) -> "list[tuple[Course, ClassGrader]]":
    """Open all that is needed, before anything is graded; raises what is wrong. `stack` closes it."""
    from ..adapters.nbgrader.autograde import IsolatedExecute
    from ..adapters.nbgrader.configuration import not_honoured
    from ..adapters.nbgrader.course import all_assignments, open_courses
    from ..class_run.lock import alone

    names = all_assignments(Path.cwd()) if options.all else options.assignments or [None]
    courses = [course for name in names for course in open_courses(Path.cwd(), name)]
    stack.enter_context(alone(courses[0], _tell))
    unconfined = IsolatedExecute(parent=courses[0].app).unconfined
    pool = stack.enter_context(closing(_pool(options, sandbox, unconfined)))
    graders = [stack.enter_context(closing(_grader(course, options, pool))) for course in courses]
    if passed_over := not_honoured(courses[0].app):
        _tell(NOT_HONOURED.format(settings=", ".join(passed_over)))
    _tell(ISOLATION.format(report="\n".join(pool.report())))
    return list(zip(courses, graders, strict=True))


def _grade(opened: "Sequence[tuple[Course, ClassGrader]]", options: argparse.Namespace) -> int:
    """Grade the assignments one after another; the exit code."""
    from ..class_run.follow import grade_assignment

    told = options.student, options.dry_run, options.profile
    found = [grade_assignment(course, grader, _tell, *told) for course, grader in opened]
    if options.json:
        data = [part for _, part in found]
        print(json.dumps(data if len(data) > 1 else data[0], indent=1, ensure_ascii=False))
    return 0 if all(fine for fine, _ in found) else 1


def _refuse(error: Exception, code: int) -> int:
    """Say why nothing (more) was graded; the exit code."""
    print(NO_COMMAND.format(reason=error), file=sys.stderr)
    return code


def _looks_like_course(folder: Path, assignments: "Sequence[str]") -> bool:
    """Whether there is likely to be something to grade: asked before all that takes its time."""
    folders = [folder / "source" / assignment for assignment in assignments or [""]]
    return (folder / CONFIG).is_file() and all(path.is_dir() for path in folders)


def _open_early(options: argparse.Namespace) -> Sandbox | None:
    """Open the sandbox, which gets ready while the rest is imported; not where nothing will be graded."""
    if options.scheduler or not _looks_like_course(Path.cwd(), options.assignments):
        return None
    return open_sandbox()


@contextmanager
def _no_collections() -> Iterator[None]:
    """Do not look for garbage while all is made that stays, and leave that alone from then on: to look
    through it takes as long as a submission."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _prepare(options: argparse.Namespace, sandbox: Sandbox | None) -> int:
    """Import what takes its time, while the sandbox gets ready, and begin; the exit code."""
    from ..adapters.nbgrader.lean import import_without_unused
    from ..class_run.gradebook import CourseError, GradebookBroken, GradebookError, GradebookGone
    from ..exercises import ExerciseError
    from ..submission.settings import ConfigurationError

    known = (
        CannotIsolate, ConfigurationError, CourseError, ExerciseError, GradebookBroken, GradebookError,
        GradebookGone, OSError,
    )  # fmt: skip
    with ExitStack() as stack:
        try:
            with _no_collections():
                if options.alone:
                    import_without_unused()
                opened = _open(options, sandbox, stack)
        except known as error:
            return _refuse(error, 2)
        try:
            return _grade(opened, options)
        except known as error:
            return _refuse(error, 1)


def run(options: argparse.Namespace) -> int:
    """Grade a class; 0 if everything that was submitted is graded, 1 if not, 2 if nothing could begin, 130
    if it was stopped."""
    if options.all and options.assignments:
        return _refuse(ValueError(ONE_OR_ALL), 2)
    for each in STOPS:
        signal.signal(each, _stop)
    sandbox = _open_early(options)
    try:
        return _prepare(options, sandbox)
    except KeyboardInterrupt:
        exec("")  # if one has left an exec, as of a dataclass, Python would end by SIGINT, and not by 130
        print(STOPPED, file=sys.stderr)
        return 130
    finally:
        if not options.alone:  # what goes on may collect the garbage of this
            gc.unfreeze()
        if sandbox:
            sandbox.close()
