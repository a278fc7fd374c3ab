"""A forward pass becomes an assignment: right solutions get full points, wrong ones none; or nothing is "
"written."""

import json

import nbformat
import numpy as np
import pytest
from authoring.networks import RELU, TWO_OUTPUTS, TWO_OUTPUTS_RIGHT, TWO_OUTPUTS_WRONG
from nbclient import NotebookClient
from support.course import grade, gradebook_of
from support.warm import nbgrader

from autograder import exercises
from autograder.authoring.certificate import Certificate, State
from autograder.authoring.solutions import solutions
from autograder.commands.init import lay_out
from autograder.commands.main import main
from autograder.judging.exercise import GradedExercise
from autograder.judging.local import completed, is_written
from backprop_lab.checking import examine
from backprop_lab.validation import Status

NAME = "two_outputs"
POINTS = {**dict.fromkeys(TWO_OUTPUTS_RIGHT, 2), "backward": 3}
STUB = "    # YOUR CODE HERE\n    raise NotImplementedError()"


def new(course, text=TWO_OUTPUTS, name=NAME):
    """Make an assignment in a course, as an instructor does; the exit code."""
    (course / "forward.py").write_text(text, encoding="utf-8")
    return main(["new", name, "--from", "forward.py"])


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = tmp_path_factory.mktemp("new") / "course"
    lay_out(course)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(course)
        assert new(course) == 0
    return course


@pytest.fixture
def here(course, monkeypatch):
    monkeypatch.chdir(course)
    return course


def answered(text, answers, stub=STUB):
    """A notebook with one-line answers, and a whole pass that calls them."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        source = "".join(cell["source"])
        if name in answers:
            source = source.replace(stub, f"    return {answers[name]}")
        if name == "backward" and stub in source:
            source = source.replace(stub, BACKWARD)
        cell["source"] = source
    return json.dumps(notebook)


BACKWARD = """\
    dq = grad_q(values["q"], t)
    dr = grad_r(dq, B)
    ds = grad_s(dr, values["s"])
    dB = grad_B(dq, B, values["r"], k)
    return {"q": dq, "B": dB, "r": dr, "s": ds, "A": grad_A(ds, v), "d": grad_d(ds)}"""


@pytest.fixture(scope="module")
def graded(course):
    assert nbgrader(course, course / "release.log", "generate_assignment", NAME) == 0
    released = (course / "release" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")
    students = {"student-01": TWO_OUTPUTS_RIGHT, "student-02": TWO_OUTPUTS_WRONG, "student-03": {}}
    for student, answers in students.items():
        path = course / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(answered(released, answers) if answers else released, encoding="utf-8")
    code, answer, told = grade(course, NAME)
    assert code == 0, told
    return answer


def points_of(course, student):
    with gradebook_of(course) as gradebook:
        notebook = gradebook.find_submission_notebook(NAME, NAME, student)
        return {g.name.removeprefix("test_"): g.auto_score for g in notebook.grades}


def test_it_is_graded_before_anybody_has_written_a_formula(course, graded):
    assert points_of(course, "student-01") == POINTS
    assert points_of(course, "student-03") == dict.fromkeys(POINTS, 0)


def test_wrong_answers_get_no_points_for_their_question(course, graded):
    found = points_of(course, "student-02")
    assert {name: found[name] for name in TWO_OUTPUTS_WRONG} == dict.fromkeys(TWO_OUTPUTS_WRONG, 0)


def test_its_released_notebook_runs_without_an_exception(course, graded, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    folder = course / "release" / NAME
    notebook = nbformat.read(folder / f"{NAME}.ipynb", as_version=4)
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}).execute()
    said = {cell.id: cell.outputs[0].text for cell in notebook.cells if cell.get("outputs")}
    assert said["check-slope"] == "○ slope: not answered yet.\n"
    assert said["upstream"].startswith("dJ_dq = ")


def test_it_says_what_it_made(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert new(tmp_path, RELU, "rectified") == 0
    said = capsys.readouterr().out
    assert "∂C/∂a = grad_a(dC_dr, a)" in said
    assert "autograder certify rectified" in said
    assert (tmp_path / "source" / "rectified" / "README.md").read_text().startswith("# Read me first")
    source = (tmp_path / "source" / "rectified" / "exercise.py").read_text(encoding="utf-8")
    assert source.startswith('"""Rectified units."""\n\nfrom pathlib import Path\n')


def test_its_solutions_are_certified_once_they_are_there(here, capsys):
    (still,) = solutions(NAME, here)
    assert (still.state, still.words.split(",")[0]) == (State.OPEN, "not filled in yet: grad_q")
    path = here / "source" / NAME / f"{NAME}.ipynb"
    before = path.read_text(encoding="utf-8")
    path.write_text(answered(before, TWO_OUTPUTS_RIGHT, "    raise NotImplementedError()"), encoding="utf-8")
    assert main(["certify", "--json", NAME]) == 0
    found = json.loads(capsys.readouterr().out)[NAME]
    assert {f["state"] for f in found} == {"✓", "·"}
    assert any(f["words"].startswith("0 of 6 formulas are written") for f in found)
    wrong = {**TWO_OUTPUTS_RIGHT, "grad_q": "2 * (q - t)"}
    path.write_text(answered(before, wrong, "    raise NotImplementedError()"), encoding="utf-8")
    (slip, whole) = solutions(NAME, here)
    assert (slip.state, slip.words.split(":")[0]) == (State.WRONG, "✗ grad_q, 0 of 2 points")
    assert whole.words.startswith("◐ backward, 2.5 of 3 points")
    path.write_text(before, encoding="utf-8")


def test_the_visible_check_knows_it(course):
    exercise = exercises.find(NAME, course).public
    names = {"np": np}
    exec(f"def grad_s(dJ_dr, s):\n    return {TWO_OUTPUTS_RIGHT['grad_s']}", names)
    assert examine(exercise, "grad_s", names["grad_s"]).status is Status.RIGHT


# A formula is a second opinion


def formula(course, body):
    path = course / "exercises" / NAME / "gradients.py"
    text = path.read_text(encoding="utf-8")
    head, rest = text.split("def grad_s(dJ_dr, s):", 1)
    changed = f"{head}def grad_s(dJ_dr, s):{rest.replace('raise NotImplementedError', body, 1)}"
    path.write_text(changed, encoding="utf-8")
    exercises._find.cache_clear()
    return text, path


@pytest.mark.parametrize(
    ("body", "state"),
    [("return dJ_dr / (1 + np.exp(-s))", State.RIGHT), ("return dJ_dr * (1 + np.exp(-s))", State.WRONG)],
    ids=["right", "wrong"],
)
def test_a_formula_has_to_agree_with_the_numerical_gradient(course, body, state):
    text, path = formula(course, body)
    found = exercises.find(NAME, course)
    certificate = Certificate(found, exercises.formulas(NAME, course), course / "source" / NAME)
    assert certificate.written().words.startswith("1 of 6 formulas are written")
    assert certificate.oracles().state is state
    path.write_text(text, encoding="utf-8")
    exercises._find.cache_clear()


def test_what_is_not_written_is_exact_all_the_same(course):
    exercise = exercises.find("neural_network_batch")
    numerical = completed(exercise.public, {})
    drawn = GradedExercise(exercise.public, numerical, exercise.sample, well_posed=exercise.well_posed)
    for question in exercise.public.questions:
        assert not is_written(question, {})
        for values, gradients in drawn._probes:
            given = exercise.public.values_given(question, values, gradients)
            right = exercise.gradients[question.name](*given)
            assert np.allclose(numerical[question.name](*given), right, rtol=1e-12, atol=1e-14)


# Nothing is half-written


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Two-Outputs", "is no name for an assignment"),
        ("_hidden", "is no name for an assignment"),
        ("../elsewhere", "is no name for an assignment"),
        ("softmax_classifier", "is the name of an exercise that comes with the autograder"),
        (NAME, "is there already"),
    ],
)
def test_a_name_that_cannot_be_used(here, capsys, name, words):
    before = sorted(here.rglob("*"))
    assert new(here, name=name) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.endswith("Nothing was written.\n")
    assert sorted(here.rglob("*")) == before


def test_a_bad_forward_pass_leaves_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert new(tmp_path, TWO_OUTPUTS.replace("np.mean((q - t) ** 2)", "(q - t) ** 2")) == 2
    assert "the loss J has to be one number" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["forward.py"]


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exercises").write_text("a file")
    assert new(tmp_path) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exercises", "forward.py"]
