"""The private half of each exercise: its gradients and the mistakes that are its own. One folder each.

The public half, `exercise.py`, lies in source/NAME, which students get. A course may bring exercises of
its own: the public half in COURSE/source/NAME, the private one in COURSE/exercises/NAME.
"""

import importlib.util
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from backprop_lab.model import Exercise

from ..judging.exercise import GradedExercise

HERE = Path(__file__).parent
PUBLIC, PRIVATE = "exercise.py", "__init__.py"

UNKNOWN = "there is no exercise {name!r}. There are: {known}."
BROKEN = "{path} cannot be loaded ({kind}: {reason}). Mend it; nothing was graded with it."
NO_EXERCISE = "{path} defines no {what}. See the exercises that come with the autograder."


class ExerciseError(Exception):
    """There is no such exercise, or it cannot be used; the message says where and why."""


def own_sources() -> Path:
    """The folder of the public halves that come with the autograder: in the wheel, or in the clone."""
    packaged = HERE.parent / "assignment" / "source"
    return packaged if packaged.is_dir() else HERE.parents[1] / "source"


def _folders(course: Path | None, name: str, own: Path, file: str) -> Iterator[Path]:
    """Where a half may lie, the course's own first."""
    if course:
        yield course / name
    yield own


def _half(name: str, folders: Iterator[Path], file: str) -> Path | None:
    return next((f / name for f in folders if (f / name / file).is_file()), None)


def source_of(name: str, course: Path | None = None) -> Path:
    """The folder of an exercise's public half; raises ExerciseError."""
    found = _half(name, _folders(course, "source", own_sources(), PUBLIC), PUBLIC)
    if found is None:
        raise ExerciseError(UNKNOWN.format(name=name, known=", ".join(names(course))))
    return found


def _private(name: str, course: Path | None) -> Path | None:
    return _half(name, _folders(course, "exercises", HERE, PRIVATE), PRIVATE)


def names(course: Path | None = None) -> tuple[str, ...]:
    """The exercises that can be graded, those of the course among them."""
    folders = _folders(course, "exercises", HERE, PRIVATE)
    found = {path.parent.name for folder in folders for path in folder.glob(f"*/{PRIVATE}")}
    return tuple(sorted(found))


def _load(path: Path, name: str) -> ModuleType:
    """A module from its file, under a name of its own; raises ExerciseError."""
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[str(path.parent)])
    if spec is None or spec.loader is None:
        raise ExerciseError(BROKEN.format(path=path, kind="ImportError", reason="it is no Python file"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise ExerciseError(BROKEN.format(path=path, kind=type(error).__name__, reason=error)) from error
    return module


def _attribute(module: ModuleType, what: str) -> Any:
    if not hasattr(module, what):
        raise ExerciseError(NO_EXERCISE.format(path=module.__file__, what=what))
    return getattr(module, what)


@lru_cache(maxsize=32)
def _find(public: Path, private: Path) -> GradedExercise:
    name = f"{private.name}_{abs(hash((public, private)))}"
    exercise: Exercise = _attribute(_load(public / PUBLIC, f"autograder_public_{name}"), "EXERCISE")
    graded: GradedExercise = _attribute(_load(private / PRIVATE, f"autograder_private_{name}"), "graded")(
        exercise
    )
    return graded


def find(name: str, course: Path | None = None) -> GradedExercise:
    """The exercise of that name, from its two halves; raises ExerciseError."""
    public, private = source_of(name, course), _private(name, course)
    if private is None:
        raise ExerciseError(UNKNOWN.format(name=name, known=", ".join(names(course))))
    return _find(public.resolve(), private.resolve())
