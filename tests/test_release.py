"""release/ is what nbgrader makes of source/ today, and gives nothing away."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from support.sample_class import NAME as ASSIGNMENT

from autograder.exercises import find
from exercise import EXERCISE, POINTS

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "source" / ASSIGNMENT
RELEASE = ROOT / "release" / ASSIGNMENT
LAB = ("__init__", "checking", "figure", "graph", "hints", "model", "nbgrader_mode", "numerical")
LAB += ("parts", "progress", "remarks", "timeout", "tolerance", "validation")


def read(folder):
    return nbformat.read(folder / f"{ASSIGNMENT}.ipynb", as_version=4)


def files(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def graded(notebook):
    marks = [c.metadata.nbgrader for c in notebook.cells if "nbgrader" in c.metadata]
    return {m.grade_id: m for m in marks}


def test_the_release_is_what_the_source_gives_today(tmp_path):
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    shutil.copytree(ROOT / "source", tmp_path / "source", ignore=ignored)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", ASSIGNMENT]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert files(tmp_path / "release" / ASSIGNMENT) == files(RELEASE)


def test_the_release_holds_these_files_and_no_other():
    lab = {Path("backprop_lab", f"{name}.py") for name in LAB}
    own = {Path(name) for name in (f"{ASSIGNMENT}.ipynb", "exercise.py", "hints.json", "training.py")}
    assert set(files(RELEASE)) == own | lab
    assert [p.name for p in (ROOT / "release").iterdir()] == [ASSIGNMENT]


@pytest.mark.parametrize("name", LAB)
def test_the_release_ships_the_lab_as_it_is(name):
    path = Path("backprop_lab", f"{name}.py")
    assert (RELEASE / path).read_bytes() == (SOURCE / path).read_bytes()


def between(source, begin, end):
    inside = source.split(begin)[1].split(end)[0]
    return [line.strip() for line in inside.splitlines() if len(line.strip()) > 3]


def test_no_solution_and_no_hidden_test_leaks():
    secret = []
    for cell in read(SOURCE).cells:
        if "BEGIN SOLUTION" in cell.source:
            secret += between(cell.source, "### BEGIN SOLUTION", "### END SOLUTION")
        if "BEGIN HIDDEN" in cell.source:
            secret += between(cell.source, "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
    assert len(secret) > 30
    code = "\n".join(c.source for c in read(RELEASE).cells if c.cell_type == "code")
    for line in secret:
        assert line not in code


@pytest.mark.parametrize("path", sorted(files(RELEASE)), ids=str)
def test_no_reference_and_no_catalogue_leaks(path):
    text = (RELEASE / path).read_text(encoding="utf-8")
    text = text.replace('"autograder": {', "")  # the notebook's metadata name its exercise
    for word in ("SOLUTION", "HIDDEN TESTS", "autograder", "sigma_prime", "np.outer", "reference", "hmac"):
        assert word not in text
    for mistake in find(ASSIGNMENT).mistakes:
        assert mistake.hint not in text


def test_the_release_has_no_outputs():
    for cell in read(RELEASE).cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None


def test_every_question_is_open_in_the_release():
    cells = {c.metadata.nbgrader.grade_id: c for c in read(RELEASE).cells if "nbgrader" in c.metadata}
    for question in POINTS:
        assert "# YOUR CODE HERE\n    raise NotImplementedError()" in cells[question].source
        assert cells[f"test_{question}"].source == f'check("{question}", {question})'
        assert cells[f"test_{question}"].metadata.editable is False
        assert cells[f"test_{question}"].metadata.deletable is False


@pytest.mark.parametrize("folder", [SOURCE, RELEASE], ids=["source", "release"])
def test_the_notebooks_are_valid_and_clean(folder):
    raw = json.loads((folder / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8"))
    nbformat.validate(raw)
    assert (raw["nbformat"], raw["nbformat_minor"]) == (4, 5)
    assert len({c["id"] for c in raw["cells"]}) == len(raw["cells"])
    assert set(raw["metadata"]) <= {"kernelspec", "language_info", "autograder"}
    assert raw["metadata"]["autograder"] == {"exercise": ASSIGNMENT}
    for cell in raw["cells"]:
        assert not cell.get("outputs")
        assert cell["metadata"].get("nbgrader", {}).get("schema_version", 3) == 3


def test_the_source_asks_the_questions_of_the_table_in_their_order():
    marks = graded(read(SOURCE))
    assert [i for i, m in marks.items() if m.solution] == list(POINTS)
    assert {i: m.points for i, m in marks.items() if m.grade} == {
        f"test_{name}": points for name, points in POINTS.items()
    }
    assert sum(POINTS.values()) == 20


def test_the_signatures_are_those_of_the_table():
    sources = {c.metadata.nbgrader.grade_id: c.source for c in read(SOURCE).cells if "nbgrader" in c.metadata}
    for name, question in EXERCISE.asked.items():
        assert sources[name].startswith(f"def {name}({', '.join(EXERCISE.arguments(question))}):\n")
        for argument in EXERCISE.arguments(question):
            assert f"        {argument}: " in sources[name]
        assert f'grade("{name}", {name})\n### END HIDDEN TESTS' in sources[f"test_{name}"]


def test_the_statement_is_there_letter_by_letter():
    text = "\n".join(c.source for c in read(RELEASE).cells if c.cell_type == "markdown")
    for sentence in (
        r"Let $x \in \mathbb{R}^2$ denote the input of a neural network and $y \in \mathbb{R}$ the target",
        r"- $u \in \mathbb{R}^{3 \times 2}$ : Weight matrix for the input-to-hidden layer.",
        r"- $b \in \mathbb{R}^3$ : Bias vector for the hidden layer.",
        r"- $w \in \mathbb{R}^3$ : Weight vector for the hidden-to-output layer.",
        r"- $c \in \mathbb{R}$ : Bias for the output.",
        r"g_j &= \sum_{k=1}^2 u_{jk} x_k + b_j \quad \text{for } j = 1, 2, 3",
        r"h_j &= \sigma(g_j) \quad \text{for } j = 1, 2, 3",
        r"z &= \sum_{j=1}^3 w_j h_j + c",
        r"\sigma(x) = \frac{1}{1 + \exp(-x)}",
        r"\frac{\partial \sigma(x)}{\partial x} = \sigma(x)(1 - \sigma(x)).",
        r"L = (z - y)^2",
    ):
        assert sentence in text


def test_the_pictures_have_alternative_text():
    for cell in read(RELEASE).cells:
        for name in cell.get("attachments", {}):
            assert f"](attachment:{name})" in cell.source
            assert len(cell.source.split("![")[1].split("](")[0]) > 100
