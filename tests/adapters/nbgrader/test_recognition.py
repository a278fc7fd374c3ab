"""What a notebook is, the source notebook decides, and nothing that a student handed in."""

import json
import sys
from pathlib import Path

import nbformat
import pytest
from demo import points_of
from support.answers import PLAIN
from support.course import configure, copy, gradebook_of, submit
from support.other import OTHER, lay_out_other, submit_other
from support.sample_class import NAME, RELEASE, answering, hand_in
from support.warm import nbgrader

from autograder.adapters.nbgrader.template import template_of
from exercise import POINTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")

ISOLATED = "The student's code runs in a process of its own"
EXIT = "from autograder import grade\nimport os\n\nos._exit(3)"


@pytest.fixture(scope="module")
def mixed(released, tmp_path_factory):
    """A course with our assignment and another one, both released."""
    course = copy(released, tmp_path_factory.mktemp("mixed") / "course")
    lay_out_other(course)
    assert nbgrader(course, course / "release2.log", "generate_assignment", OTHER) == 0
    return course


@pytest.fixture
def course(mixed, tmp_path):
    return copy(mixed, tmp_path / "course")


def autograde(course, name, *options):
    code = nbgrader(course, course / "autograde.log", "autograde", name, *options)
    return code, (course / "autograde.log").read_text(encoding="utf-8")


def test_a_student_of_another_assignment_runs_nothing_in_nbgraders_process(course):
    for spelling in (False, True):  # what the students claim of the cell that a person grades
        submit_other(course, f"a-{spelling}", source=EXIT, solution=spelling)
    submit_other(course, "z-honest")
    code, log = autograde(course, OTHER)
    assert code != 3
    with gradebook_of(course) as gradebook:
        assert gradebook.find_submission(OTHER, "z-honest").score == 2
    assert ISOLATED not in log


def test_metadata_of_a_submission_makes_it_no_other_notebook(course):
    path = submit_other(course, "a-student")
    made = nbformat.read(path, as_version=4)
    made.metadata["autograder"] = {"exercise": NAME, "unreadable": "", "notes": []}
    nbformat.write(made, path)
    code, log = autograde(course, OTHER)
    assert code == 0
    assert ISOLATED not in log
    assert nbgrader(course, course / "feedback.log", "generate_feedback", OTHER) == 0
    page = (course / "feedback" / "a-student" / OTHER / f"{OTHER}.html").read_text(encoding="utf-8")
    assert f"<title>{OTHER}</title>" in page  # nbgrader's own
    assert "default-src &#39;none&#39;" not in page


def test_a_notebook_that_runs_unsandboxed_is_named_once(course):
    for student in ("a-student", "b-student"):
        submit_other(course, student)
    code, log = autograde(course, OTHER)
    assert code == 0
    assert log.count(f"{OTHER}/{OTHER}.ipynb is not graded by this autograder") == 1
    assert "without a sandbox" in log


def test_a_sandbox_that_is_required_refuses_other_notebooks(course):
    configure(course, "c.IsolatedExecute.require_sandbox = True")
    submit_other(course, "a-student", source="open('/tmp/ran-in-kernel', 'w')")
    code, log = autograde(course, OTHER)
    assert code == 1
    assert f"{OTHER}/{OTHER}.ipynb is not graded by this autograder" in log
    assert not (course / "autograded" / "a-student" / OTHER / f"{OTHER}.ipynb").exists()
    submit(course, "a-student", hand_in("right, plainly"))
    assert autograde(course, NAME)[0] == 0


SPELLINGS = {
    "module": ("import autograder\n", "autograder.grade("),
    "alias": ("import autograder as a\n", "a.grade("),
    "name": ("from autograder import grade as g\n", "g("),
    "deep": ("from autograder.submission.hidden_test import grade\n", "grade("),
}


def spelled(course, spelling):
    """Spell the hidden tests of the source another way, and release it."""
    path = course / "source" / NAME / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    line, call = SPELLINGS[spelling]
    for cell in notebook["cells"]:
        source = "".join(cell["source"]).replace("\ngrade(", f"\n{call}")
        cell["source"] = source.replace("from autograder import grade\n", line)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert nbgrader(course, course / "again.log", "generate_assignment", "--force", NAME) == 0


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_test_may_spell_grade_in_any_way(course, spelling):
    spelled(course, spelling)
    marker = Path(course, "outside")
    escape = {**PLAIN, "grad_z": f"open({str(marker)!r}, 'w').close()\n\n{PLAIN['grad_z']}"}
    submit(course, "a-student", hand_in("right, plainly"))
    submit(
        course, "b-student", json.dumps(answering(escape)(json.loads(RELEASE.read_text(encoding="utf-8"))))
    )
    code, log = autograde(course, NAME)
    assert code == 0
    assert ISOLATED in log
    assert not marker.exists()
    with gradebook_of(course) as gradebook:
        assert points_of(gradebook, "a-student") == POINTS


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("{")])
def test_a_source_that_cannot_be_asked_is_no_reason_to_run_unsandboxed(course, damage):
    damage(course / "source" / NAME / f"{NAME}.ipynb")
    submit(course, "a-student", hand_in("right, plainly"))
    code, log = autograde(course, NAME)
    assert code == 1
    assert f"{NAME}/{NAME}.ipynb is missing or damaged" in log
    assert not (course / "autograded" / "a-student" / NAME / f"{NAME}.ipynb").exists()


@pytest.mark.filterwarnings("ignore::nbformat.warnings.MissingIDFieldWarning")
@pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId")
@pytest.mark.parametrize("given", [None, "the-same"])
def test_each_cell_has_an_id_of_its_own(course, given):
    source = course / "source" / NAME / f"{NAME}.ipynb"
    notebook = json.loads(source.read_text())
    for cell in notebook["cells"]:
        cell.pop("id")
        cell.update({"id": given} if given else {})
    source.write_text(json.dumps(notebook))
    template = template_of(source)
    assert len({cell["id"] for cell in template["cells"]}) == len(notebook["cells"]) == len(template["cells"])
