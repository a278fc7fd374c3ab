"""The source notebook as nbgrader knows it: what every submission's trusted notebook is made from."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import reader
from nbformat.validator import normalize
from nbgrader.preprocessors import ClearOutput, ClearSolutions, ComputeChecksums, LockCells

from ...submission.cells import is_graded, name_of
from ...submission.notebook import Notebook
from ...submission.rebuild import KEY
from ...submission.recognition import is_ours

KEPT = 64  # templates


Version = tuple[int, int]


def _parsed(path: Path) -> Any:
    """A notebook in today's format, each cell with an id of its own. What else there is to validate is left
    out: nbformat's schema takes long to compile."""
    _, notebook = normalize(nbformat.convert(reader.reads(path.read_text(encoding="utf-8")), 4))
    return notebook


@lru_cache(KEPT)
def _template(paths: tuple[Path, ...], source: Path, versions: tuple[Version, ...]) -> Notebook | None:
    """The source notebook, with the course's header and footer around it, solutions open, hidden tests in,
    and checksums; None if one of them cannot be read."""
    notebook: Any
    resources: Any = {}
    try:
        notebook = _parsed(source)
        notebook.cells = [cell for path in paths for cell in _parsed(path).cells]
        for preprocessor in (LockCells(), ClearSolutions(), ClearOutput(), ComputeChecksums()):
            notebook, resources = preprocessor.preprocess(notebook, resources)
    except Exception:  # whatever nbformat and nbgrader make of a damaged notebook
        return None
    template: Notebook = json.loads(json.dumps(notebook))  # plain data, which is copied for every submission
    if not isinstance(template["metadata"].get(KEY, {}), dict):
        del template["metadata"][KEY]
    return template


def _version(path: Path) -> Version:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def _read(source: Path, header: Path | None = None, footer: Path | None = None) -> Notebook | None:
    paths = tuple(path for path in (header, source, footer) if path)
    try:
        versions = tuple(map(_version, paths))
    except OSError:
        return None
    return _template(paths, source, versions)


def template_of(source: Path, header: Path | None = None, footer: Path | None = None) -> Notebook | None:
    """The template of a source notebook; None if there is none, or if it is not graded here. `header` and
    `footer` are notebooks whose cells the course puts around it."""
    template = _read(source, header, footer)
    return template if template is not None and is_ours(template) else None


def ours_in(folder: Path) -> list[Path]:
    """The source notebooks in a folder that are graded here."""
    return [path for path in sorted(folder.glob("*.ipynb")) if template_of(path) is not None]


def is_readable(source: Path) -> bool:
    """Whether the source notebook can tell at all what it is."""
    return _read(source) is not None


def graded_cells(source: Path) -> list[str]:
    """The graded cells of a source notebook in their order; none for a notebook of others."""
    template = template_of(source)
    return [name_of(cell) for cell in template["cells"] if is_graded(cell)] if template else []
