"""nbgrader's own commands, grading in isolation: a batch with attackers among the honest."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from adapters.nbgrader.test_sample_class import LOST
from demo import points_of
from nbgrader.api import Gradebook
from support.answers import PLAIN
from support.attacks import CELLS, FILES, WRONG, with_attack
from support.course import copy, grade, gradebook_of, submit
from support.sample_class import CLASS, NAME, RELEASE, answering, hand_in
from support.warm import nbgrader

from exercise import POINTS

ROOT = Path(__file__).parents[3]
NOTHING = dict.fromkeys(POINTS, 0)
NO_GRADE = dict.fromkeys(POINTS)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")


def released():
    return json.loads(RELEASE.read_text(encoding="utf-8"))


def changed(change, answers):
    notebook = answering(answers)(released())
    FILES[change](notebook)
    return json.dumps(notebook)


ATTACKERS = {
    "exit": json.dumps(with_attack(released(), CELLS["exit"])),
    "signals": json.dumps(with_attack(released(), CELLS["an endless loop that ignores signals"])),
    "closed": json.dumps(with_attack(released(), CELLS["every descriptor closed"])),
    "schema": changed("old schema", WRONG),
    "strange": changed("strange cells", WRONG),
    "duplicated": changed("duplicated tests", WRONG),
    "kernel": changed("kernel", WRONG),
}
UNREADABLE = {"json": "{", "empty": "", "deep": "[" * 200_000, "old-format": '{"worksheets": []}'}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with attackers, damaged hand-ins and two honest students, graded by nbgrader."""
    course = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "source", course / "source", ignore=shutil.ignore_patterns("__pycache__"))
    config = "c = get_config()\nfrom autograder.plugin import configure\nconfigure(c)\n"
    (course / "nbgrader_config.py").write_text(config + "c.IsolatedExecute.cell_time = 2.0\n")
    honest = {"a-honest": json.dumps(answering(PLAIN)(released())), "z-honest": changed("kernel", PLAIN)}
    for student, content in {**ATTACKERS, **UNREADABLE, **honest}.items():
        place = course / "submitted" / student / NAME
        place.mkdir(parents=True)
        (place / f"{NAME}.ipynb").write_text(content, encoding="utf-8")
    for student in ("link", "folder"):
        (course / "submitted" / student / NAME).mkdir(parents=True)
    (course / "submitted" / "link" / NAME / f"{NAME}.ipynb").symlink_to(RELEASE)
    (course / "submitted" / "folder" / NAME / f"{NAME}.ipynb").mkdir()
    (course / "submitted" / "exit" / NAME / "data.csv").symlink_to(course / "gradebook.db")
    assert nbgrader(course, course / "1.log", "generate_assignment", NAME) == 0
    assert nbgrader(course, course / "2.log", "autograde", NAME) == 0
    assert nbgrader(course, course / "3.log", "generate_feedback", NAME) == 0
    return course


@pytest.fixture(scope="module")
def gradebook(course):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as opened:
        yield opened


@pytest.mark.parametrize("student", ["a-honest", "z-honest"])
def test_the_honest_get_all_their_points(gradebook, student):
    assert points_of(gradebook, student) == POINTS


@pytest.mark.parametrize("student", ATTACKERS)
def test_an_attacker_gets_nothing(gradebook, student):
    assert points_of(gradebook, student) == NOTHING


@pytest.mark.parametrize("student", [*UNREADABLE, "link", "folder"])
def test_what_cannot_be_read_is_left_to_a_person_and_named(course, gradebook, student):
    assert points_of(gradebook, student) == NO_GRADE
    notebook = gradebook.find_submission_notebook(NAME, NAME, student)
    assert all(grade.needs_manual_grade for grade in notebook.grades)
    path = course / "submitted" / student / NAME / f"{NAME}.ipynb"
    assert f"{student}: {path}: " in (course / "2.log").read_text(encoding="utf-8")
    page = course / "feedback" / student / NAME / f"{NAME}.html"
    assert "ask for it again" in page.read_text(encoding="utf-8")


def test_the_isolation_is_reported_once(course):
    log = (course / "2.log").read_text(encoding="utf-8")
    assert log.count("The student's code runs in a process of its own:") == 1


def test_a_link_in_a_hand_in_is_not_followed(course):
    assert not (course / "autograded" / "exit" / NAME / "data.csv").exists()


@pytest.mark.parametrize("student", ["a-honest", *ATTACKERS])
def test_executed_notebooks_are_valid_and_have_feedback(course, student):
    notebook = nbformat.read(course / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert (course / "feedback" / student / NAME / f"{NAME}.html").is_file()


def test_a_manual_grade_survives_a_regrade(course, gradebook):
    grade = gradebook.find_grade("test_grad_z", NAME, NAME, "z-honest")
    grade.manual_score = 0.5
    gradebook.db.commit()
    again = ["autograde", NAME, "--force", "--student=z-honest"]
    assert nbgrader(course, course / "4.log", *again) == 0
    gradebook.db.expire_all()
    grade = gradebook.find_grade("test_grad_z", NAME, NAME, "z-honest")
    assert (grade.manual_score, grade.auto_score, grade.needs_manual_grade) == (0.5, 2.0, True)


HONEST = [label for label in CLASS if label.startswith(("right", "σ", "transposed", "unfinished", "a slip"))]


def test_stock_nbgrader_the_plug_in_and_the_class_grader_give_the_same_points(tmp_path):
    stock = tmp_path / "stock"  # without any configuration
    shutil.copytree(ROOT / "source", stock / "source")
    for number, label in enumerate(HONEST):
        submit(stock, f"student-{number:02d}", hand_in(label))
    assert nbgrader(stock, tmp_path / "release.log", "generate_assignment", NAME) == 0
    isolated, whole = (copy(stock, tmp_path / way) for way in ("isolated", "class"))
    for course in (isolated, whole):
        shutil.copy(ROOT / "nbgrader_config.py", course)
    for course in (stock, isolated):
        assert nbgrader(course, tmp_path / f"{course.name}.log", "autograde", NAME) == 0
    assert grade(whole, NAME)[0] == 0
    found = []
    for course in (stock, isolated, whole):
        with gradebook_of(course) as gradebook:
            found.append([points_of(gradebook, f"student-{n:02d}") for n in range(len(HONEST))])
    assert found[0] == found[1] == found[2]
    assert found[0] == [{**POINTS, **LOST.get(label, {})} for label in HONEST]


def test_another_notebook_of_the_course_goes_nbgraders_own_way(tmp_path):
    cells = [
        ("answer", "### BEGIN SOLUTION\nanswer = 42\n### END SOLUTION", {"solution": True}),
        ("test_answer", "assert answer == 42", {"grade": True, "locked": True, "points": 2}),
    ]
    base = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    for name, source, marks in cells:
        marked = {"nbgrader": {**base, "grade_id": name, **marks}}
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata=marked))
    for place in (tmp_path / "source" / "other", tmp_path / "submitted" / "student-01" / "other"):
        place.mkdir(parents=True)
        nbformat.write(notebook, place / "other.ipynb")
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    assert nbgrader(tmp_path, tmp_path / "1.log", "generate_assignment", "other") == 0
    assert nbgrader(tmp_path, tmp_path / "2.log", "autograde", "other") == 0
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission("other", "student-01").score == 2


@pytest.mark.skipif(os.getuid() != 0, reason="an ordinary user runs all tests as one")
def test_the_attacks_as_an_ordinary_user(tmp_path):
    user, checkout = 61_234, tmp_path / "checkout"
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(".git", ".venv", "build", "*cache*"))
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, user, user)
    for folder in tmp_path.parents:
        if folder.stat().st_uid == 0 and folder.stat().st_mode & 0o001 == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    python = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", sys.executable]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path),
                   "PYTHONPATH": f"{checkout}:{checkout}/source/{NAME}"}  # fmt: skip
    if not all(p.stat().st_mode & 0o001 for p in (*Path(sys.base_prefix).parents, *Path(sys.prefix).parents)):
        pytest.skip("this Python cannot be read by an ordinary user")
    chosen = "bait or daemon or signals or namespaces or forks or memory or network or honest or exit"
    command = [
        *python,
        "-m",
        "pytest",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "tests/sandbox/test_attacks.py",
        "-k",
        chosen,
    ]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout
