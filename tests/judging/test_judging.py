"""Every form of a right answer gets all its points, every wrong answer none."""

import re
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import FORMS, PLAIN, SLIPS, WRONG

from autograder import exercises
from autograder.judging import assess as assessing
from autograder.judging.gradient import Case, find_fault
from autograder.judging.sampling import sample_inputs, seed_for
from autograder.judging.verdict import render
from backprop_lab import validation
from backprop_lab.validation import Stage, Status
from exercise import POINTS

EXERCISE = exercises.find("neural_network_derivation")
QUESTIONS = list(EXERCISE.public.asked)
SEED = seed_for(b"a secret of the tests", "assignment", "student-01", b"")
SAMPLES = sample_inputs(EXERCISE, SEED, "backward")
GRAD_G = EXERCISE.public.find("grad_g")


def assess(question, function, policy=None):
    return assessing.assess(EXERCISE, question, function, SAMPLES, policy or {})


def words(verdict):
    return render(verdict, POINTS[verdict.question])


def each(table):
    return [
        pytest.param(q, source, id=f"{q}: {name}") for q, d in table.items() for name, source in d.items()
    ]


def verdict_on(notebook, question, source, kept=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return assess(question, notebook(source)[question], kept)


@pytest.mark.parametrize("question", QUESTIONS)
def test_plain_answers_are_right(notebook, question):
    verdict = verdict_on(notebook, question, PLAIN[question])
    assert verdict.points(POINTS[question]) == POINTS[question]
    assert (verdict.status, verdict.stage) == (Status.RIGHT, None)


@pytest.mark.parametrize(("question", "source"), each(FORMS))
def test_other_forms_are_right(notebook, question, source):
    verdict = verdict_on(notebook, question, source)
    assert (verdict.share, verdict.status, verdict.stage) == (1, Status.RIGHT, None), words(verdict)


@pytest.mark.parametrize(("question", "source"), each(WRONG))
def test_wrong_answers_get_nothing(notebook, question, source):
    verdict = verdict_on(notebook, question, source)
    assert verdict.share == 0, words(verdict)
    assert verdict.stage is not None


@pytest.mark.parametrize(("step", "source"), SLIPS.values(), ids=SLIPS)
def test_a_slip_in_backward_costs_its_step_only(notebook, step, source):
    verdict = verdict_on(notebook, "backward", source)
    assert verdict.points(3) == pytest.approx(3 * 6 / 7), words(verdict)
    assert f"∂L/∂{step}:" in words(verdict)


NUMERICAL = """\
from functools import partial
from exercise import EXERCISE
def backward(x, y, u, b, w, c):
    at = forward(x, y, u, b, w, c)
    return {q: numerical_gradient(partial(EXERCISE.loss_when, at, q), at[q]) for q in "zwchgub"}"""


def test_numerical_gradients_are_no_backward_pass(notebook):
    verdict = verdict_on(notebook, "backward", NUMERICAL)
    # the numerical slopes in z and c, in g and b may agree to the last digit: then one follows from the other
    assert verdict.points(3) <= 6 / 7
    assert set(verdict.mistakes) <= {"finite difference", "nearly right"}


@pytest.mark.parametrize("g", [(-40.0, 3.0, 0.1), (40.0, -40.0, 38.0), (-35.0, 35.0, -0.5)])
@pytest.mark.parametrize("form", FORMS["grad_g"])
def test_every_form_is_right_where_sigma_saturates(notebook, form, g):
    function = notebook(FORMS["grad_g"][form])["grad_g"]
    given = [np.array([0.7, -1.3, 0.4]), np.array(g)]
    answer = np.asarray(function(*given))
    assert find_fault(EXERCISE, GRAD_G, [Case(given, answer)]) is None


@pytest.mark.parametrize("name", ["σ for σ′", "tanh′", "only 1 − σ"])
def test_a_wrong_formula_is_wrong_where_one_unit_saturates(name):
    mistake = next(m for m in EXERCISE.mistakes_by_question["grad_g"] if m.name == name)
    given = [np.array([0.7, -1.3, 0.4]), np.array([-40.0, 3.0, 0.1])]
    fault = find_fault(EXERCISE, GRAD_G, [Case(given, np.asarray(mistake.wrong(*given)))])
    assert fault.stage is Stage.VALUE
    assert fault.mistakes == (mistake,)


def test_two_slips_in_backward_cost_two_steps(notebook):
    source = PLAIN["backward"].replace('"c": grad_c(dz)', '"c": -grad_c(dz)')
    verdict = verdict_on(notebook, "backward", source.replace('"b": grad_b(dg)', '"b": None'))
    assert verdict.points(3) == pytest.approx(3 * 5 / 7)


def test_a_slip_that_only_the_dict_has_costs_its_entry_only(notebook):
    source = PLAIN["backward"].replace('{"z": dz,', '{"z": -dz,')
    assert verdict_on(notebook, "backward", source).points(3) == pytest.approx(3 * 6 / 7)


def test_a_column_in_backward_is_charged_once(notebook):
    source = PLAIN["backward"].replace("dh = grad_h(dz, w)", "dh = grad_h(dz, w)[:, None]")
    verdict = verdict_on(notebook, "backward", source)
    assert verdict.points(3) == pytest.approx(3 * 6 / 7), words(verdict)


def test_missing_keys_cost_their_entries_only(notebook):
    source = PLAIN["backward"].replace('"w": grad_w(dz, values["h"]), ', "")
    verdict = verdict_on(notebook, "backward", source)
    assert verdict.points(3) == pytest.approx(3 * 6 / 7)
    assert "no entry 'w'" in words(verdict)


def test_a_recognised_mistake_keeps_the_share_that_the_course_gives_it(notebook):
    kept = {"factor 2 missing": 0.5}
    verdict = verdict_on(notebook, "grad_z", "def grad_z(z, y):\n    return z - y", kept)
    assert verdict.points(2) == 1.0
    assert verdict.status is Status.PARTLY
    assert "50 % of the points are kept" in words(verdict)
    backward = PLAIN["backward"].replace('dz = grad_z(values["z"], y)', 'dz = values["z"] - y')
    assert verdict_on(notebook, "backward", backward, kept).points(3) == pytest.approx(3 * 6.5 / 7)


def test_changing_an_argument_is_told_and_not_punished(notebook):
    verdict = verdict_on(notebook, "grad_h", FORMS["grad_h"]["in place"])
    assert verdict.share == 1
    assert "it changes w in place" in words(verdict)


def test_a_question_that_does_not_exist():
    with pytest.raises(ValueError, match="no question 'grad_q'; the questions are grad_z, "):
        assess("grad_q", print)


MESSAGES = {
    "grad_z": {
        "nothing": "✗ grad_z, 0 of 2 points: returned None. Is there a `return` in every case?",
        "text": "✗ grad_z, 0 of 2 points: returned a str, which is not numeric. Return numbers.",
        "nan": "✗ grad_z, 0 of 2 points: returned NaN (not a number). Is there a division by zero "
        "or an overflow?",
        "array of one": "✗ grad_z, 0 of 2 points: wrong shape: got (1,); ∂L/∂z is a single number, "
        "like z.\n    Hint: Which shape does the quantity itself have, and which shape did you return?",
        "not a function": "✗ grad_z, 0 of 2 points: is not a function but a float. "
        "Was its name used for something else?",
        "huge integer": "✗ grad_z, 0 of 2 points: returned a number beyond any float. "
        "Is there a division by zero or an overflow?",
        "exception without words": "✗ grad_z, 0 of 2 points: raised Mute",
        "words that cannot be written": "✗ grad_z, 0 of 2 points: raised ValueError: ? oops",
        "array that raises": "✗ grad_z, 0 of 2 points: raised SystemExit",
        "cube": "✗ grad_z, 0 of 2 points: wrong value at 5 of 5 test inputs.",
        "visible answers learned by heart": "✗ grad_z, 0 of 2 points: wrong value at 5 of 5 test inputs.",
    },
    "grad_w": {
        "ragged": "✗ grad_w, 0 of 3 points: returned a list that NumPy does not read as an array of "
        "numbers: setting an array element with a sequence.",
        "too long": "✗ grad_w, 0 of 3 points: wrong shape: got (4,); ∂L/∂w has the shape of w, (3,).",
    },
    "backward": {
        "tuple": "✗ backward, 0 of 3 points: returned a tuple. Return a dict with the keys z w c h g u b.",
        "other keys": "✗ backward, 0 of 3 points: the dict has none of the entries z w c h g u b; "
        "its keys are dL_dz.",
    },
}


@pytest.mark.parametrize(
    ("question", "name"), [(q, n) for q, d in MESSAGES.items() for n in d], ids=lambda v: v
)
def test_the_words_of_a_verdict(notebook, question, name):
    verdict = verdict_on(notebook, question, WRONG[question][name])
    assert words(verdict).startswith(MESSAGES[question][name])


def test_an_endless_loop_is_stopped(notebook, monkeypatch):
    monkeypatch.setattr(validation, "TIME_LIMIT", 0.2)
    verdict = verdict_on(notebook, "grad_b", "def grad_b(dL_dg):\n    while True:\n        pass")
    assert words(verdict) == (
        "✗ grad_b, 0 of 1 points: did not return within 0.2 s. Is there a loop that never ends?"
    )


def numbers_in(text):
    return {float(t) for t in re.findall(r"-?\d+\.\d{3,}", text)}


@pytest.mark.parametrize(("question", "source"), each(WRONG))
def test_no_message_holds_a_value_of_the_reference(notebook, question, source):
    message = words(verdict_on(notebook, question, source))
    right = [np.ravel(v) for sample in SAMPLES for v in sample.gradients.values()]
    for shown in numbers_in(message):
        assert not np.any(np.isclose(np.concatenate(right), shown, rtol=1e-3))


SHAPES = [(), (1,), (3,), (1, 3), (3, 1), (3, 3), (2,), (3, 2), (2, 3), (6,), (1, 1), (9, 2), (0,)]
SIZES = st.lists(st.sampled_from(SHAPES), min_size=7, max_size=7)


@given(SIZES, st.integers(0, 2**32 - 1))
def test_no_mixture_of_shapes_breaks_the_grader(shapes, seed):
    rng = np.random.default_rng(seed)
    answer = {q: rng.normal(size=shape) for q, shape in zip("zwchgub", shapes, strict=True)}
    assert assess("backward", lambda *a: answer).share < 1


def test_a_loop_that_catches_what_stops_it(notebook, monkeypatch):
    monkeypatch.setattr(validation, "TIME_LIMIT", 0.2)
    source = """\
import time
def grad_b(dL_dg):
    while True:
        try:
            time.sleep(5)
        except:
            pass"""
    verdict = verdict_on(notebook, "grad_b", source)
    assert "did not return within 0.2 s" in words(verdict)
    assert sys.gettrace() is None


def test_a_person_may_interrupt():
    def interrupted(dL_dz):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        assess("grad_c", interrupted)
