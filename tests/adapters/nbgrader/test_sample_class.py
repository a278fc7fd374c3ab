"""The sample class, graded by real nbgrader: the points, the words, and nobody harmed by another."""

import csv
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from demo import points_of
from nbgrader.api import Gradebook
from support.course import copy, gradebook_of, submit
from support.people import release_again
from support.sample_class import CLASS, NAME, STUDENTS, hand_in
from support.warm import nbgrader

from autograder.exercises import find
from autograder.judging.verdict import render
from autograder.submission.annotate import verdicts
from autograder.submission.rebuild import about
from backprop_lab.validation import Status
from exercise import POINTS

ROOT = Path(__file__).parents[3]
BY_LABEL = {label: student for student, label in STUDENTS.items()}


def entries(right):
    """The points for backward with so many of its seven entries right."""
    return pytest.approx(3 * right / 7)


# What each hand-in that is not right everywhere loses; None where there is no grade.
LOST = {
    "factor 2 missing": {"grad_z": 0, "backward": entries(6)},
    "sign": {"grad_z": 0, "backward": entries(6)},
    "upstream forgotten": {"grad_w": 0, "grad_c": 0, "backward": entries(5)},
    "σ for σ′": {"grad_g": 0, "backward": entries(6)},
    "σ′ at h": {"grad_g": 0, "backward": entries(6)},
    "g(1 − g)": {"grad_g": 0, "backward": entries(6)},
    "tanh′": {"grad_g": 0, "backward": entries(6)},
    "only 1 − σ": {"grad_g": 0, "backward": entries(6)},
    "transposed": {"grad_u": 0, "backward": entries(6)},
    "summed": {"grad_u": 0, "backward": entries(6)},
    "columns for vectors": {"grad_w": 0, "grad_b": 0, "backward": entries(5)},
    "h for w": {"grad_h": 0, "backward": entries(6)},
    "notebook variable": {"grad_w": 0, "backward": entries(6)},
    "finite difference": {"grad_g": 0, "backward": entries(6)},
    "a slip in one step of backward": {"backward": entries(6)},
    "unfinished": dict.fromkeys(["grad_h", "grad_g", "grad_u", "grad_b", "backward"], 0),
    "untouched": dict.fromkeys(POINTS, 0),
    "a syntax error": {"grad_c": 0, "backward": entries(6)},
    "a function renamed": {"grad_h": 0, "backward": entries(6)},
    "an endless loop": {"grad_b": 0, "backward": 0},
    "a function that raises": {"grad_u": 0, "backward": entries(6)},
    "a crash of the kernel": {"grad_b": 0, "backward": 0},
    "a solution cell deleted": {"grad_c": 0, "backward": entries(6)},
    "an empty file": dict.fromkeys(POINTS),
    "invalid JSON": dict.fromkeys(POINTS),
    "a text file in place of the notebook": dict.fromkeys(POINTS),
}
NOT_GRADED = [label for label, lost in LOST.items() if None in lost.values()]
MISTAKES = [label for label in LOST if label in {m.name for m in find(NAME).mistakes}]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The course that the demonstration leaves; its summary is in `summary.txt`."""
    folder = tmp_path_factory.mktemp("demo") / "course"
    command = [sys.executable, str(ROOT / "tests" / "demo.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    (folder / "summary.txt").write_text(done.stdout, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def gradebook(course):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as opened:
        yield opened


def executed(course, label):
    path = course / "autograded" / BY_LABEL[label] / NAME / f"{NAME}.ipynb"
    return nbformat.read(path, as_version=4)


def outputs_of(notebook, grade_id):
    cells = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id]
    return cells[0].outputs


def words_for(course, label, question):
    outputs = outputs_of(executed(course, label), f"test_{question}")
    return "".join(o.text for o in outputs if o.output_type == "stream")


def test_the_class_is_large_and_varied():
    assert len(CLASS) >= 24
    assert sum(label.startswith("right") for label in CLASS) >= 12


@pytest.mark.parametrize("label", CLASS)
def test_the_points(gradebook, label):
    assert points_of(gradebook, BY_LABEL[label]) == {**POINTS, **LOST.get(label, {})}


@pytest.mark.parametrize("label", MISTAKES)
def test_a_known_mistake_gets_its_hint(course, label):
    for question in (q for q, points in LOST[label].items() if points == 0):
        hint = next(m.hint for m in find(NAME).mistakes if (m.question, m.name) == (question, label))
        assert f"Hint: {hint}" in words_for(course, label, question)


@pytest.mark.parametrize("label", [label for label in CLASS if label not in NOT_GRADED])
def test_the_executed_notebook_is_valid_and_shows_points_and_reasons(course, label):
    notebook = executed(course, label)
    nbformat.validate(notebook)
    for question in POINTS:
        outputs = outputs_of(notebook, f"test_{question}")
        kinds = [o.output_type for o in outputs]
        assert kinds in (["stream", "execute_result"], ["error"]), outputs
        if kinds == ["error"]:  # the name does not exist
            assert outputs[0].ename == "NameError"


@pytest.mark.parametrize("label", [label for label in CLASS if label not in NOT_GRADED])
def test_the_executed_notebook_holds_the_verdicts_as_data(course, gradebook, label):
    found = verdicts(executed(course, label))
    points = {v.question: v.points(POINTS[v.question]) for v in found.values()}
    assert points == points_of(gradebook, BY_LABEL[label])
    for verdict in found.values():
        assert (verdict.stage is None) == (verdict.share == 1) == (verdict.status is Status.RIGHT)
        assert verdict.question in render(verdict, 1.0)


@pytest.mark.parametrize("label", MISTAKES)
def test_the_executed_notebook_names_the_mistakes(course, label):
    found = verdicts(executed(course, label))
    wrong = [v for v in found.values() if v.stage and v.question != "backward"]
    assert wrong
    assert all(v.mistakes == (label,) for v in wrong)


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("an endless cell", "this cell took longer than 8 s and was interrupted"),
        ("an endless loop", "grad_b did not return within 5 s"),
        ("a crash of the kernel", "grad_b ended its process"),
    ],
)
def test_the_executed_notebook_tells_what_happened(course, label, words):
    noted = about(executed(course, label))
    assert words in "\n".join(noted["incidents"])
    assert noted["seconds"]["judge"] > 0


def test_the_executed_notebook_tells_what_was_odd_about_the_hand_in(course):
    assert "these cells were missing" in about(executed(course, "test cells deleted"))["notes"][0]
    assert "not valid JSON" in about(executed(course, "invalid JSON"))["unreadable"]
    assert "incidents" in about(executed(course, "right, plainly"))


@pytest.mark.parametrize("label", [label for label in CLASS if label not in NOT_GRADED])
def test_everybody_who_is_graded_gets_feedback(course, label):
    page = course / "feedback" / BY_LABEL[label] / NAME / f"{NAME}.html"
    text = page.read_text(encoding="utf-8")
    assert "of 2 points" in text


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("an empty file", "the file is empty"),
        ("invalid JSON", "not valid JSON"),
        ("test cells deleted", "these cells were missing: test_grad_w, test_backward"),
        ("a solution cell deleted", "these cells were missing: grad_c"),
    ],
)
def test_a_damaged_hand_in_is_named_with_its_student_and_file(course, label, words):
    log = (course / "logs" / "4-grade.log").read_text(encoding="utf-8")
    found = re.search(rf"^{BY_LABEL[label]}: .*\n((?:    .*\n)+)", log, re.MULTILINE)
    assert words in found[1]
    if label in NOT_GRADED:
        assert str(course / "submitted" / BY_LABEL[label] / NAME / f"{NAME}.ipynb") in found[1]
    summary = (course / "summary.txt").read_text(encoding="utf-8")
    assert words in next(line for line in summary.splitlines() if line.startswith(BY_LABEL[label]))


def test_a_missing_notebook_is_named(course):
    student = BY_LABEL["a text file in place of the notebook"]
    log = (course / "logs" / "3-zip_collect.log").read_text(encoding="utf-8")
    assert re.search(rf"Skipped submission .*{student}", log)
    summary = (course / "summary.txt").read_text(encoding="utf-8")
    assert re.search(rf"^{student} .*no notebook submitted$", summary, re.MULTILINE)


def test_the_summary_has_a_line_for_each_student_and_names_the_files(course):
    summary = (course / "summary.txt").read_text(encoding="utf-8")
    lines = [line for line in summary.splitlines() if line.startswith("student-")]
    assert [line.split()[0] for line in lines] == list(STUDENTS)
    for name in ("feedback", f"report/{NAME}/report.html", "grades.csv", "gradebook.db"):
        assert str(course / name) in summary


def test_the_csv_agrees_with_the_gradebook(course, gradebook):
    with (course / "grades.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(STUDENTS)
    for label, student in BY_LABEL.items():
        if label not in NOT_GRADED:
            total = sum(points_of(gradebook, student).values())
            assert float(rows[student]["score"]) == pytest.approx(total)
            assert float(rows[student]["max_score"]) == 20


def test_the_secret_is_in_the_course_folder_only(course):
    found = list(course.rglob(".autograder_secret"))
    assert found == [course / ".autograder_secret"]
    assert stat.S_IMODE(found[0].stat().st_mode) == 0o600


def test_students_outputs_stay_in_their_cells(course):
    notebook = executed(course, "right, with magics")
    shown = "".join(o.get("text", "") for c in notebook.cells for o in c.get("outputs", []))
    assert "a shell command" in shown
    crashed = executed(course, "right, and an extra cell that crashes")
    errors = [o.ename for c in crashed.cells for o in c.get("outputs", []) if o.output_type == "error"]
    assert errors == ["ZeroDivisionError", "NameError"]


def test_a_regrade_is_the_same_bit_by_bit(course, gradebook):
    label = "upstream forgotten"
    before, points = executed(course, label), points_of(gradebook, BY_LABEL[label])
    code = nbgrader(
        course, course / "regrade.log", "autograde", NAME, "--force", f"--student={BY_LABEL[label]}"
    )
    assert code == 0
    gradebook.db.expire_all()
    assert points_of(gradebook, BY_LABEL[label]) == points
    for question in POINTS:
        name = f"test_{question}"
        assert outputs_of(executed(course, label), name) == outputs_of(before, name)


def validate(path, log):
    nbgrader(path.parent, log, "validate", str(path))
    return log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("right, plainly", "Success! Your notebook passes all the tests."),
        ("right, but prints, warns and logs", "Success! Your notebook passes all the tests."),
        ("upstream forgotten", "VALIDATION FAILED ON 3 CELL(S)!"),
        ("untouched", "VALIDATION FAILED ON 8 CELL(S)!"),
    ],
)
def test_nbgrader_validate_on_hand_ins(course, tmp_path, label, words):
    path = course / "submitted" / BY_LABEL[label] / NAME / f"{NAME}.ipynb"
    shutil.copytree(course / "release" / NAME / "backprop_lab", path.parent / "backprop_lab")
    assert words in validate(path, tmp_path / "log")


def test_nbgrader_validate_on_the_source(course, tmp_path):
    found = validate(course / "source" / NAME / f"{NAME}.ipynb", tmp_path / "log")
    assert "Success! Your notebook passes all the tests." in found


def test_a_failure_of_the_grader_is_left_to_a_person(released, tmp_path):
    course = copy(released, tmp_path / "course")
    submit(course, "student-0", hand_in("right, plainly"))
    source = course / "source" / NAME / f"{NAME}.ipynb"
    broken = source.read_text(encoding="utf-8").replace('grade(\\"grad_w\\"', 'grade(\\"grad_v\\"')
    source.write_text(broken, encoding="utf-8")
    assert release_again(course) == 0
    assert nbgrader(course, tmp_path / "log", "autograde", NAME) == 0
    with gradebook_of(course) as gradebook:
        assert points_of(gradebook, "student-0") == {**POINTS, "grad_w": None}
        notebook = gradebook.find_submission_notebook(NAME, NAME, "student-0")
        assert [g.name for g in notebook.grades if g.needs_manual_grade] == ["test_grad_w"]
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "student-0: test_grad_w could not be judged and needs review" in log
