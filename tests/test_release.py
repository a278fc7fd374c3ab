"""release/ is what nbgrader makes of source/ today, and gives nothing away."""

import ast
import json
import shutil
from pathlib import Path

import nbformat
import pytest
from released import RELEASE, ROOT, SOURCE, read
from support.sample_class import NAME as FIRST
from support.warm import nbgrader

from autograder.exercises import find, names, shown_points

EACH = pytest.mark.parametrize("assignment", names())
BATCH = "neural_network_batch"
OWN = {FIRST: {"training.py"}, BATCH: {"training.py"}}
LAB = ("__init__", "calls", "causes", "cells", "checking", "description", "entries", "figure", "functions")
LAB += ("graph", "hints", "layout", "model", "nbgrader_mode", "numerical", "parts", "plot", "progress")
LAB += ("refusals", "remarks", "results", "source", "timeout", "tolerance", "validation", "warm_up", "whole")
ADVICE = "  # NameError? Run the notebook from the top."
IGNORED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
STATEMENTS = {
    FIRST: (
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
    ),
    BATCH: (
        "A classification problem that is not linearly separable: points in the plane, label 1 inside a disc "
        "(radius up to 2.5), label 0 in a ring around it (radius 3.5 to 5). The network has two inputs, "
        "three hidden tanh units and one output; the output is the probability of label 1. The loss is the "
        "mean logistic loss over a batch of $N$ examples.",
        r"- $U \in \mathbb{R}^{3 \times 2}$, $b \in \mathbb{R}^3$: input to hidden layer",
        r"- $W \in \mathbb{R}^{3}$, $c \in \mathbb{R}$: hidden layer to output",
        r"$$g_j = \sum_{k=1}^2 u_{jk} x_k + b_j, \qquad h_j = \tanh(g_j), \qquad z = \sum_{j=1}^3 w_j h_j + "
        r"c, \qquad o = \sigma(z)$$",
        r"the rows of $X \in \mathbb{R}^{N \times 2}$ are the examples",
        r"$$G = X U^T + \mathbf{1} b^T, \qquad H = \tanh(G), \qquad z = H W + c\,\mathbf{1}, "
        r"\qquad o = \sigma(z)$$",
        r"$$g_{ij} = u_{j1} x_{i1} + u_{j2} x_{i2} + b_j, \quad h_{ij} = \tanh(g_{ij}), \quad "
        r"z_i = w_1 h_{i1} + w_2 h_{i2} + w_3 h_{i3} + c, \quad o_i = \sigma(z_i)$$",
        "where $i$ counts examples and $j$ counts hidden units.",
        r"$$\mathcal{L}(z, y) = -y \log \sigma(z) - (1 - y) \log(1 - \sigma(z)), \qquad "
        r"\mathcal{E}(z, y) = \frac{1}{N} \sum_{i=1}^N \mathcal{L}(z_i, y_i)$$",
    ),
}


def files(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def graded(notebook):
    marks = [c.metadata.nbgrader for c in notebook.cells if "nbgrader" in c.metadata]
    return {m.grade_id: m for m in marks}


def cells(folder, assignment):
    found = read(folder, assignment).cells
    return {c.metadata.nbgrader.grade_id: c for c in found if "nbgrader" in c.metadata}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A course with what nbgrader makes of the sources today."""
    course = tmp_path_factory.mktemp("course")
    shutil.copytree(SOURCE, course / "source", ignore=IGNORED)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    return course


@EACH
def test_the_release_is_what_the_source_gives_today(made, assignment):
    assert nbgrader(made, made / "release.log", "generate_assignment", assignment) == 0
    assert files(made / "release" / assignment) == files(RELEASE / assignment)


@EACH
def test_the_release_holds_these_files_and_no_other(assignment):
    lab = {Path("backprop_lab", f"{name}.py") for name in LAB}
    own = {f"{assignment}.ipynb", "README.md", "exercise.py", "hints.json", *OWN.get(assignment, ())}
    assert set(files(RELEASE / assignment)) == {Path(name) for name in own} | lab


def test_every_exercise_is_released():
    assert sorted(p.name for p in RELEASE.iterdir()) == sorted(names())


@EACH
@pytest.mark.parametrize("name", LAB)
def test_the_release_ships_the_lab_as_it_is(name, assignment):
    path = Path("backprop_lab", f"{name}.py")
    assert (RELEASE / assignment / path).read_bytes() == (SOURCE / FIRST / path).read_bytes()


def between(source, begin, end):
    inside = source.split(begin)[1].split(end)[0]
    return [line.strip() for line in inside.splitlines() if len(line.strip()) > 3]


@EACH
def test_no_solution_and_no_hidden_test_leaks(assignment):
    secret = []
    for cell in read(SOURCE, assignment).cells:
        if "BEGIN SOLUTION" in cell.source:
            secret += between(cell.source, "### BEGIN SOLUTION", "### END SOLUTION")
        if "BEGIN HIDDEN" in cell.source:
            secret += between(cell.source, "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
    assert len(secret) > 3 * len(shown_points(assignment))
    code = "\n".join(c.source for c in read(RELEASE, assignment).cells if c.cell_type == "code")
    for line in secret:
        assert line not in code


def formulas(assignment):
    """What the functions of the private half return."""
    private = ROOT / "autograder" / "exercises" / assignment / "gradients.py"
    tree = ast.parse(private.read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and "grad_" in node.name]
    returned = [ast.unparse(n.value) for f in functions for n in ast.walk(f) if isinstance(n, ast.Return)]
    return [text for text in returned if len(text) > len("dL_dz * h")]


@EACH
def test_no_reference_and_no_catalogue_leaks(assignment):
    for path, content in files(RELEASE / assignment).items():
        text = content.decode().replace('"autograder": {', "")  # the metadata name the exercise
        for word in (
            "SOLUTION",
            "HIDDEN TESTS",
            "autograder",
            "sigma_prime",
            "np.outer",
            "reference",
            "hmac",
        ):
            assert word not in text, path
        for secret in (*formulas(assignment), *(mistake.hint for mistake in find(assignment).mistakes)):
            assert secret not in text, path


@EACH
def test_the_release_has_no_outputs(assignment):
    for cell in read(RELEASE, assignment).cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None


@EACH
def test_every_question_is_open_in_the_release(assignment):
    found = cells(RELEASE, assignment)
    for question in shown_points(assignment):
        assert "# YOUR CODE HERE\n    raise NotImplementedError()" in found[question].source
        assert found[f"test_{question}"].source == f'check("{question}", {question}){ADVICE}'
        assert found[f"test_{question}"].metadata.editable is False
        assert found[f"test_{question}"].metadata.deletable is False


@EACH
@pytest.mark.parametrize("folder", [SOURCE, RELEASE], ids=["source", "release"])
def test_the_notebooks_are_valid_and_clean(folder, assignment):
    raw = json.loads((folder / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8"))
    nbformat.validate(raw)
    assert (raw["nbformat"], raw["nbformat_minor"]) == (4, 5)
    assert len({c["id"] for c in raw["cells"]}) == len(raw["cells"])
    assert set(raw["metadata"]) <= {"kernelspec", "language_info", "autograder"}
    assert raw["metadata"]["autograder"] == {"exercise": assignment}
    for cell in raw["cells"]:
        assert not cell.get("outputs")
        assert cell["metadata"].get("nbgrader", {}).get("schema_version", 3) == 3


@EACH
def test_the_source_asks_the_questions_of_the_exercise_in_their_order(assignment):
    points, marks = shown_points(assignment), graded(read(SOURCE, assignment))
    assert list(points) == list(find(assignment).public.asked)
    assert [i for i, m in marks.items() if m.solution] == list(points)
    assert {i: m.points for i, m in marks.items() if m.grade} == {f"test_{n}": p for n, p in points.items()}


@EACH
def test_the_signatures_are_those_of_the_exercise(assignment):
    exercise, found = find(assignment).public, cells(SOURCE, assignment)
    for name, question in exercise.asked.items():
        source = found[name].source
        assert source.startswith(f"def {name}({', '.join(exercise.arguments(question))}):\n")
        for argument in exercise.arguments(question):
            assert f"        {argument}: " in source
        assert f'grade("{name}", {name})\n### END HIDDEN TESTS' in found[f"test_{name}"].source


@pytest.mark.parametrize("assignment", STATEMENTS)
def test_the_statement_is_there_letter_by_letter(assignment):
    text = "\n".join(c.source for c in read(RELEASE, assignment).cells if c.cell_type == "markdown")
    for sentence in STATEMENTS[assignment]:
        assert sentence in text


@EACH
def test_the_pictures_have_alternative_text(assignment):
    for cell in read(RELEASE, assignment).cells:
        for name in cell.get("attachments", {}):
            assert f"](attachment:{name})" in cell.source
            assert len(cell.source.split("![")[1].split("](")[0]) > 100
