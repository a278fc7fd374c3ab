"""The one way of a submission through the grader: read, rebuilt, executed, judged. All that it needs is in
the job, so that it can be done in this process or on another machine. `autograder grade`, nbgrader with
the plug-in and `autograder check` all come here; no gradebook is touched."""

import json
import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from .. import exercises
from ..judging.gradient import Policy
from ..judging.sampling import sample_inputs
from ..judging.verdict import Verdict
from ..sandbox.limits import Limits
from ..sandbox.processes import Sandbox
from ..sandbox.supervised import Stopped, SupervisedSandbox
from .annotate import annotate, show_notes
from .cells import is_answer, name_of
from .clock import Clock, total
from .execute import Graded, execute, unjudged
from .hidden_test import Grading
from .notebook import Notebook, Unreadable, parse_notebook
from .rebuild import about, trusted
from .session import Session

CELL_TIME, NOTEBOOK_TIME = 20.0, 120.0  # seconds, where no course says
DRAWING = re.compile(r"^[ \t]*(?:(?:import|from)[ \t]+|%)(?:matplotlib|pylab)\b", re.MULTILINE)

FAILED = (
    "NEEDS REVIEW: the grader itself failed ({kind}: {reason}). This is not a grade. The log says more; "
    "grade this submission again."
)


@dataclass(frozen=True)
class Job:
    """One submission to grade: its notebook, or why there is none to read, and the files beside it.

    `template` is the source notebook with the points that the gradebook gives, `exercise` the name of
    its exercise, whose halves may lie in the folder `course`; `seed` is what the test inputs are drawn
    from, None for those of the visible check; `policy` is the share of its points that a known mistake
    keeps; `fingerprint` stands for all that the outcome depends on.
    """

    student: str
    content: bytes | Unreadable
    files: Mapping[str, bytes]
    template: Notebook
    exercise: str
    course: Path | None
    seed: bytes | None
    policy: Policy
    cell_time: float = CELL_TIME
    notebook_time: float = NOTEBOOK_TIME
    limits: Limits = field(default_factory=Limits)
    fingerprint: str = ""


@dataclass(frozen=True)
class Done:
    """A graded submission: the executed notebook as JSON, the verdicts by graded cell, the answer cells
    that were left as they were, what a person may want to look at, why it could not be read, a log if the
    grader failed, and the packages that were lacking."""

    student: str
    notebook: str
    verdicts: Mapping[str, Verdict]
    unanswered: frozenset[str]
    notes: tuple[str, ...]
    incidents: tuple[str, ...]
    spent: Clock
    unreadable: str = ""
    log: str = ""
    lacking: frozenset[str] = frozenset()

    def auto_score(self, name: str, max_score: float) -> float | None:
        """The points of a graded cell; None where a person has to give them."""
        if name in self.verdicts:
            return self.verdicts[name].points(max_score)
        return 0.0 if name in self.unanswered else None


def _content(job: Job) -> Notebook:
    if isinstance(job.content, Unreadable):
        raise job.content
    return parse_notebook(job.content)


@contextmanager
def _beside(files: Mapping[str, bytes]) -> Iterator[list[Path]]:
    """The folders with the files that lie beside the notebook: none if there are no files."""
    if not files:
        yield []
        return
    with TemporaryDirectory(prefix="autograder-") as name:
        for relative, content in files.items():
            path = Path(name, relative)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield [Path(name)]


def _unanswered(notebook: Notebook, template: Notebook) -> frozenset[str]:
    """The answer cells that the student left as they were."""
    open_ones = {name_of(c): "".join(c["source"]) for c in template["cells"] if is_answer(c)}
    named = {name_of(c): "".join(c["source"]) for c in notebook["cells"]}
    return frozenset(name for name, source in open_ones.items() if named[name] == source)


def _draws(notebook: Notebook, files: Mapping[str, bytes]) -> bool:
    """Whether a notebook, or a module beside it, is likely to need matplotlib."""
    cells = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    modules = (content.decode(errors="replace") for name, content in files.items() if name.endswith(".py"))
    return any(map(DRAWING.search, chain(("".join(cell["source"]) for cell in cells), modules)))


def _session(notebook: Notebook, job: Job, sandbox: Sandbox, folders: Sequence[Path]) -> Session:
    public = exercises.source_of(job.exercise, job.course)
    times = job.cell_time, job.notebook_time
    return Session(sandbox, folders, *times, job.limits, public, _draws(notebook, job.files))


def _run(notebook: Notebook, job: Job, sandbox: Sandbox) -> Graded:
    if reason := about(notebook).get("unreadable"):
        return unjudged(notebook, reason)
    grading = Grading(exercises.find(job.exercise, job.course), job.seed, job.policy)
    with _beside(job.files) as folders, _session(notebook, job, sandbox, folders) as session:
        return execute(notebook, session, grading)


def _as_text(notebook: Notebook) -> str:
    """The notebook as JSON, with a line for each cell: to indent it takes ten times as long."""
    cells = ",\n".join(json.dumps(cell, ensure_ascii=False) for cell in notebook["cells"])
    rest = json.dumps({key: value for key, value in notebook.items() if key != "cells"}, ensure_ascii=False)
    return f'{{"cells": [\n{cells}\n],\n{rest[1:]}\n'


def _finish(notebook: Notebook, graded: Graded, job: Job, clock: Clock) -> Done:
    log = "\n".join(verdict.log for verdict in graded.verdicts.values() if verdict.log)
    with clock.measure("annotate"):
        unanswered = _unanswered(notebook, job.template)
        annotate(notebook, graded)
        show_notes(notebook)
        if not log:  # what the grader failed at is tried again
            about(notebook)["fingerprint"] = job.fingerprint
        text = _as_text(notebook)
    noted = about(notebook)
    return Done(
        job.student,
        text,
        graded.verdicts,
        unanswered,
        tuple(noted["notes"]),
        graded.incidents,
        total([clock, graded.spent]),
        noted.get("unreadable", ""),
        log,
        graded.lacking,
    )


def grade_submission(job: Job, sandbox: Sandbox) -> Done:
    """Grade one submission, with the student's processes from a sandbox. Raises internal errors."""
    clock = Clock()
    with clock.measure("rebuild"):
        notebook = trusted(job.template, partial(_content, job))
    return _finish(notebook, _run(notebook, job, sandbox), job, clock)


def given_up(job: Job, error: Exception) -> Done:
    """Return no verdict, because the grader failed."""
    notebook = trusted(job.template, partial(_content, job))
    reason = FAILED.format(kind=type(error).__name__, reason=error)
    log = "".join(traceback.format_exception(error))
    return _finish(notebook, unjudged(notebook, reason, log), job, Clock())


class Workshop:
    """Where jobs are done in this process, several at a time, in one sandbox."""

    def __init__(self, sandbox: Sandbox, unconfined: bool) -> None:
        self._sandbox = SupervisedSandbox(sandbox, unconfined)

    def report(self) -> list[str]:
        """What the isolation consists of; raises CannotIsolate where there is none."""
        return self._sandbox.ready().report()

    @property
    def keeps_apart(self) -> bool:
        """Whether several submissions may be graded at a time; raises CannotIsolate."""
        return self._sandbox.ready().keeps_apart

    def prepare(self, job: Job) -> None:
        """Compute what is kept for all jobs like this one."""
        with suppress(Exception):  # who needs it meets the error again, and reports it
            exercise = exercises.find(job.exercise, job.course)
            for question in exercise.public.asked:
                sample_inputs(exercise, b"", question)

    def do(self, job: Job) -> Done:
        """Grade one submission. An internal error is tried again; at last it is "needs review", never
        points and never zero. Raises Stopped if the workshop is closed meanwhile."""
        try:
            return self._sandbox.use(partial(grade_submission, job))
        except Stopped:
            raise
        except Exception as error:
            return given_up(job, error)

    @property
    def processor_time(self) -> float:
        """Seconds of processor time of what starts the students' processes, and of those that ended."""
        return self._sandbox.processor_time

    def close(self) -> None:
        """End every student's process."""
        self._sandbox.close()
