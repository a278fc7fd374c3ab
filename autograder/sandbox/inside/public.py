"""The public half of an exercise, loaded before any student code: `from exercise import …` finds it there.

It is the instructor's, from the folder that the grader names, and never a file of that name beside a
student's notebook. Its modules are kept apart by folder, so that several exercises can be graded by one
process. Its files cannot be read later: what it reads, it has to read when it is imported.
"""

import ast
import contextlib
import importlib
import io
import os
import pkgutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import backprop_lab

from ..limits import LOADED

ENTRY = "exercise"

NO_EXERCISE = "there is no {file}"
BROKEN = "the exercise in {folder} cannot be loaded ({reason}). Correct it; no code of a student's was run."

Modules = dict[str, ModuleType]
Stamp = dict[str, tuple[int, int] | None]


class ExerciseBroken(Exception):
    """The public half cannot be imported, which is no student's fault; the message says why."""


def load_lab() -> None:
    """Load all of the lab, also what is imported only when it is needed: later, its files are closed."""
    for found in pkgutil.iter_modules(backprop_lab.__path__):
        importlib.import_module(f"{backprop_lab.__name__}.{found.name}")


def _own(folder: str) -> Modules:
    """Return the loaded modules that came from the folder."""
    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    own = [n for n, f in files.items() if f and f.startswith(folder + os.sep) and _top(n) not in LOADED]
    return {name: sys.modules[name] for name in own}


def _top(name: str) -> str:
    return name.partition(".")[0]


def _imports(module: ModuleType) -> set[str]:
    """Return the names that a module imports anywhere, also in functions that were not called yet."""
    nodes = list(ast.walk(ast.parse(Path(str(module.__file__)).read_bytes())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module and not n.level}


def _is_there(name: str, folder: str) -> bool:
    place = Path(folder, *name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def _import_all(folder: str) -> None:
    """Import the entry and every module of the folder that it imports, at once or one day."""
    exec(f"from {ENTRY} import *", {})
    seen: set[str] = set()
    while new := {n for m in _own(folder).values() for n in _imports(m)} - seen:
        seen |= new
        for name in new:
            if _top(name) not in LOADED and _is_there(name, folder):
                importlib.import_module(name)


def _forget_listing(folder: str) -> None:
    """Have the import system look at the folder anew; `importlib.invalidate_caches` would, from Python 3.13
    on, import a module for it, whose file may be closed by now."""
    for place in list(sys.path_importer_cache):
        if place == folder or place.startswith(folder + os.sep):
            del sys.path_importer_cache[place]


@contextmanager
def _importing_from(folder: str) -> Iterator[None]:
    """Import from the folder first, in silence, leaving no files there and no names behind."""
    writes_nothing, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.path.insert(0, folder)
    _forget_listing(folder)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        sys.path.remove(folder)
        sys.dont_write_bytecode = writes_nothing
        for name in _own(folder):
            del sys.modules[name]


def _words(error: BaseException, folder: str) -> str:
    """Return what went wrong, and in which line of the exercise."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(folder)]
    place = f", {Path(frames[-1].filename).name} line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}{place}"


def load(folder: str) -> Modules:
    """Import the public half in the folder; return its modules. Raise ExerciseBroken if that fails."""
    entry = Path(folder, f"{ENTRY}.py")
    if not entry.is_file():
        raise ExerciseBroken(BROKEN.format(folder=folder, reason=NO_EXERCISE.format(file=entry.name)))
    try:
        with _importing_from(folder):
            _import_all(folder)
            return _own(folder)
    except (Exception, SystemExit) as error:
        raise ExerciseBroken(BROKEN.format(folder=folder, reason=_words(error, folder))) from None


def names_beside(modules: Modules) -> set[str]:
    """Return what the files and folders of these modules are called, beside a notebook."""
    tops = {_top(name) for name in modules}
    return {f"{top}.py" for top in tops} | {top for top in tops if hasattr(modules[top], "__path__")}


def _stamp(modules: Modules) -> Stamp:
    """Return what tells whether the files of modules have changed."""
    found: Stamp = {}
    for module in modules.values():
        path = str(module.__file__)
        try:
            state = os.stat(path)  # noqa: PTH116 - half the time of Path, at every start
            found[path] = (state.st_mtime_ns, state.st_size)
        except OSError:
            found[path] = None
    return found


class Exercises:
    """The public halves that are loaded, by folder. One whose files have changed is loaded anew: a server
    may live for a whole term."""

    def __init__(self) -> None:
        self._loaded: dict[str, tuple[Stamp, Modules]] = {}

    def modules(self, folder: str | None) -> tuple[Modules, bool]:
        """Return the modules of the public half in a folder, and whether they are new; raise
        ExerciseBroken."""
        if folder is None:
            return {}, False
        if folder in self._loaded:
            stamp, modules = self._loaded[folder]
            if stamp == _stamp(modules):
                return modules, False
        modules = load(folder)
        self._loaded[folder] = _stamp(modules), modules
        return modules, True
