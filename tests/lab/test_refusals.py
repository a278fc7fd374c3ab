"""What NumPy refused is said in a sentence, with the two shapes, and a question."""

import linecache
from itertools import count

import pytest

from backprop_lab.checking import examine
from backprop_lab.refusals import ONE_ENTRY
from exercise import EXERCISE

NUMBERS = count()
HEAD = "def grad_u(dL_dg, x):\n    "


def told(names, source, question="grad_u", readable=True):
    """What the check says of a function in a cell; its source may be out of reach."""
    cell = f"<refused {next(NUMBERS)}>"
    if readable:
        linecache.cache[cell] = (len(source), None, source.splitlines(keepends=True), cell)
    exec(compile(source, cell, "exec"), names)
    return examine(EXERCISE, question, names[question]).message


REFUSED = {
    "return dL_dg @ x": "NumPy cannot multiply the shapes (3,) and (2,) with `@`.",
    "return dL_dg @ x.T": "NumPy cannot multiply the shapes (3,) and (2,) with `@`.",
    "return (dL_dg[:, None] * x) @ dL_dg": "NumPy cannot multiply the shapes (3, 2) and (3,) with `@`.",
    "return np.matmul(dL_dg, x)": "NumPy cannot multiply the shapes (3,) and (2,) with `@`.",
    "return 2.0 @ x": "NumPy cannot multiply a single number and the shape (2,) with `@`.",
    "return np.dot(dL_dg, x)": "NumPy cannot multiply the shapes (3,) and (2,) with `dot`.",
    "return dL_dg.dot(x)": "NumPy cannot multiply the shapes (3,) and (2,) with `dot`.",
    "return dL_dg * x": "NumPy cannot combine the shapes (3,) and (2,) entry by entry.",
    "return dL_dg + x": "NumPy cannot combine the shapes (3,) and (2,) entry by entry.",
    "return np.sin(dL_dg) @ np.sin(x)": "NumPy cannot multiply two arrays whose shapes do not fit with `@`.",
    "r = np.zeros((3, 2))\n    r[:] = dL_dg": (
        "NumPy cannot fill one array with the other: they have the shapes (3,) and (3,2)."
    ),
}


@pytest.mark.parametrize(("body", "words"), REFUSED.items())
def test_shapes_that_do_not_fit_are_told_in_a_sentence(notebook, body, words):
    said = told(notebook(), HEAD + body)
    assert f"✗ grad_u: raised ValueError: {words}\n" in said
    assert said.endswith(f"    → {ONE_ENTRY}")
    assert "signature" not in said
    assert f"in grad_u, line {1 + len(body.splitlines())}: {body.splitlines()[-1].strip()}\n" in said


def test_without_a_source_the_shapes_stay_untold(notebook):
    said = told(notebook(), HEAD + "return dL_dg @ x", readable=False)
    assert "raised ValueError: NumPy cannot multiply two arrays whose shapes do not fit with `@`.\n" in said


def test_nothing_is_called_once_more(notebook):
    names = notebook()
    names["calls"] = []
    source = "def noted(a):\n    calls.append(a)\n    return a\n" + HEAD + "return noted(dL_dg) @ x"
    told(names, source)
    assert len(names["calls"]) == 1


@pytest.mark.parametrize("power", ["(z - y) ^ 2", "float(z - y) ^ 2"])
def test_a_caret_for_a_power_is_told(notebook, power):
    said = told(notebook(), f"def grad_z(z, y):\n    return {power}", "grad_z")
    assert "✗ grad_z: raised TypeError: `^` is no power in Python, it compares bits.\n" in said
    assert said.endswith("    → How does Python write t²?")


INTEGERS = {
    "zeros of integers": "r = np.zeros((3, 2), dtype=int)\n    r[:] = np.outer(dL_dg, x)\n    return r",
    "like integers": "r = np.zeros_like([[0, 0]] * 3)\n    r[:] = np.outer(dL_dg, x)\n    return r",
    "wrong sign, too": "r = np.zeros((3, 2), dtype=int)\n    r[:] = -np.outer(dL_dg, x)\n    return r",
}


@pytest.mark.parametrize("body", INTEGERS.values(), ids=INTEGERS)
def test_an_array_of_integers_that_cuts_off_is_told(notebook, body):
    said = told(notebook(), HEAD + body)
    assert "    It holds whole numbers (int64): what comes behind the point is cut off.\n" in said
    assert said.endswith(
        "    → What type of numbers does the array hold that you fill, and which one should it be?"
    )


def test_an_array_of_integers_that_refuses_is_told(notebook):
    said = told(
        notebook(), HEAD + "r = np.zeros((3, 2), dtype=int)\n    r += np.outer(dL_dg, x)\n    return r"
    )
    assert "raised TypeError: an array of whole numbers cannot hold the result.\n" in said


def test_what_a_part_refused_is_told_of_the_whole_pass(notebook):
    names = notebook()
    told(names, HEAD + "return dL_dg @ x")
    said = examine(EXERCISE, "backward", names["backward"]).message
    assert (
        "✗ backward: calls grad_u, which raised ValueError: NumPy cannot multiply the shapes (3,) and (2,)"
        in said
    )
    assert said.endswith(ONE_ENTRY)


def test_zeros_are_no_cut_off_gradient(notebook):
    said = told(notebook(), "def grad_z(z, y):\n    return 0", "grad_z")
    assert "Your value is 0 at every input." in said
