"""nbgrader, grading in isolation. In a course's nbgrader_config.py:

    from autograder.adapters.nbgrader.autograde import configure
    configure(c)

Notebooks that are not graded by `grade` go through nbgrader's own ways.
"""

import atexit
import os
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.api import Gradebook
from nbgrader.converters import base
from nbgrader.preprocessors import Execute, NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import find_all_files
from traitlets import Bool, Float

from ...sandbox.processes import Sandbox, open_sandbox
from ...sandbox.supervised import SupervisedSandbox
from ...submission.annotate import note, show_notes
from ...submission.execute import Graded, run, unjudged
from ...submission.hidden_test import material_for
from ...submission.notebook import read_notebook
from ...submission.rebuild import about, is_ours, trusted
from ...submission.session import Session
from .database import transaction
from .pages import configure_pages
from .template import template_of

ODD = "%s: %s: %s"
REVIEW = "%s: %s could not be judged and needs review: see the cell"
REPORT = "The student's code runs in a process of its own:\n%s"
GRADED = "autograder_graded"  # in nbconvert's resources: what became of the notebook


# What is graded: the trusted notebook


class TrustedExporter(NotebookExporter):
    """Reads a hand-in as its trusted notebook; reads what was sanitised already as it is."""

    def _source_of(self, resources: Any) -> Path:
        converter: Any = self.parent
        folders, names = converter.coursedir, resources["nbgrader"]
        place = folders.format_path(folders.source_directory, ".", names["assignment"])
        return Path(place, f"{names['notebook']}.ipynb")

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> Any:
        """The exported notebook and its resources; in place of what was handed in, the trusted one."""
        sanitizing = getattr(self.parent, "_sanitizing", False)
        template = template_of(self._source_of(resources)) if sanitizing else None
        if template is None:
            return super().from_filename(filename, resources=resources, **options)
        path = Path(filename)
        notebook = trusted(template, partial(read_notebook, path))
        notes = about(notebook)["notes"]
        for words in notes:
            self.log.error(ODD, resources["nbgrader"]["student"], path, words)
        show_notes(notebook)
        resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
        return super().from_notebook_node(nbformat.from_dict(notebook), resources=resources, **options)


# How it is run


class IsolatedExecute(Execute):
    """Runs the student's cells in a process of their own, and the graded cells in the grader."""

    unconfined = Bool(
        False, help="Go on where files or network cannot be closed off to the student's code."
    ).tag(config=True)
    cell_time = Float(20.0, help="Seconds that a cell may take.").tag(config=True)
    notebook_time = Float(120.0, help="Seconds that a notebook may take.").tag(config=True)

    _sandbox: SupervisedSandbox | None = None

    def _ready_sandbox(self) -> SupervisedSandbox:
        """What starts the students' processes of this run, started and reported at the first notebook."""
        if IsolatedExecute._sandbox is None:
            sandbox = SupervisedSandbox(open_sandbox(), self.unconfined)
            atexit.register(sandbox.close)
            self.log.info(REPORT, "\n".join(sandbox.ready().report()))
            IsolatedExecute._sandbox = sandbox
        return IsolatedExecute._sandbox

    def _run(self, notebook: Any, resources: Any) -> Graded:
        folder, names = Path(resources["metadata"]["path"]).resolve(), resources["nbgrader"]
        points, kept = material_for(folder, names["assignment"], names["student"])

        def work(sandbox: Sandbox) -> Graded:
            with Session(sandbox, [folder], self.cell_time, self.notebook_time) as session:
                return run(notebook, session, points, kept)

        return self._ready_sandbox().use(work)

    def preprocess(self, nb: Any, resources: Any, **options: Any) -> Any:
        """Fill the outputs of a notebook, and note the points of its graded cells."""
        if not is_ours(nb):
            return super().preprocess(nb, resources, **options)
        reason = about(nb).get("unreadable")
        resources[GRADED] = unjudged(nb, reason) if reason else self._run(nb, resources)
        for cell in nb.cells:
            if "outputs" in cell:
                cell["outputs"] = [nbformat.from_dict(output) for output in cell["outputs"]]
        return nb, resources


# How it is recorded


class SaveGrades(SaveAutoGrades):
    """Records the verdict's points. Text in a notebook is for people: no score is read from it.

    All of a hand-in is recorded in one transaction: a commit for each cell, as nbgrader does it, takes
    longer than the grading.
    """

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Record the points of the graded cells, and note the verdicts in the notebook."""
        if GRADED in resources:
            note(nb, resources[GRADED])
        names = resources["nbgrader"]
        self.notebook_id, self.assignment_id = names["notebook"], names["assignment"]
        self.student_id, self.db_url = names["student"], names["db_url"]
        with Gradebook(self.db_url) as self.gradebook, transaction(self.gradebook.db):
            return NbGraderPreprocessor.preprocess(self, nb, resources)

    def _add_score(self, cell: Any, resources: Any) -> None:
        name = cell.metadata.nbgrader["grade_id"]
        verdicts = resources[GRADED].verdicts if GRADED in resources else {}
        if name not in verdicts:
            super()._add_score(cell, resources)
            return
        points = verdicts[name].points
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        grade.auto_score = points
        grade.needs_manual_grade = points is None or grade.manual_score is not None
        if points is None:
            self.log.error(REVIEW, self.student_id, name)


def _files_without_links(path: str, exclude: list[str] | None = None) -> list[str]:
    """nbgrader's list of the files to copy, less the links: one might lead to the gradebook."""
    return [name for name in find_all_files(path, exclude) if not os.path.islink(name)]  # noqa: PTH114


def configure(c: Any) -> None:
    """Have nbgrader grade in isolation, and make safe pages: `c` is what nbgrader_config.py gets from
    get_config()."""
    base.find_all_files = _files_without_links
    configure_pages(c)
    c.Autograde.exporter_class = TrustedExporter
    c.Autograde.autograde_preprocessors = [
        IsolatedExecute,
        "nbgrader.preprocessors.IgnorePattern",
        "nbconvert.preprocessors.ClearMetadataPreprocessor",
        "nbgrader.preprocessors.LimitOutput",
        SaveGrades,
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
