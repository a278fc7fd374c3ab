"""What was handed in: read from submitted/, told apart from what was graded already, made into jobs."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path

import numpy as np

import backprop_lab

from ..adapters.nbgrader.course import Course, timestamp_of
from ..adapters.nbgrader.writer import Scores
from ..judging.gradient import Kept
from ..judging.sampling import points, seed_for
from ..sandbox.limits import LOADED
from ..submission import settings as settings_of
from ..submission.annotate import verdicts
from ..submission.notebook import Unreadable, content_of, read_notebook
from ..submission.pipeline import Job
from ..submission.rebuild import about

MOST_BESIDE = 32 << 20  # bytes of the files beside a notebook

NO_NOTEBOOK = "no {name} was handed in{found}"
FOUND = ", but {names}. If one of them is it, rename it"
LEFT_OUT = "the files beside the notebook are too large: {name} was left out"


@dataclass(frozen=True)
class HandIn:
    """What one student handed in. `remarks` says what was odd about the files."""

    student: str
    content: bytes | Unreadable
    files: Mapping[str, bytes]
    timestamp: datetime | None
    remarks: tuple[str, ...]


class NothingHandedIn(Exception):
    """There is a folder, but no notebook in it; the message says what is there."""


def _beside(course: Course, folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """The files beside the notebook as far as there is room for them, and what was left out."""
    files: dict[str, bytes] = {}
    remarks = []
    room = MOST_BESIDE
    for name, path in sorted(course.files_in(folder).items()):
        room -= path.stat().st_size
        if room < 0:
            remarks.append(LEFT_OUT.format(name=name))
            break
        files[name] = path.read_bytes()
    return files, remarks


def _content(path: Path) -> bytes | Unreadable:
    try:
        return content_of(path)
    except Unreadable as reason:
        return reason


def read_hand_in(course: Course, student: str) -> HandIn:
    """What lies in a student's folder; raises NothingHandedIn if no notebook is among it."""
    folder = course.place("submitted", student)
    path = folder / course.source.name
    if not path.exists() and not path.is_symlink():
        others = sorted(p.name for p in folder.glob("*.ipynb"))
        found = FOUND.format(names=", ".join(others)) if others else ""
        raise NothingHandedIn(NO_NOTEBOOK.format(name=path.name, found=found))
    timestamp, remark = timestamp_of(folder)
    files, remarks = _beside(course, folder)
    return HandIn(student, _content(path), files, timestamp, tuple(filter(None, [remark, *remarks])))


# What the outcome depends on


def _digest(*parts: bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "little") + part)
    return whole.hexdigest()


@cache
def _code() -> str:
    """The grader's own code and NumPy's version: with other ones the outcome may be another."""
    folders = (Path(__file__).parents[1], Path(backprop_lab.__file__).parent)
    sources = [path.read_bytes() for folder in folders for path in sorted(folder.rglob("*.py"))]
    return _digest(np.__version__.encode(), *sources)


@dataclass(frozen=True)
class Rules:
    """How an assignment is graded: the source, the course's secret and policy, and the time limits."""

    course: Course
    cell_time: float
    notebook_time: float

    @cached_property
    def _material(self) -> tuple[bytes, Kept]:
        """The secret and the policy, as `grade` finds them from a student's folder."""
        root = settings_of.find_course(self.course.place("autograded", "student"))
        settings = settings_of.read_settings(root)
        return settings_of.find_secret(root, settings), settings.kept

    @cached_property
    def _all(self) -> bytes:
        template = json.dumps(self.course.template, sort_keys=True)
        kept = json.dumps(dict(self._material[1]), sort_keys=True)
        return f"{_code()} {template} {kept} {self.cell_time} {self.notebook_time}".encode()

    def _seed(self, student: str) -> bytes:
        return seed_for(self._material[0], self.course.assignment, student)

    def fingerprint(self, hand_in: HandIn, late: float) -> str:
        """Stands for all that the outcome depends on."""
        content = hand_in.content if isinstance(hand_in.content, bytes) else str(hand_in.content).encode()
        beside = [part for name, data in hand_in.files.items() for part in (name.encode(), data)]
        return _digest(self._all, self._seed(hand_in.student), content, str(late).encode(), *beside)

    def job(self, hand_in: HandIn, fingerprint: str) -> Job:
        """The job that grades a hand-in."""
        files = {name: data for name, data in hand_in.files.items() if _is_material(name)}
        drawn = points(self._seed(hand_in.student))
        given = (hand_in.student, hand_in.content, files, self.course.template, drawn, self._material[1])
        return Job(*given, self.cell_time, self.notebook_time, fingerprint)


def _is_material(name: str) -> bool:
    """Whether a file is for the student's code: not nbgrader's time stamp, not what is loaded anyway."""
    return name != "timestamp.txt" and not LOADED.intersection(Path(name).parts)


# What was graded already


def is_unchanged(course: Course, student: str, fingerprint: str, scores: Scores | None) -> bool:
    """Whether the executed notebook is of this very hand-in under these very rules, and the gradebook
    holds its points."""
    path = course.place("autograded", student) / course.source.name
    if scores is None or not path.is_file():
        return False
    try:
        notebook = read_notebook(path)
        found = verdicts(notebook)
        same = about(notebook).get("fingerprint") == fingerprint
    except (Unreadable, KeyError, TypeError, AttributeError):  # not written by us, or damaged
        return False
    recorded = {name: scores[name].auto for name in found if name in scores}
    return same and recorded == {name: verdict.points for name, verdict in found.items()}


def chosen(course: Course, wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """The students to grade, all if none are named; and those named who handed nothing in."""
    there = course.students()
    if not wanted:
        return there, []
    return [s for s in there if s in wanted], [s for s in wanted if s not in there]
