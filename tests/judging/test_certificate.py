"""The points are certified: over many seeds no wrong answer passes and no right one fails."""

import contextlib
import io
import itertools
import warnings
from functools import cache

import numpy as np
import pytest
from support.answers import FORMS, PLAIN, WRONG

from autograder import exercises
from autograder.judging.assess import assess
from autograder.judging.gradient import Case, find_fault
from autograder.judging.sampling import sample_inputs, seed_for
from autograder.judging.verdict import render
from backprop_lab import tolerance
from backprop_lab.validation import Rejected, Stage

EXERCISE = exercises.find("neural_network_derivation")
ASKED = EXERCISE.public.asked
SEEDS = [seed_for(b"a secret of the tests", "assignment", f"student-{n}", b"") for n in range(100)]
SIDE_EFFECTS = {"plots", "plots without showing", "logs to stderr", "writes to descriptor 2", "warns"}


@cache
def samples(seed, question):
    return sample_inputs(EXERCISE, seed, question)


def arguments(question, sample):
    return EXERCISE.public.values_given(ASKED[question], sample.values, sample.gradients)


def cases_of(mistake, seed):
    given = [arguments(mistake.question, sample) for sample in samples(seed, mistake.question)]
    return [Case(each, np.asarray(mistake.wrong(*each))) for each in given]


def test_no_entry_of_the_catalogue_is_accepted_and_each_gets_its_hint(capsys):
    accepted, misnamed = [], []
    for seed, mistake in itertools.product(SEEDS, EXERCISE.mistakes):
        fault = find_fault(EXERCISE, ASKED[mistake.question], cases_of(mistake, seed))
        if fault is None or fault.share({}):
            accepted.append((mistake.question, mistake.name))
        elif fault.hint != mistake.hint:
            misnamed.append((mistake.question, mistake.name, fault.name))
    with capsys.disabled():
        print(
            f"\nfalse accepts {len(accepted)} of {len(SEEDS) * len(EXERCISE.mistakes)} "
            f"({len(SEEDS)} seeds, {len(EXERCISE.mistakes)} wrong answers); wrong hints {len(misnamed)}"
        )
    assert not accepted
    assert not misnamed


def test_no_right_form_is_rejected(notebook, capsys):
    forms = [(q, PLAIN[q]) for q in ASKED]
    forms += [(q, f) for q in FORMS for name, f in FORMS[q].items() if name not in SIDE_EFFECTS]
    rejected = []
    for question, source in forms:
        function = notebook(*PLAIN.values(), source)[question]
        with contextlib.redirect_stdout(io.StringIO()):
            verdicts = [assess(EXERCISE, question, function, samples(seed, question), {}) for seed in SEEDS]
        rejected += [(source, render(v, 1)) for v in verdicts if v.share != 1]
    with capsys.disabled():
        print(
            f"\nfalse rejects {len(rejected)} of {len(SEEDS) * len(forms)} "
            f"({len(SEEDS)} seeds, {len(forms)} right forms)"
        )
    assert not rejected


@pytest.mark.parametrize("question", ASKED)
def test_no_other_wrong_answer_is_accepted(notebook, question):
    for name, source in WRONG[question].items():
        function = notebook(*PLAIN.values(), source)[question]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            earned = [
                assess(EXERCISE, question, function, samples(seed, question), {}).share for seed in SEEDS[:20]
            ]
        assert earned == [0.0] * 20, name


def relative_errors(formula, question, given):
    for p in given:
        given_to = arguments(question, p)
        right = EXERCISE.gradients[question](*given_to)
        yield np.max(np.abs(formula(*given_to) - right)) / tolerance.scale(right, given_to)


@pytest.mark.parametrize("step", [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7])
@pytest.mark.parametrize("seed", SEEDS[:25], ids=range(25))
def test_every_central_difference_is_on_the_wrong_side_of_the_tolerance(step, seed):
    def formula(d, g):
        def s(t):
            return 1 / (1 + np.exp(-t))

        return d * (s(g + step) - s(g - step)) / (2 * step)

    assert max(relative_errors(formula, "grad_g", samples(seed, "grad_g"))) > 10 * tolerance.RIGHT


def test_the_tolerance_is_far_from_what_right_forms_need(notebook):
    for name, source in FORMS["grad_g"].items():
        formula = notebook(source)["grad_g"]
        worst = max(max(relative_errors(formula, "grad_g", samples(seed, "grad_g"))) for seed in SEEDS[:25])
        assert worst < tolerance.RIGHT / 10, name


@pytest.mark.parametrize("seed", SEEDS[:5], ids=range(5))
def test_two_mistakes_with_different_hints_are_different_answers(seed):
    for question, known in EXERCISE.mistakes_by_question.items():
        answers = {mistake: [case.answer for case in cases_of(mistake, seed)] for mistake in known}
        for one, other in itertools.combinations(known, 2):
            if one.hint == other.hint:
                continue
            pairs = zip(answers[one], answers[other], strict=True)
            assert any(a.shape != b.shape or np.max(np.abs(a - b)) > 1e-5 for a, b in pairs), (
                question,
                one.name,
                other.name,
            )


def test_rejections_are_exceptions_with_a_stage():
    assert Rejected(Stage.SHAPE, "words").stage is Stage.SHAPE
