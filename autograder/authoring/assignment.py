"""A complete assignment from a forward pass: all its files, made aside and moved into place as a whole."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import backprop_lab
from backprop_lab.hints import FILE
from backprop_lab.model import Exercise, Values

from .. import exercises
from ..judging.drawing import is_smooth, like_example
from ..judging.exercise import GradedExercise
from ..judging.local import completed
from ..judging.sealing import sealed_hints
from ..judging.shapes import named_shapes
from .forward_pass import ForwardPass, Refused, read_forward_pass
from .halves import points_of, private_half, public_half
from .notebook import source_notebook
from .questions import with_questions
from .visible import further_inputs
from .words import Words

BAD_NAME = (
    "{name!r} is no name for an assignment: it has to begin with a small letter and consist of small "
    "letters, digits and underscores, such as two_outputs."
)
TAKEN = "{path} is there already. Choose another name, or move it away."
NO_FOLDER = "{path} is no folder. Move it away."
TAKEN_BY_US = "{name} is the name of an exercise that comes with the autograder. Choose another name."
IGNORED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
PUBLIC, PRIVATE, README = "source", "exercises", "README.md"


def check_name(name: str, course: Path) -> None:
    """Refuse a name that cannot be used, or is taken; raises Refused."""
    if not name.isidentifier() or not name.isascii() or name != name.lower() or name.startswith("_"):
        raise Refused(BAD_NAME.format(name=name))
    for path in (course / PUBLIC / name, course / PRIVATE / name):
        if path.exists() or path.is_symlink():
            raise Refused(TAKEN.format(path=path))
    for half in (PUBLIC, PRIVATE):
        if (course / half).exists() and not (course / half).is_dir():
            raise Refused(NO_FOLDER.format(path=course / half))
    if name in exercises.names():
        raise Refused(TAKEN_BY_US.format(name=name))


def _graded(forward: ForwardPass, exercise: Exercise) -> GradedExercise:
    """The exercise as it is graded before anybody has written a formula."""
    sample = like_example(exercise, forward.positive)
    return GradedExercise(exercise, completed(exercise, {}), sample, well_posed=partial(is_smooth, exercise))


def _others(forward: ForwardPass, exercise: Exercise) -> list[Values]:
    try:
        return further_inputs(_graded(forward, exercise))
    except ValueError as error:
        raise Refused(f"{forward.path}: {error}") from None


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _make(forward: ForwardPass, exercise: Exercise, aside: Path) -> None:
    """Write both halves into an empty course."""
    name = exercise.name
    exercise = replace(exercise, others=lambda: others)
    others = _others(forward, exercise)
    words = Words(exercise, named_shapes(exercise), forward.meanings)
    notebook = source_notebook(exercise, forward.title, points_of(exercise), forward.meanings, forward.data)
    public = {"exercise.py": public_half(forward, exercise, others), f"{name}.ipynb": notebook}
    _write(aside / PUBLIC / name, public)
    _write(aside / PRIVATE / name, private_half(forward, exercise, words.shape_words))
    lab = Path(str(backprop_lab.__file__)).parent
    shutil.copytree(lab, aside / PUBLIC / name / lab.name, ignore=IGNORED)
    any_of_ours = exercises.source_of(exercises.names()[0])  # it is the same in each
    shutil.copy(any_of_ours / README, aside / PUBLIC / name / README)
    hints = sealed_hints(exercises.find(name, aside))
    (aside / PUBLIC / name / FILE).write_text(hints, encoding="utf-8")


def _move(name: str, aside: Path, course: Path) -> None:
    """Move both halves into the course, or none."""
    for half in (PUBLIC, PRIVATE):
        (course / half).mkdir(exist_ok=True)
    (aside / PRIVATE / name).rename(course / PRIVATE / name)
    try:
        (aside / PUBLIC / name).rename(course / PUBLIC / name)
    except OSError:
        (course / PRIVATE / name).rename(aside / PRIVATE / name)
        raise


def make_assignment(name: str, path: Path, course: Path) -> Exercise:
    """Make an assignment of the forward pass in a file, in a course; raises Refused, or OSError, and then
    nothing was written."""
    check_name(name, course)
    forward = read_forward_pass(path, name)
    exercise = with_questions(forward)
    with tempfile.TemporaryDirectory(dir=course, prefix=".autograder-") as aside:
        _make(forward, exercise, Path(aside))
        for folder in Path(aside).rglob("__pycache__"):
            shutil.rmtree(folder)
        _move(name, Path(aside), course)
    return exercise
