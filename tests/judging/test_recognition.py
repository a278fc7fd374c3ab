"""A mistake is named only if it is the one that was made: every name below is true, and none is a guess."""

import numpy as np
import pytest
from support.answers import PLAIN

from autograder import exercises
from autograder.judging.assess import assess
from autograder.judging.gradient import judge_gradient
from autograder.judging.sampling import sample_inputs, seed_for
from backprop_lab.numerical import numerical_gradient

EXERCISE = exercises.find("neural_network_derivation")
SEEDS = [seed_for(b"a secret of the tests", "assignment", f"student-{n}", b"") for n in range(20)]


def verdict_on(question, function, seed=SEEDS[0], policy=None):
    samples = sample_inputs(EXERCISE, seed, question)
    asked = EXERCISE.public.asked[question]
    answers = [
        np.asarray(function(*EXERCISE.public.values_given(asked, s.values, s.gradients))) for s in samples
    ]
    return judge_gradient(EXERCISE, asked, samples, answers, policy or {})


def s(g):
    return 1 / (1 + np.exp(-g))


def slope(d, g):
    return d * s(g) * (1 - s(g))


def half_inside(d, g):  # loses most of its digits where a unit saturates
    return slope(d.astype(np.float16), g.astype(np.float16)).astype(float)


NEARLY = {
    "a small ε": lambda d, g: slope(d, g) + 1e-8,
    "a small ε in a denominator": lambda d, g: d * np.exp(-g) / (1 + np.exp(-g) + 1e-9) ** 2,
    "half precision": lambda d, g: slope(d, g).astype(np.float16).astype(float),
    "half precision inside": half_inside,
    "e to six digits": lambda d, g: d * 2.71828**-g / (1 + 2.71828**-g) ** 2,
    "six digits": lambda d, g: np.array([float(f"{v:.6g}") for v in slope(d, g)]),
}


@pytest.mark.parametrize("answer", NEARLY.values(), ids=NEARLY)
@pytest.mark.parametrize("seed", SEEDS, ids=range(20))
def test_what_is_nearly_right_is_no_numerical_gradient(answer, seed):
    verdict = verdict_on("grad_g", answer, seed)
    assert verdict.share == 0
    assert verdict.mistake in ("nearly right", "rounded", *("",) * (answer is half_inside))


@pytest.mark.parametrize("digits", range(1, 9))
def test_rounding_is_seen(digits):
    assert verdict_on("grad_g", lambda d, g: np.round(slope(d, g), digits)).mistake == "rounded"


def by_differences(step, forward, backward):
    return lambda d, g: d * (s(g + forward * step) - s(g - backward * step)) / ((forward + backward) * step)


@pytest.mark.parametrize("step", [1e-2, 2e-3, 1e-3, 1e-4, 1e-5])
@pytest.mark.parametrize(("forward", "backward"), [(1, 0), (0, 1)])
@pytest.mark.parametrize("seed", SEEDS[:5], ids=range(5))
def test_a_one_sided_difference_is_named_by_the_error_of_its_step(step, forward, backward, seed):
    answer = by_differences(step, forward, backward)
    assert verdict_on("grad_g", answer, seed).mistake == "finite difference"


@pytest.mark.parametrize("step", [1e-1, 1e-2, 1e-3])
def test_a_central_difference_is_named_by_the_error_of_its_step(step):
    assert verdict_on("grad_g", by_differences(step, 1, 1)).mistake == "finite difference"


def test_a_central_difference_whose_error_is_rounding_is_nearly_right():
    def answer(d, g):
        return np.array([numerical_gradient(lambda t, a=a: a * s(t), v) for a, v in zip(d, g, strict=True)])

    assert verdict_on("grad_g", answer).mistake in ("nearly right", "finite difference")


def test_the_loss_by_a_forward_difference_is_named():
    assert verdict_on("grad_z", lambda z, y: ((z + 1e-4 - y) ** 2 - (z - y) ** 2) / 1e-4).mistake == (
        "finite difference"
    )


SEVERAL = {
    "normalised, or an absolute value": ("grad_z", lambda z, y: (z - y) / abs(z - y), "twice as far"),
    "clipped, or an absolute value": ("grad_z", lambda z, y: np.clip(2 * (z - y), -1, 1), "twice as far"),
    "a bipolar sigmoid, or a factor": ("grad_g", lambda d, g: d * (1 - np.tanh(g / 2) ** 2) / 2, "factor 2"),
    "a buffer, or a constant": ("grad_b", lambda d: np.zeros(3), "zero everywhere"),
    "a copy, or a slope forgotten": ("grad_g", lambda d, g: d.copy(), "between g and h"),
}


@pytest.mark.parametrize(("question", "answer", "words"), SEVERAL.values(), ids=SEVERAL)
def test_where_two_mistakes_explain_an_answer_only_their_common_hint_is_given(question, answer, words):
    verdict = verdict_on(question, answer)
    assert (verdict.mistake, words in verdict.hint) == ("", True)


def test_in_doubt_the_larger_share_is_kept():
    policy = {"normalised": 0.25, "slope of the absolute value": 0.5}
    assert verdict_on("grad_z", lambda z, y: np.sign(z - y), policy=policy).share == 0.5


NAMED = {
    "clip to 5": ("grad_u", lambda d, x: np.clip(np.outer(d, x), -5, 5), "clipped"),
    "abs": ("grad_b", np.abs, "absolute value"),
    "positive part": ("grad_c", lambda d: np.maximum(0, d), "negative slopes lost"),
    "sort": ("grad_w", lambda d, h: np.sort(d * h), "sorted"),
    "half": ("grad_w", lambda d, h: d * h / 2, "halved"),
    "4 (z − y)": ("grad_z", lambda z, y: 4 * (z - y), "factor 2 twice"),
    "half the loss": ("grad_z", lambda z, y: (z - y) ** 2 / 2, "half the loss"),
    "2 z − y": ("grad_z", lambda z, y: 2 * z - y, "misplaced parenthesis"),
    "mean": ("grad_u", lambda d, x: np.outer(d, x).mean(), "averaged to one number"),
    "sum with keepdims": ("grad_b", lambda d: np.sum(d, keepdims=True), "summed"),
    "1/m": ("grad_w", lambda d, h: d * h / 3, "averaged"),
    "1/m of the rows": ("grad_u", lambda d, x: np.outer(d, x) / len(d), "averaged"),
    "the Jacobian alone": ("grad_g", lambda d, g: np.diag(s(g) * (1 - s(g))), "Jacobian alone"),
    "(1, 1) for a number": ("grad_c", lambda d: np.reshape(d, (1, 1)), "column for a vector"),
    "d s · 1 − s": ("grad_g", lambda d, g: d * s(g) * 1 - s(g), "misplaced parenthesis"),
    "a learning rate": ("grad_h", lambda d, w: -0.01 * d * w, "learning rate"),
    "a global g": ("grad_w", lambda d, h: d * example["g"], "g for h"),
    "a global u": ("grad_u", lambda d, x: d[:, None] * example["u"], "the other factor"),
    "a global y for z": ("grad_z", lambda z, y: 2 * (example["y"] - y), "notebook variable"),
    "divided": ("grad_w", lambda d, h: h / d, "upstream divided"),
    "subtracted": ("grad_w", lambda d, h: d - h, "upstream subtracted"),
}
example = EXERCISE.public.forward(EXERCISE.public.example())


@pytest.mark.parametrize(("question", "answer", "name"), NAMED.values(), ids=NAMED)
@pytest.mark.parametrize("seed", SEEDS[:5], ids=range(5))
def test_mistakes_that_people_make_have_a_name(question, answer, name, seed):
    assert verdict_on(question, answer, seed).mistake == name


def in_backward(notebook, *sources):
    samples = sample_inputs(EXERCISE, SEEDS[0], "backward")
    return assess(EXERCISE, "backward", notebook(*sources)["backward"], samples, {})


def test_in_backward_the_students_own_way_is_named(notebook):
    turned = "def grad_z(z, y):\n    return y - z", "def grad_w(dL_dz, h):\n    return 2 * dL_dz * h"
    verdict = in_backward(notebook, *turned)
    assert verdict.mistakes == ("sign and factor 2", "factor 2 twice")


def test_in_backward_a_formula_written_out_is_not_called_a_wrong_sign(notebook):
    own = PLAIN["backward"].replace(
        'dg = grad_g(dh, values["g"])',
        'h = values["h"]\n    dg = 2 * (values["z"] - y) * w * h * (1 - h)\n    dz, dh = -dz, 3 * dh',
    )
    verdict = in_backward(notebook, own)
    assert "sign" not in {e.mistake for e in verdict.entries if e.gradient == "∂L/∂g"}
