"""nbgrader's autograding through our pipeline, for the notebooks whose source says that they are ours.

Of what a student handed in nothing reaches nbgrader but the executed notebook: it sanitizes the template,
and what runs is rebuilt from the submission by the one pipeline there is.
"""

import atexit
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import ExecutePreprocessor
from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute, NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import is_solution, is_task
from traitlets import Bool, Dict, Float, Integer, Unicode
from traitlets.utils.importstring import import_item

from ...class_run.gradebook import CourseError
from ...class_run.submissions import Bounds, Rules, read_submission
from ...sandbox import open_sandbox
from ...sandbox.limits import Limits
from ...submission.cells import is_graded, name_of
from ...submission.notebook import Notebook
from ...submission.pipeline import CELL_TIME, NOTEBOOK_TIME, Done, Workshop
from ...submission.rebuild import KEY
from ...submission.recognition import imports_autograder
from .course import Course
from .database import transaction
from .gradebook import find_cells, released_tests
from .template import is_readable
from .writer import NO_RESPONSE

ODD = "%s: %s: %s"
REVIEW = "%s: %s could not be judged and needs review: see the cell"
REPORT = "The student's code runs in a process of its own:\n%s"
NOT_OURS = (
    "{path} is not graded by this autograder: its students' code runs in nbgrader's own kernel, without a "
    "sandbox. (If its tests should call `grade`, they do not, or it is not there.)"
)
DONE = "autograder_done"  # in nbconvert's resources: what became of the submission


SOURCE_NEEDED = (
    "{path} is missing or damaged, and by its gradebook it is graded by this autograder. Nothing was run: "
    "restore it, for the sandbox needs it."
)


class SandboxRequired(Exception):
    """A notebook would run without a sandbox, and must not."""


def course_of(converter: Any, names: Any) -> Course:
    """The notebook that a converter of nbgrader's is at work on."""
    return Course(converter, names["assignment"], names["notebook"])


class TemplateExporter(NotebookExporter):
    """Has nbgrader sanitize the template in place of what was submitted, which may be anything."""

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> Any:
        """The exported notebook and its resources."""
        converter: Any = self.parent
        if not converter._sanitizing:
            return super().from_filename(filename, resources=resources, **options)
        path = Path(filename)
        resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
        template = course_of(converter, resources["nbgrader"]).template
        notebook = nbformat.from_dict(json.loads(json.dumps(template)))
        return super().from_notebook_node(notebook, resources=resources, **options)


# How it is run


def _max_scores(names: Any) -> Mapping[str, float]:
    """The points of a notebook's graded cells, by the gradebook."""
    with Gradebook(names["db_url"]) as gradebook:
        cells = find_cells(gradebook.db, names["assignment"], names["notebook"])
    return cells.max_scores if cells else {}


def _was_ours(course: Course) -> bool:
    """Whether a notebook whose source cannot be asked was ours when it was released."""
    if is_readable(course.source):
        return False
    with Gradebook(course.folders.db_url) as gradebook:
        tests = released_tests(gradebook.db, course.assignment, course.source.stem)
    return any(map(imports_autograder, tests))


class IsolatedExecute(Execute):
    """Runs the student's cells in a sandbox, and the graded cells in the grader."""

    unconfined = Bool(
        False, help="Go on where files or network cannot be closed off to the student's code."
    ).tag(config=True)
    cell_time = Float(CELL_TIME, help="Seconds that a cell may take.").tag(config=True)
    notebook_time = Float(NOTEBOOK_TIME, help="Seconds that a notebook may take.").tag(config=True)
    require_sandbox = Bool(
        False, help="Refuse to autograde the course's other notebooks, which would run without a sandbox."
    ).tag(config=True)

    limits = Dict(
        key_trait=Unicode(),
        value_trait=Integer(),
        help="Limits of a student's process that are not the ordinary ones: processor_time, memory, "
        "file_size, workspace, processes, open_files.",
    ).tag(config=True)

    _shop: Workshop | None = None
    _named: set[str] = set()  # noqa: RUF012 - of the whole run

    def bounds(self) -> Bounds:
        """What a submission may take; raises CourseError for a limit that there is not."""
        try:
            limits = Limits.of(self.limits)
        except ValueError as error:
            raise CourseError(f"c.IsolatedExecute.limits: {error}") from None
        return Bounds(self.cell_time, self.notebook_time, limits)

    def _workshop(self) -> Workshop:
        """Where the submissions of this run are graded, opened and reported at the first."""
        if IsolatedExecute._shop is None:
            shop = Workshop(open_sandbox(), self.unconfined)
            atexit.register(shop.close)
            self.log.info(REPORT, "\n".join(shop.report()))
            IsolatedExecute._shop = shop
        return IsolatedExecute._shop

    def warn_unsandboxed(self, course: Course) -> None:
        """Name a notebook that runs in nbgrader's own kernel; raise SandboxRequired if it must not."""
        if _was_ours(course):
            raise SandboxRequired(SOURCE_NEEDED.format(path=course.source))
        words = NOT_OURS.format(path=course.source)
        if self.require_sandbox:
            raise SandboxRequired(words)
        if words not in self._named:
            self._named.add(words)
            self.log.warning("%s", words)

    def grade(self, course: Course, student: str, max_scores: Mapping[str, float]) -> Done:
        """Send a submission through the pipeline."""
        submission = read_submission(course, student)
        rules = Rules(course, self.bounds(), max_scores)
        done = self._workshop().do(rules.job(submission))
        for words in (*submission.remarks, *done.notes):
            self.log.error(ODD, student, course.submitted(student) / course.source.name, words)
        return done

    def preprocess(self, nb: Any, resources: Any, **options: Any) -> Any:
        """The executed notebook; one of another assignment goes nbgrader's own way."""
        names, exporter = resources["nbgrader"], self.parent
        course = course_of(exporter.parent, names)
        if not course.is_ours:
            return super().preprocess(nb, resources, **options)
        done = self.grade(course, names["student"], _max_scores(names))
        resources[DONE] = done
        return nbformat.from_dict(json.loads(done.notebook)), resources


# How it is recorded


def _note_again(notebook: Any, executed: Notebook) -> None:
    """Put back what our metadata tells, which a course's preprocessors may have cleared."""
    notebook["metadata"][KEY] = nbformat.from_dict(executed["metadata"][KEY])
    noted = {name_of(cell): cell["metadata"][KEY] for cell in executed["cells"] if KEY in cell["metadata"]}
    for cell in notebook["cells"]:
        if name_of(cell) in noted:
            cell["metadata"][KEY] = nbformat.from_dict(noted[name_of(cell)])


class SaveGrades(SaveAutoGrades):
    """Records the judge's verdicts. Text in a notebook is for people: no score is read from it.

    All of a submission is recorded in one transaction: a commit for each cell, as nbgrader does it, takes
    longer than the grading.
    """

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Record the points of the graded cells, and note the verdicts in the notebook."""
        names = resources["nbgrader"]
        self.notebook_id, self.assignment_id = names["notebook"], names["assignment"]
        self.student_id, self.db_url = names["student"], names["db_url"]
        self._done: Done = resources[DONE]
        _note_again(nb, json.loads(self._done.notebook))
        with Gradebook(self.db_url) as self.gradebook, transaction(self.gradebook.db):
            return NbGraderPreprocessor.preprocess(self, nb, resources)

    def _add_score(self, cell: Any, resources: Any) -> None:
        name = name_of(cell)
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        verdict, points = self._done.verdicts.get(name), self._done.auto_score(name, grade.max_score)
        if is_graded(cell) and points is None:
            self.log.error(REVIEW, self.student_id, name)
        if verdict is None or not verdict.log:  # an internal error takes no grade away
            grade.auto_score = points
        grade.needs_manual_grade = points is None or grade.manual_score is not None

    def _add_comment(self, cell: Any, resources: Any) -> None:
        if is_task(cell) or not is_solution(cell):
            super()._add_comment(cell, resources)
            return
        comment = self.gradebook.find_comment(
            name_of(cell), self.notebook_id, self.assignment_id, self.student_id
        )
        comment.auto_comment = NO_RESPONSE if name_of(cell) in self._done.unanswered else None


# In place of a course's own


def kind_of(preprocessor: Any) -> Any:
    """The class of a preprocessor, as a course lists it: by itself, by name, or an object."""
    kind = import_item(preprocessor) if isinstance(preprocessor, str) else preprocessor
    return kind if isinstance(kind, type) else type(kind)


def _place_of_execution(kinds: Sequence[Any]) -> int:
    """Where a course executes; before all else if it does not, or saves grades before it does."""
    places = (n for n, k in enumerate(kinds) if issubclass(k, ExecutePreprocessor | SaveAutoGrades))
    first = next(places, None)
    return first if first is not None and issubclass(kinds[first], ExecutePreprocessor) else 0


def in_our_way(listed: Sequence[Any]) -> list[Any]:
    """A course's list with ours in place of what executes a notebook and of what saves its grades."""
    kinds = [kind_of(preprocessor) for preprocessor in listed]
    chosen = [
        SaveGrades if issubclass(kind, SaveAutoGrades) else preprocessor
        for kind, preprocessor in zip(kinds, listed, strict=True)
        if not issubclass(kind, ExecutePreprocessor)
    ]
    chosen.insert(_place_of_execution(kinds), IsolatedExecute)
    return chosen
