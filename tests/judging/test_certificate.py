"""The points are certified: over many seeds no wrong answer passes and no right one fails."""

import contextlib
import io
import itertools
import warnings

import numpy as np
import pytest
from support.answers import FORMS, PLAIN, WRONG

from autograder.judging.assess import assess
from autograder.judging.common_mistakes import NUMERICAL
from autograder.judging.gradient import judge
from autograder.judging.mistakes import BY_QUESTION, CATALOGUE
from autograder.judging.questions import QUESTIONS
from autograder.judging.sampling import MARGIN, arguments, is_certified, points, seed_for
from autograder.judging.tolerance import TOLERANCE, scale
from backprop_lab.validation import Rejected

SEEDS = [seed_for(b"a secret of the tests", "assignment", f"student-{n}") for n in range(240)]
POINTS = {seed: points(seed) for seed in SEEDS}
SIDE_EFFECTS = {"plots", "plots without showing", "logs to stderr", "writes to descriptor 2", "warns"}


def answers_of(mistake, given):
    return [np.asarray(mistake.wrong(*arguments(mistake.question, p))) for p in given]


def test_no_entry_of_the_catalogue_is_accepted_and_each_gets_its_hint(capsys):
    accepted, misnamed = [], []
    for seed, mistake in itertools.product(SEEDS, CATALOGUE):
        given = POINTS[seed]
        verdict = judge(QUESTIONS[mistake.question], given, answers_of(mistake, given), {})
        if verdict.points or verdict.gate is None:
            accepted.append((mistake.question, mistake.name))
        if f"Hint: {mistake.hint}" not in verdict.message:
            misnamed.append((mistake.question, mistake.name, verdict.mistakes))
    with capsys.disabled():
        print(
            f"\nfalse accepts {len(accepted)} of {len(SEEDS) * len(CATALOGUE)} "
            f"({len(SEEDS)} seeds, {len(CATALOGUE)} wrong answers); wrong hints {len(misnamed)}"
        )
    assert not accepted
    assert not misnamed


def test_no_right_form_is_rejected(notebook, capsys):
    forms = [(q, PLAIN[q]) for q in QUESTIONS]
    forms += [(q, f) for q in FORMS for name, f in FORMS[q].items() if name not in SIDE_EFFECTS]
    rejected = []
    for question, source in forms:
        function = notebook(*PLAIN.values(), source)[question]
        with contextlib.redirect_stdout(io.StringIO()):
            verdicts = [assess(question, function, POINTS[seed], {}) for seed in SEEDS]
        rejected += [(source, v.message) for v in verdicts if v.points != QUESTIONS[question].points]
    with capsys.disabled():
        print(
            f"\nfalse rejects {len(rejected)} of {len(SEEDS) * len(forms)} "
            f"({len(SEEDS)} seeds, {len(forms)} right forms)"
        )
    assert not rejected


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_other_wrong_answer_is_accepted(notebook, question):
    for name, source in WRONG[question].items():
        function = notebook(*PLAIN.values(), source)[question]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            earned = [assess(question, function, POINTS[seed], {}).points for seed in SEEDS[:20]]
        assert earned == [0.0] * 20, name


def relative_errors(formula, question, given):
    for p in given:
        given_to = arguments(question, p)
        right = QUESTIONS[question].reference(*given_to)
        yield np.max(np.abs(formula(*given_to) - right)) / scale(right, given_to)


@pytest.mark.parametrize("step", [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7])
@pytest.mark.parametrize("seed", SEEDS[:25], ids=range(25))
def test_every_central_difference_is_on_the_wrong_side_of_the_tolerance(step, seed):
    def formula(d, g):
        def s(t):
            return 1 / (1 + np.exp(-t))

        return d * (s(g + step) - s(g - step)) / (2 * step)

    assert max(relative_errors(formula, "grad_g", POINTS[seed])) > 10 * TOLERANCE


def test_the_tolerance_is_far_from_what_right_forms_need(notebook):
    for name, source in FORMS["grad_g"].items():
        formula = notebook(source)["grad_g"]
        worst = max(max(relative_errors(formula, "grad_g", POINTS[seed])) for seed in SEEDS[:25])
        assert worst < TOLERANCE / 10, name


@pytest.mark.parametrize("seed", SEEDS[:25], ids=range(25))
def test_two_mistakes_with_different_hints_are_different_answers(seed):
    given = POINTS[seed]
    for question, known in BY_QUESTION.items():
        for one, other in itertools.combinations([m for m in known if m not in NUMERICAL], 2):
            if one.hint == other.hint:
                continue
            pairs = zip(answers_of(one, given), answers_of(other, given), strict=True)
            assert any(a.shape != b.shape or np.max(np.abs(a - b)) > 1e-5 for a, b in pairs), (
                question,
                one.name,
                other.name,
            )


def test_points_that_cannot_tell_are_not_certified():
    at = dict(points(SEEDS[0])[0])
    at["dL_dz"] = 1.0  # forgetting it would go unnoticed
    assert not is_certified(at)
    assert MARGIN > 1e9 * TOLERANCE


def test_points_are_one_forward_pass():
    for at in points(SEEDS[1]):
        np.testing.assert_allclose(at["g"], at["u"] @ at["x"] + at["b"], rtol=1e-15)
        np.testing.assert_allclose(at["h"], 1 / (1 + np.exp(-at["g"])), rtol=1e-14)


def test_a_seed_gives_the_same_points_bit_by_bit():
    again = points.__wrapped__(SEEDS[2])
    for one, other in zip(points(SEEDS[2]), again, strict=True):
        assert all(np.array_equal(one[name], other[name]) for name in one)


def test_students_assignments_and_secrets_have_points_of_their_own():
    seeds = {
        seed_for(secret, assignment, student)
        for secret in (b"one", b"two")
        for assignment in ("a", "b")
        for student in ("student-01", "student-02")
    }
    assert len(seeds) == 8
    first = [points(seed)[0]["x"].tobytes() for seed in sorted(seeds)]
    assert len(set(first)) == 8


def test_the_order_of_calls_does_not_change_the_points():
    before = points.__wrapped__(SEEDS[3])[0]["x"]
    np.random.default_rng(0).normal()
    points.__wrapped__(SEEDS[4])
    assert np.array_equal(points.__wrapped__(SEEDS[3])[0]["x"], before)


def test_rejections_are_exceptions_with_a_gate():
    assert Rejected("shape", "words").gate == "shape"
