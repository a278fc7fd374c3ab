"""`backward` survives its parts: what fails costs its own share, and nothing is earned for nothing."""

import warnings

import pytest
from support.answers import PLAIN

from autograder import exercises
from autograder.judging.assess import assess
from autograder.judging.sampling import sample_inputs, seed_for
from autograder.judging.verdict import render
from backprop_lab import validation
from backprop_lab.validation import Status

EXERCISE = exercises.find("neural_network_derivation")
SEED = seed_for(b"a secret of the tests", "assignment", "student-01", b"")
SAMPLES = sample_inputs(EXERCISE, SEED, "backward")
STEPS = {question.name: question.wrt for question in EXERCISE.public.questions}
FAILING = {
    "raise ZeroDivisionError('by zero')": "raised ZeroDivisionError: by zero",
    "raise NotImplementedError()": "is not answered yet.",
    "pass": "returned None. Is there a `return` in every case?",
    "return np.nan": "returned NaN (not a number). Is there a division by zero or an overflow?",
    "return 'text'": "returned a str, which is not numeric. Return numbers.",
    "exit('no')": "raised SystemExit: no",
}


def verdict_on(notebook, *sources):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return assess(EXERCISE, "backward", notebook(*sources)["backward"], SAMPLES, {})


def wrong(verdict):
    """The reasons of the entries that are not right, by their letters."""
    letters = EXERCISE.public.quantities
    pairs = zip(letters, verdict.entries, strict=True)
    return {letter: entry.reason for letter, entry in pairs if entry.status is not Status.RIGHT}


def failing(question, how):
    return f"{PLAIN[question].splitlines()[0]}\n    {how}"


# Parts


@pytest.mark.parametrize("how", FAILING)
@pytest.mark.parametrize("question", STEPS)
def test_backward_names_the_part_that_failed_and_loses_its_entry_only(notebook, question, how):
    verdict = verdict_on(notebook, failing(question, how))
    assert wrong(verdict) == {STEPS[question]: f"{question} {FAILING[how]}"}


def test_backward_survives_several_parts(notebook):
    verdict = verdict_on(notebook, failing("grad_z", "raise ValueError"), failing("grad_g", "pass"))
    assert set(wrong(verdict)) == {"z", "g"}
    everything = [failing(question, "raise NotImplementedError()") for question in STEPS]
    verdict = verdict_on(notebook, *everything)
    assert wrong(verdict) == {step: f"{question} is not answered yet." for question, step in STEPS.items()}
    assert verdict.share == 0


def test_backward_tells_the_line_that_raised_in_a_part(notebook, tmp_path):
    file = tmp_path / "answer.py"
    file.write_text("def grad_u(dL_dg, x):\n    return dL_dg[7]\n")
    names = notebook()
    exec(compile(file.read_text(), str(file), "exec"), names)
    verdict = assess(EXERCISE, "backward", names["backward"], SAMPLES, {})
    assert "grad_u raised IndexError" in render(verdict, 3)
    assert "in the line: return dL_dg[7]" in render(verdict, 3)


def test_backward_blames_who_returned_the_wrong_shape_not_who_stumbled_over_it(notebook):
    verdict = verdict_on(notebook, "def grad_h(dL_dz, w):\n    return np.ones(5)")
    assert list(wrong(verdict)) == ["h"]
    assert wrong(verdict)["h"].startswith("grad_h returned a wrong shape: got (5,)")


def test_backward_without_one_of_its_parts_defined(notebook):
    names = notebook()
    del names["grad_h"]
    verdict = assess(EXERCISE, "backward", names["backward"], SAMPLES, {})
    assert wrong(verdict) == {"h": "grad_h raised NameError: name 'grad_h' is not defined"}
    assert "grad_h" not in names


HOSTILE = {
    "an error that is false": "class Odd(Exception):\n    def __bool__(self):\n        raise SystemExit\n"
    "    __eq__ = __bool__\ndef grad_w(dL_dz, h):\n    raise Odd",
    "an object that raises": "class Trap:\n    def __array__(self, *a, **k):\n        raise SystemExit\n"
    "def grad_w(dL_dz, h):\n    return Trap()",
    "True": "def grad_w(dL_dz, h):\n    return True",
    "complex numbers": "def grad_w(dL_dz, h):\n    return dL_dz * h + 0j",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_backward_survives_what_a_part_may_come_up_with(notebook, source):
    assert list(wrong(verdict_on(notebook, source))) == ["w"]


PARTIAL = "from functools import partial\nbackward = partial(backward)"
CALLABLE = (
    "class Pass:\n    def __call__(self, *a):\n        return old(*a)\nold = backward\nbackward = Pass()"
)


@pytest.mark.parametrize("form", [PARTIAL, CALLABLE])
def test_backward_survives_its_parts_whatever_it_is(notebook, form):
    assert list(wrong(verdict_on(notebook, failing("grad_w", "raise KeyError"), form))) == ["w"]


def test_backward_that_catches_what_its_parts_raise_is_left_alone(notebook):
    tried = (
        "try:\n        dw = grad_w(dz, values['h'])\n    except ValueError:\n        dw = dz * values['h']"
    )
    own = PLAIN["backward"].replace("    return {", f"    {tried}\n    return {{")
    own = own.replace('grad_w(dz, values["h"]), "c"', 'dw, "c"')
    assert verdict_on(notebook, failing("grad_w", "raise ValueError"), own).share == 1


def test_backward_is_not_called_for_ever(notebook, monkeypatch):
    monkeypatch.setattr(validation, "TIME_LIMIT", 0.3)
    slow = "import time\n" + failing("grad_w", "time.sleep(0.2)\n    raise ValueError")
    assert "did not return within 0.3 s" in render(verdict_on(notebook, slow), 3)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("raise NotImplementedError()", Status.OPEN, "not answered yet."),
        ("raise ValueError('mine')", Status.WRONG, "raised ValueError: mine"),
    ],
)
def test_backward_itself_has_to_return(notebook, body, status, reason):
    verdict = verdict_on(notebook, failing("backward", body), failing("grad_w", "raise KeyError"))
    assert (verdict.share, verdict.status, verdict.reason) == (0, status, reason)


# What follows


INLINED = """\
def backward(x, y, u, b, w, c):
    g = u @ x + b
    h = 1 / (1 + np.exp(-g))
    e = h @ w + c - y
    return {{"z": {z}, "w": 2 * e * h, "c": 2 * e, "h": {h}, "g": {g},
             "u": np.outer(2 * e * w * h * (1 - h), x), "b": 2 * e * w * h * (1 - h)}}"""
RIGHT = {"z": "2 * e", "h": "2 * e * w", "g": "2 * e * w * h * (1 - h)"}


@pytest.mark.parametrize(
    ("steps", "letters"),
    [
        ({"z": "e"}, "z"),
        ({"h": "-2 * e * w"}, "h"),
        ({"g": "e * w * h"}, "g"),
        ({"z": "e", "g": "e * w * h * (1 - h)"}, "z"),  # from the student's z, not from h
        ({"z": "e", "h": "-e * w", "g": "e * w * h * (1 - h)"}, "zh"),
    ],
)
def test_formulas_written_out_cost_their_own_slips(notebook, steps, letters):
    assert "".join(wrong(verdict_on(notebook, INLINED.format(**{**RIGHT, **steps})))) == letters


def test_a_slip_is_followed_across_a_key_that_is_missing(notebook):
    own = PLAIN["backward"].replace("dz = grad_z(", "dz = -grad_z(").replace('"h": dh, ', "")
    assert list(wrong(verdict_on(notebook, own))) == ["z", "h"]


def test_the_loss_for_its_derivative_costs_once(notebook):
    verdict = verdict_on(notebook, "def grad_z(z, y):\n    return (z - y) ** 2")
    assert (list(wrong(verdict)), verdict.mistakes) == (["z"], ("loss for its derivative",))


@pytest.mark.parametrize("slip", ["2 * (z - y) * np.ones(3)", "np.array([2 * (z - y)])"])
def test_a_shape_slip_in_the_first_step_costs_once(notebook, slip):
    assert list(wrong(verdict_on(notebook, f"def grad_z(z, y):\n    return {slip}"))) == ["z"]


def test_the_mistake_in_the_students_own_way_is_named_first(notebook):
    own = "def grad_z(z, y):\n    return y - z", "def grad_h(dL_dz, w):\n    return -dL_dz * w"
    assert verdict_on(notebook, *own).mistakes == ("sign and factor 2", "sign")
    own = "def grad_z(z, y):\n    return 2 * (y - z)", "def grad_c(dL_dz):\n    return 2 * dL_dz"
    assert verdict_on(notebook, *own).mistakes == ("sign", "factor 2 twice")


# Nothing for nothing

NOTHING = {
    "numbers that were given, twice": "{'z': 2*y, 'c': 2*y, 'g': 2*u[:, 0], 'b': 2*u[:, 0]}",
    "a given number by another": "{'z': y*c, 'c': y*c, 'g': w*b, 'b': w*b}",
    "constants": "{'z': 1.0, 'c': 1.0, 'h': w, 'g': np.ones(3), 'b': np.ones(3), 'u': [x, x, x]}",
    "the forward pass": "(v := forward(x, y, u, b, w, c)) and "
    "{'z': v['z'], 'c': v['z'], 'g': v['g'], 'b': v['g']}",
    "its arguments": "{'z': c, 'w': w, 'c': c, 'h': w, 'g': b, 'u': u, 'b': b}",
    "chance": "(t := np.random.rand()) and {'z': t, 'c': t, 'g': [t, t, t], 'b': [t, t, t]}",
}


@pytest.mark.parametrize("dictionary", NOTHING.values(), ids=NOTHING)
def test_backward_earns_nothing_for_handing_on_what_is_no_gradient(notebook, dictionary):
    source = f"def backward(x, y, u, b, w, c):\n    return {dictionary}"
    assert verdict_on(notebook, source).share == 0


def test_a_part_that_fails_earns_nothing_by_what_stands_in_for_it(notebook):
    everything = [failing(question, "raise ValueError") for question in STEPS]
    own = "def backward(x, y, u, b, w, c):\n    t = grad_g(0)\n    return dict(g=t, b=grad_b(t), c=grad_z())"
    assert verdict_on(notebook, *everything, own).share == 0
