"""What students would get of an assignment: made by nbgrader in a course aside, and searched for secrets."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from ..exercises import find, private_of, source_of
from ..submission.cells import source_of as text_of
from ..submission.notebook import read_notebook

SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", re.DOTALL)
TELLING = 9  # characters, from which on a line can only be there because it leaked
HARMLESS = re.compile(r"(raise NotImplementedError.*|return \{|[\]})\"'\s,]*)$")
IGNORED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
FAILED = "nbgrader cannot make the release: {reason}"
LEAKS = "{file} of the release holds {text!r}, which is {whose}"
OF_SOLUTION, OF_TESTS, OF_FORMULAS = "of a solution", "of a hidden test", "of the formulas"


class NoRelease(Exception):
    """nbgrader refused to make the release; the message says why."""


def _lines(text: str) -> Iterator[str]:
    """The lines that would tell something."""
    for line in map(str.strip, text.splitlines()):
        if len(line) >= TELLING and not HARMLESS.match(line):
            yield line


def _formulas(private: Path, questions: Collection[str]) -> Iterator[str]:
    """What the functions of the formulas return."""
    path = private / "gradients.py"
    tree = ast.parse(path.read_bytes()) if path.is_file() else ast.Module([], [])
    functions = (f for f in tree.body if isinstance(f, ast.FunctionDef) and f.name in questions)
    returned = (n.value for f in functions for n in ast.walk(f) if isinstance(n, ast.Return) and n.value)
    yield from (text for value in returned if len(text := ast.unparse(value)) >= TELLING)


def _secrets(source: Path, private: Path, questions: Collection[str]) -> Iterator[tuple[str, str]]:
    """What must not be in a release, and whose it is."""
    cells = (text_of(c) or "" for path in source.glob("*.ipynb") for c in read_notebook(path)["cells"])
    for text in cells:
        for pattern, whose in ((SOLUTION, OF_SOLUTION), (HIDDEN, OF_TESTS)):
            yield from ((line, whose) for found in pattern.findall(text) for line in _lines(found))
    yield from ((text, OF_FORMULAS) for text in _formulas(private, questions))


def _make(name: str, source: Path, course: Path) -> Path:
    """Have nbgrader make the release of an assignment in an empty course; raises NoRelease."""
    shutil.copytree(source, course / "source" / name, ignore=IGNORED)
    own = Path(sys.executable).parent  # nbgrader calls alembic, which has to be on the PATH
    environment = {**os.environ, "PATH": f"{own}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", name]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise NoRelease(FAILED.format(reason=said[-1]))
    return course / "release" / name


def leaks(name: str, course: Path | None) -> list[str]:
    """What the release of an assignment gives away, in words; raises NoRelease."""
    source = source_of(name, course)
    asked = find(name, course).public.asked
    secrets = list(_secrets(source, private_of(name, course), asked))
    found = []
    with tempfile.TemporaryDirectory(prefix="autograder-") as aside:
        release = _make(name, source, Path(aside))
        for path in sorted(release.rglob("*")):
            text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
            shown = "\n".join(_code(path, text))
            found += [LEAKS.format(file=path.name, text=t, whose=w) for t, w in secrets if t in shown]
    return list(dict.fromkeys(found))


def _code(path: Path, text: str) -> Iterator[str]:
    """The code in a file: of a notebook its cells, where quotes are not escaped."""
    if path.suffix != ".ipynb":
        yield text
        return
    yield from (text_of(cell) or "" for cell in read_notebook(path)["cells"])
