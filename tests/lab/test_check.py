"""The check that a student has at hand: its gates, its words, and that it gives nothing away."""

import ast
import re
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from support.answers import FORMS, PLAIN, WRONG

import backprop_lab
import exercise
from autograder.exercises import find
from backprop_lab import checking, progress, results, validation
from backprop_lab.checking import numerical_gradients, visible
from backprop_lab.validation import Rejected, call, numeric
from exercise import EXERCISE, check, example, forward, sigma

LAB = Path(backprop_lab.__file__).parent
EXERCISE_FILE = Path(exercise.__file__)
QUESTIONS = list(EXERCISE.asked)
MISTAKES = find(EXERCISE.name).mistakes


def examine(question, function):
    return checking.examine(EXERCISE, question, function)


def words(question, function):
    """What the check says, without the call to paste."""
    return re.sub(r"    To try it, run in a cell:\n(    [^→]*\n)*", "", examine(question, function).message)


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(exercise._lab, "results", {})


@pytest.mark.parametrize("question", QUESTIONS)
def test_plain_answers_pass(notebook, question):
    result = examine(question, notebook()[question])
    assert result.status == "right"
    assert result.message == f"✓ {question} is right: it agrees with the numerical gradient at 3 inputs."


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.filterwarnings("ignore")
def test_other_forms_pass(notebook, question):
    for name, source in FORMS[question].items():
        assert examine(question, notebook(*PLAIN.values(), source)[question]).status == "right", name


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: f"{m.question}: {m.name}")
def test_every_known_mistake_is_seen(mistake):
    result = examine(mistake.question, mistake.wrong)
    assert result.status == "wrong"
    assert result.message.startswith(f"✗ {mistake.question}: ")


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.filterwarnings("ignore")
def test_other_wrong_answers_are_seen(notebook, question):
    for name in WRONG[question]:
        function = notebook(*PLAIN.values(), WRONG[question][name])[question]
        assert examine(question, function).status == "wrong", name


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    "answer", [None, "text", True, 1j, [[1], [1, 2]], np.zeros((4, 5)), np.nan, {}, {"q": 1}]
)
def test_every_rejection_ends_with_a_question(question, answer):
    message = examine(question, lambda *arguments: answer).message
    assert message.startswith("✗")
    assert message.endswith("?")


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_exception_ends_with_a_question(question):
    message = examine(question, lambda *arguments: 1 / 0).message
    assert "ZeroDivisionError" in message
    assert message.endswith("?")


def unanswered(*arguments):
    raise NotImplementedError


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_unanswered_question_says_so_in_one_line(question, capsys):
    check(question, unanswered)
    assert capsys.readouterr() == (f"○ {question}: not answered yet.\n", "")


GRAD_W = """\
✗ grad_w: wrong value. ∂L/∂w at the notebook's numbers:
    got       [-0.539732, -0.288229, -0.207544]
    expected  [0.539732, 0.288229, 0.207544]   (numerical gradient)
    Every entry is −1 times the gradient at every input.
    → Only the sign differs: does L grow or shrink when w grows?"""
GRAD_Z = """\
✗ grad_z: wrong value. ∂L/∂z at the notebook's numbers:
    got       0.409347
    expected  0.818694   (numerical gradient)
    Your value is ½ of the gradient at every input.
    → It is off by the same factor everywhere: which factor of the chain rule is it?"""


def test_the_words_for_a_wrong_value():
    assert words("grad_w", lambda d, h: -d * h) == GRAD_W
    assert words("grad_z", lambda z, y: z - y) == GRAD_Z


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (
            lambda d, h: 2 * d * h,
            "Every entry is 2 times the gradient at every input.\n    → It is off by the",
        ),
        (lambda d, h: d * h * [1, 1, 0], "[2] is 0 times the gradient.\n    → Some entries are right"),
        (lambda d, h: 0 * h, "Every entry is 0 at every input.\n    → Look at one step"),
        (lambda d, h: np.abs(d * h), "Right at 2 of 3 inputs.\n    → What is different about the inputs"),
        (lambda d, h: (d * h).round(4), "times the gradient.\n    → It is right to a few digits only."),
        (
            lambda d, h: d * h * 1.00001,
            "1.00001 times the gradient.\n    → It is right to a few digits only. Is something rounded",
        ),
        (lambda d, h: d * h**2, "how does z change when w changes?"),
        (lambda d, h: (d * h).reshape(3, 1), "wrong shape: got (3, 1); ∂L/∂w has the shape of w, (3,)."),
        (lambda d, h: d, "wrong shape: got a single number; ∂L/∂w has the shape of w, (3,)."),
        (lambda d, h: None, "returned None.\n    → Is there a `return` in every case?"),
        (lambda d, h: "h", "returned a str, which is not numeric. Return an array of shape (3,)."),
        (lambda d, h: h + 0j, "returned complex numbers. Every quantity here is real."),
        (lambda d, h: h > 0, "returned True or False in place of numbers."),
        (lambda d, h: h * np.nan, "returned NaN (not a number)."),
        (lambda d, h: h * np.inf, "returned infinity."),
        (lambda d: d, "raised TypeError: "),
        (lambda d, h: {}["key"], "raised KeyError: 'key'"),
        (3, "is not a function but an int."),
        (None, "is not a function but a NoneType."),
    ],
)
def test_the_words_of_the_gates(function, said):
    assert said in words("grad_w", function)


def test_backward_reports_its_first_wrong_step(notebook):
    source = PLAIN["backward"].replace("dg = grad_g(", "dg = -grad_g(")
    message = examine("backward", notebook(source)["backward"]).message
    assert message.startswith("✗ backward: wrong value. ∂L/∂g at the notebook's numbers:")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((1, 2), "returned a tuple. Return a dict with the keys z w c h g u b."),
        ({}, "the dict has none of the entries z w c h g u b; its keys are none."),
        ({"dL_dz": 1}, "the dict has none of the entries z w c h g u b; its keys are dL_dz."),
        ({"w": 1}, "the dict has no entry 'z'."),
    ],
)
def test_backward_returns_a_dict_with_seven_keys(answer, words):
    assert words in examine("backward", lambda *a: answer).message


def test_the_line_that_raised_is_shown(tmp_path):
    import linecache

    source = "def grad_c(dL_dz):\n    missing = dL_dz[7]\n    return missing\n"
    linecache.cache["<cell 7>"] = (len(source), None, source.splitlines(keepends=True), "<cell 7>")
    names = {}
    exec(compile(source, "<cell 7>", "exec"), names)
    assert "in grad_c, line 2: missing = dL_dz[7]" in examine("grad_c", names["grad_c"]).message


def test_an_argument_changed_in_place_is_noted():
    def grad_h(dL_dz, w):
        w *= dL_dz
        return w

    result = examine("grad_h", grad_h)
    assert result.status == "right"
    assert "it changes w in place" in result.message


def test_answers_that_ignore_the_arguments_are_seen():
    right = numerical_gradients(EXERCISE, forward(*example()))["w"]
    message = words("grad_w", lambda d, h: right)
    assert "∂L/∂w at other numbers" in message
    assert "Right at the notebook's numbers only.\n    → Does your function use a variable" in message


def test_a_question_that_does_not_exist():
    with pytest.raises(ValueError, match=r"no question 'grad_q'; the questions are grad_z, grad_w"):
        examine("grad_q", print)


def test_a_loop_that_never_ends_is_stopped():
    def endless(d):
        while True:
            pass

    with pytest.raises(Rejected, match=r"did not return within 0\.1 s"):
        call(endless, [1.0], numeric, seconds=0.1)


def test_a_loop_that_catches_exceptions_is_stopped():
    def endless(d):
        while True:
            try:
                time.sleep(0.01)
            except Exception:
                continue

    with pytest.raises(Rejected, match=r"did not return within 0\.1 s"):
        call(endless, [1.0], numeric, seconds=0.1)


def test_the_arguments_of_a_call_are_copies():
    given = [np.ones(3)]
    answer, changed = call(lambda a: a.fill(7), given, lambda answer: answer)
    assert (answer, changed) == (None, [0])
    assert given[0].tolist() == [1, 1, 1]


def test_numbers_that_numpy_reads():
    assert numeric(3).dtype == float
    assert numeric([1, 2]).tolist() == [1, 2]
    assert numeric([np.array(1.0), 2.0]).tolist() == [1.0, 2.0]
    assert numeric(np.float32(2)).dtype == np.float32


def test_an_answer_is_copied_when_it_is_read():
    buffer = np.zeros(3)
    first = numeric(buffer)
    buffer += 1
    assert first.tolist() == [0, 0, 0]


# How far one is


def test_the_summary_counts_checks_and_points(capsys, notebook):
    names = notebook()
    check("grad_z", names["grad_z"])
    check("grad_g", lambda dL_dh, g: g)
    check("grad_g", names["grad_g"])
    check("backward", lambda *a: {})
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("So far")]
    assert lines == [
        "So far 1 of 8 checks pass, worth 2 of 20 points.",
        "So far 1 of 8 checks pass, worth 2 of 20 points.",
        "So far 2 of 8 checks pass, worth 6 of 20 points.",
        "So far 2 of 8 checks pass, worth 6 of 20 points.",
    ]


def test_a_check_that_fails_after_it_passed_counts_no_more(capsys, notebook):
    check("grad_z", notebook()["grad_z"])
    check("grad_z", lambda z, y: z)
    assert capsys.readouterr().out.endswith("So far 0 of 8 checks pass, worth 0 of 20 points.\n")


def test_the_last_check_says_what_comes_next(capsys, notebook):
    for question, function in ((q, notebook()[q]) for q in QUESTIONS):
        check(question, function)
    assert capsys.readouterr().out.endswith(results.folded(progress.ALL.format(count=8, total=20)) + "\n")


# Where a check appears


def test_a_person_sees_everything_on_stdout(capsys):
    check("grad_c", lambda d: -d)
    out, err = capsys.readouterr()
    assert out.startswith("✗ grad_c")
    assert not err


def test_nbgrader_validate_finds_what_fails_on_stderr(capsys, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    check("grad_c", lambda d: -d)
    check("grad_b", lambda d: d)
    out, err = capsys.readouterr()
    assert err.startswith("✗ grad_c")
    assert out.startswith("✓ grad_b")


def test_while_nbgrader_grades_the_hidden_tests_speak(capsys, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    calls = []
    check("grad_c", calls.append)
    assert capsys.readouterr() == ("", "")
    assert not calls


# What the folder may hold


def test_the_lab_imports_numpy_and_matplotlib_only():
    allowed = {"numpy", "matplotlib", *sys.stdlib_module_names}
    for path in LAB.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            assert {n.split(".")[0] for n in names} <= allowed, path


def test_importing_the_lab_loads_no_notebook_and_no_grader():
    code = "import sys, backprop_lab; print(*{m.split('.')[0] for m in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    others = {"autograder", "nbgrader", "nbformat", "jupyter_core", "IPython", "ipykernel", "scipy"}
    assert not (others | {"matplotlib"}) & set(loaded.split())  # grading draws nothing


@pytest.mark.parametrize("text", ["sigma_prime", "1 - sigma", "1 - h", "2 * (z", "np.outer", "dL_dz *"])
def test_the_lab_holds_no_derivative(text):
    for path in (EXERCISE_FILE, *LAB.glob("*.py")):
        assert text not in path.read_text(encoding="utf-8"), path


def test_the_slopes_are_measured_not_derived(monkeypatch):
    monkeypatch.setattr(checking, "complex_step", lambda f, at: 0 * at)
    values = forward(*example())
    assert all(np.all(s == 0) for s in numerical_gradients(EXERCISE, values).values())


def test_visible_points_are_the_example_and_two_others():
    first, second, third = [values for values, _ in visible(EXERCISE)]
    assert np.array_equal(first["x"], example()[0])
    assert not np.array_equal(second["x"], third["x"])
    assert sigma(first["g"]).tolist() == first["h"].tolist()


def test_a_time_limit_that_is_set_later_counts(monkeypatch):
    monkeypatch.setattr(validation, "TIME_LIMIT", 0.1)
    with pytest.raises(Rejected, match=r"did not return within 0\.1 s"):
        call(lambda: time.sleep(5), [], numeric)


@pytest.mark.parametrize("name", exercise.__all__)
def test_a_notebook_of_an_earlier_release_finds_its_names_in_the_lab(name):
    assert getattr(backprop_lab, name) is getattr(exercise, name) or callable(getattr(backprop_lab, name))


def test_the_lab_without_an_exercise_offers_its_own_names_only(tmp_path):
    code = "import sys; sys.path[:] = [p for p in sys.path if p != sys.argv[1]]; import backprop_lab as lab\n"
    code += "print(hasattr(lab, 'numerical_gradient'), hasattr(lab, 'forward'))"
    lab = tmp_path / "backprop_lab"
    lab.symlink_to(LAB)
    command = [sys.executable, "-c", code, str(EXERCISE_FILE.parent)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ran.stdout == "True False\n"


def test_one_long_text_among_numbers_takes_no_memory():
    tracemalloc.start()
    with pytest.raises(Rejected, match="returned a list, which is not numeric"):
        numeric([[1.0] * 10_000, ["a" * 10_000]])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000
