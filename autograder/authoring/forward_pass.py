"""A file with a forward pass: read, and refused with a sentence where no exercise can be made of it."""

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import cast

from backprop_lab.model import Exercise, Operation, Values, WholePass

from ..judging.drawing import Draw, drawer
from . import soundness

MODULE = "autograder_forward_pass"
EXAMPLE = ("numbers", "example")  # what the function may be called that gives the example

NO_FILE = "{path} cannot be read ({reason})."
NOT_PYTHON = "{path} cannot be run: {kind} in line {line}: {reason}."
NO_GRAPH = (
    "{path} has to define GRAPH, a tuple of operations in the order of the forward pass: "
    'GRAPH = (Operation("z", output, ("w", "x"), "w·x", r"z = w \\cdot x"), …).'
)
NO_EXAMPLE = "{path} has to define a function numbers() that returns the inputs of the example, by letter."
UNKNOWN_LETTER = "{path}: {name} names {letters}; the inputs of the example are {known}."
BAD_SHAPES = "{path}: SHAPES has to give a tuple of sizes and names for each letter, such as ('N', 2)."


class Refused(Exception):
    """No exercise can be made of this; the message says what is wrong, and where."""


@dataclass(frozen=True)
class ForwardPass:
    """What a file says of a network. `data` are the inputs that no gradient is asked for; what is `positive`
    has no other sign."""

    path: Path
    title: str
    text: str
    exercise: Exercise  # with no question yet
    data: tuple[str, ...]
    positive: tuple[str, ...]
    meanings: Mapping[str, str]

    @property
    def draw(self) -> Draw:
        """A function that draws inputs like those of the example."""
        return drawer(self.exercise, self.positive)


def _line_of(error: BaseException, path: Path) -> int | str:
    """The line of the file that an error comes from."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or "?"
    trace, line = error.__traceback__, None
    while trace:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line or "?"


def _failed(path: Path, error: BaseException) -> Refused:
    words = {"kind": type(error).__name__, "line": _line_of(error, path), "reason": error}
    return Refused(NOT_PYTHON.format(path=path, **words))


def _run(path: Path) -> tuple[ModuleType, str]:
    """The file as a module, and its text; raises Refused."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(NO_FILE.format(path=path, reason=error)) from None
    spec = importlib.util.spec_from_file_location(MODULE, path)
    if spec is None or spec.loader is None:
        raise Refused(NO_FILE.format(path=path, reason="it is no Python file: its name has to end in .py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module  # dataclasses look for their module there
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise _failed(path, error) from error
    finally:
        del sys.modules[MODULE]
    return module, text


def _graph(module: ModuleType, path: Path) -> tuple[Operation, ...]:
    graph = getattr(module, "GRAPH", ())
    if not isinstance(graph, tuple | list) or not graph or not all(isinstance(o, Operation) for o in graph):
        raise Refused(NO_GRAPH.format(path=path))
    return tuple(graph)


def _example(module: ModuleType, path: Path) -> Callable[[], Values]:
    found = next((getattr(module, name) for name in EXAMPLE if hasattr(module, name)), None)
    try:
        values = found() if callable(found) else None
    except Exception as error:
        raise _failed(path, error) from error
    if not isinstance(values, dict) or not values or not all(isinstance(letter, str) for letter in values):
        raise Refused(NO_EXAMPLE.format(path=path))
    return cast(Callable[[], Values], found)


def _letters(module: ModuleType, name: str, example: Values, path: Path) -> tuple[str, ...]:
    """The letters that the file lists under a name, all of them inputs; raises Refused."""
    given = getattr(module, name, ())
    letters = (given,) if isinstance(given, str) else tuple(given)
    if unknown := [str(letter) for letter in letters if letter not in example]:
        words = {"letters": ", ".join(unknown), "known": ", ".join(example)}
        raise Refused(UNKNOWN_LETTER.format(path=path, name=name, **words))
    return letters


def _shapes(module: ModuleType, example: Values, path: Path) -> Mapping[str, tuple[int | str, ...]] | None:
    shapes = getattr(module, "SHAPES", None)
    if shapes is None:
        return None
    if not isinstance(shapes, dict) or not all(isinstance(shape, tuple) for shape in shapes.values()):
        raise Refused(BAD_SHAPES.format(path=path))
    _letters(module, "SHAPES", example, path)
    if not all(isinstance(size, int | str) for shape in shapes.values() for size in shape):
        raise Refused(BAD_SHAPES.format(path=path))
    return shapes


def _title(module: ModuleType, name: str) -> str:
    """The title: TITLE, or the first line of the file's docstring, or the exercise's name in words."""
    first = next(iter((module.__doc__ or "").strip().splitlines()), "")
    return getattr(module, "TITLE", "") or first.rstrip(".") or name.replace("_", " ").capitalize()


def read_forward_pass(path: Path, name: str) -> ForwardPass:
    """Read the forward pass that is to become the exercise `name`; raises Refused."""
    module, text = _run(path)
    graph, example = _graph(module, path), _example(module, path)
    inputs = example()
    exercise = Exercise(
        name,
        graph,
        questions=(),
        whole=WholePass("backward"),
        example=example,
        layout=getattr(module, "LAYOUT", None),
        shapes=_shapes(module, inputs, path),
    )
    data, positive = (_letters(module, constant, inputs, path) for constant in ("DATA", "POSITIVE"))
    meanings = {str(letter): str(words) for letter, words in dict(getattr(module, "WORDS", {})).items()}
    found = ForwardPass(path, _title(module, name), text, exercise, data, positive, meanings)
    if reason := soundness.fault(exercise, data, found.draw):
        raise Refused(f"{path}: {reason}")
    return found
