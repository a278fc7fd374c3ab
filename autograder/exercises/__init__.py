"""The private half of each exercise: its gradients and the mistakes that are its own. One folder each.

The public half, `exercise.py`, lies in source/NAME, which students get. A course may bring exercises of
its own: the public half in COURSE/source/NAME, the private one in COURSE/exercises/NAME.
"""

import ast
import importlib.util
import sys
from collections.abc import Callable, Collection, Iterator
from functools import cache, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from backprop_lab.hints import FILE
from backprop_lab.model import Exercise

from ..judging.exercise import GradedExercise

HERE = Path(__file__).parent
PUBLIC, PRIVATE = "exercise.py", "__init__.py"

UNKNOWN = "there is no exercise {name!r}. There are: {known}."
BROKEN = "{path} cannot be loaded ({kind}: {reason}). Mend it; nothing was graded with it."
NO_EXERCISE = "{path} defines no {what}. See the exercises that come with the autograder."
NONE_HERE = "there is no exercise in {folder}/source that can be graded"
NOBODY_ASKS = "no exercise asks for {questions}. There are: {known}."
SEVERAL_ASK = "several exercises ask for {questions}: {names}. {remedy}"
REMEDY = 'Say which in the source notebook\'s metadata: "autograder": {"exercise": NAME}.'


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


def private_of(name: str, course: Path | None = None) -> Path:
    """The folder of an exercise's private half; raises ExerciseError."""
    found = _half(name, _folders(course, "exercises", HERE, PRIVATE), PRIVATE)
    if found is None:
        raise ExerciseError(UNKNOWN.format(name=name, known=", ".join(names(course))))
    return found


def names(course: Path | None = None) -> tuple[str, ...]:
    """The exercises that can be graded, those of the course among them."""
    folders = _folders(course, "exercises", HERE, PRIVATE)
    found = {path.parent.name for folder in folders for path in folder.glob(f"*/{PRIVATE}")}
    return tuple(sorted(found))


def gradable(course: Path) -> list[str]:
    """The exercises whose public halves lie in a course; raises ExerciseError if there is none."""
    found = [name for name in names(course) if (course / "source" / name / PUBLIC).is_file()]
    if not found:
        raise ExerciseError(NONE_HERE.format(folder=course))
    return found


def _load(path: Path, name: str) -> ModuleType:
    """A module from its file, under a name of its own; raises ExerciseError."""
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[str(path.parent)])
    if spec is None or spec.loader is None:
        raise ExerciseError(BROKEN.format(path=path, kind="ImportError", reason="it is no Python file"))
    module = importlib.util.module_from_spec(spec)
    for stale in [known for known in sys.modules if known.startswith(f"{name}.")]:
        del sys.modules[stale]  # of a folder that has been edited since
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
def _public(folder: Path) -> ModuleType:
    return _load(folder / PUBLIC, f"autograder_public_{folder.name}_{abs(hash(folder))}")


def _private(folder: Path) -> ModuleType:
    return _load(folder / PRIVATE, f"autograder_private_{folder.name}_{abs(hash(folder))}")


@lru_cache(maxsize=32)
def _find(public: Path, private: Path) -> GradedExercise:
    exercise: Exercise = _attribute(_public(public), "EXERCISE")
    graded: GradedExercise = _attribute(_private(private), "graded")(exercise)
    return graded


def find(name: str, course: Path | None = None) -> GradedExercise:
    """The exercise of that name, from its two halves; raises ExerciseError."""
    return _find(source_of(name, course).resolve(), private_of(name, course).resolve())


def formulas(name: str, course: Path | None = None) -> dict[str, Callable[..., Any]]:
    """The formulas of an exercise's private half, by question, some of them perhaps still to be written."""
    return dict(getattr(_private(private_of(name, course).resolve()), "GRADIENTS", {}))


def shown_points(name: str, course: Path | None = None) -> dict[str, float]:
    """What the visible check says that each question is worth; raises ExerciseError."""
    return dict(_attribute(_public(source_of(name, course).resolve()), "POINTS"))


def named(assignment: str, questions: Collection[str], course: Path | None = None) -> str:
    """The exercise that an assignment is about: the one of its name, or the one that asks for most of these
    questions; raises ExerciseError."""
    known = names(course)
    if assignment in known:
        return assignment
    counts = {name: len(set(questions) & find(name, course).public.asked.keys()) for name in known}
    found = [name for name in known if counts[name] and counts[name] == max(counts.values())]
    words = {"questions": ", ".join(sorted(questions)), "known": ", ".join(known), "names": ", ".join(found)}
    if not found:
        raise ExerciseError(NOBODY_ASKS.format(**words))
    if len(found) > 1:
        raise ExerciseError(SEVERAL_ASK.format(remedy=REMEDY, **words))
    return found[0]


def mistake_names(course: Path | None = None) -> frozenset[str]:
    """What known mistakes are called, in all exercises: the names that a course's policy may use."""
    return frozenset().union(*(find(name, course).mistake_names for name in names(course)))


@cache
def modules_of(public: Path) -> frozenset[str]:
    """The files of a public half that its `exercise.py` consists of: itself, those that it imports, and the
    sealed hints, which only the visible check opens."""
    found: set[str] = {FILE}
    new = {PUBLIC}
    while new:
        found |= new
        tree = [node for file in new for node in ast.walk(ast.parse((public / file).read_bytes()))]
        said = {n for node in tree for n in _mentioned(node)}
        new = {f"{name}.py" for name in said if (public / f"{name}.py").is_file()} - found
    return frozenset(found)


def _mentioned(node: ast.AST) -> Iterator[str]:
    """The modules that a node imports, as a statement or by name."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
    if isinstance(node, ast.Call):
        yield from (str(a.value) for a in node.args if isinstance(a, ast.Constant))
