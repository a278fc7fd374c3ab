"""Packages that a notebook imports and that are not installed where it is graded: no student's mistake.

What is blamed on a package is left to a person, never given zero. A package that exists nowhere looks the
same from here.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from .rebuild import defined_in

MISSING = (
    "{package} is not installed where this is graded, and the answer needs it. Install it for grading "
    "and grade again, or give the points yourself."
)
NOTED = "imports {package}, which is not installed where this is graded"
NO_MODULE = re.compile(r"No module named '([A-Za-z_]\w{0,60})['.]")
NOT_DEFINED = re.compile(r"name '(\w{1,100})' is not defined")
ALL = "*"


def missing_package(kind: Any, text: Any) -> str:
    """The package that a student's exception says is not there, if that is so; else ""."""
    found = NO_MODULE.match(text) if kind == "ModuleNotFoundError" and isinstance(text, str) else None
    return found[1] if found and not _is_installed(found[1]) else ""


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ValueError:  # loaded, and without a place it came from
        return True


def _imported(source: str) -> Iterator[str]:
    """The names that a cell's imports would have made; ALL for a star."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)


@dataclass
class Lacking:
    """The packages that one notebook lacked: which names are not defined for want of which package, and
    what the calls since the last `start` failed for."""

    names: dict[str, str] = field(default_factory=dict)
    blamed: str = ""

    @property
    def packages(self) -> frozenset[str]:
        """All of them."""
        return frozenset(self.names.values())

    def note_cell(self, source: str, package: str) -> None:
        """A cell stopped at an import: what it would have defined is missing."""
        for name in (package, *_imported(source), *defined_in(source)):
            self.names.setdefault(name, package)

    def blame_for(self, name: str) -> str:
        """The package for want of which a name is not defined, "" if it is the student's own doing."""
        return self.names.get(name) or self.names.get(ALL, "")

    def start(self) -> None:
        """Another answer is judged."""
        self.blamed = ""

    def note_call(self, kind: Any, text: Any) -> None:
        """An answer raised this exception."""
        package = missing_package(kind, text)
        if package:
            self.names.setdefault(package, package)
        elif kind in ("NameError", "UnboundLocalError") and isinstance(text, str):
            package = self.blame_for(found[1]) if (found := NOT_DEFINED.match(text)) else ""
        self.blamed = self.blamed or package
