"""The source notebook as nbgrader knows it: what every submission's trusted notebook is made from."""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.preprocessors import ClearOutput, ClearSolutions, ComputeChecksums, LockCells

from ...submission.notebook import Notebook
from ...submission.rebuild import KEY, is_graded, name_of
from ...submission.recognition import is_ours

KEPT = 64  # templates


@lru_cache(KEPT)
def _template(source: Path, version: tuple[int, int]) -> Notebook | None:
    """The source notebook with solutions open, hidden tests in, and checksums; None if it cannot be read."""
    notebook: Any
    resources: Any = {}
    try:
        notebook = nbformat.read(source, as_version=4)
        for preprocessor in (LockCells(), ClearSolutions(), ClearOutput(), ComputeChecksums()):
            notebook, resources = preprocessor.preprocess(notebook, resources)
    except Exception:  # whatever nbformat and nbgrader make of a damaged notebook
        return None
    template: Notebook = json.loads(json.dumps(notebook))  # plain data, which is copied for every submission
    if not isinstance(template["metadata"].get(KEY, {}), dict):
        del template["metadata"][KEY]
    return template


def _read(source: Path) -> Notebook | None:
    try:
        status = source.stat()
    except OSError:
        return None
    return _template(source, (status.st_mtime_ns, status.st_size))


def template_of(source: Path) -> Notebook | None:
    """The template of a source notebook; None if there is none, or if it is not graded here."""
    template = _read(source)
    return template if template is not None and is_ours(template) else None


def templates(folder: Path) -> Iterator[tuple[Path, Notebook]]:
    """The source notebooks in a folder that are graded here, and the template of each."""
    for path in sorted(folder.glob("*.ipynb")):
        if template := template_of(path):
            yield path, template


def is_readable(source: Path) -> bool:
    """Whether the source notebook can tell at all what it is."""
    return _read(source) is not None


def graded_cells(source: Path) -> list[str]:
    """The graded cells of a source notebook in their order; none for a notebook of others."""
    template = template_of(source)
    return [name_of(cell) for cell in template["cells"] if is_graded(cell)] if template else []
