"""The source notebook as nbgrader knows it: what every hand-in's trusted notebook is made from."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.preprocessors import ClearOutput, ClearSolutions, ComputeChecksums, LockCells

from ...submission.notebook import Notebook
from ...submission.rebuild import is_ours


@cache
def _template(source: Path, changed: float) -> Notebook:
    """The source notebook with solutions open, hidden tests in, and checksums."""
    notebook: Any = nbformat.read(source, as_version=4)
    resources: Any = {}
    for preprocessor in (LockCells(), ClearSolutions(), ClearOutput(), ComputeChecksums()):
        notebook, resources = preprocessor.preprocess(notebook, resources)
    template: Notebook = json.loads(json.dumps(notebook))  # plain data, which is copied for every hand-in
    return template


def template_of(source: Path) -> Notebook | None:
    """The template of a source notebook; None if there is none, or if it is not graded by `grade`."""
    if not source.is_file():
        return None
    template = _template(source, source.stat().st_mtime)
    return template if is_ours(template) else None
