"""A sample of the mutation study: answers with one thing changed are judged by what is true of them.

`python tests/benchmarks/mutations.py` runs the whole study.
"""

import random
from pathlib import Path

import numpy as np
import pytest
from support.mutation_study import Study, lucky, study_mutants
from support.mutations import PIECEWISE, Mutant, all_mutants, answers_of, fresh, function_of, is_true

from autograder import exercises
from autograder.judging.sampling import seed_for
from backprop_lab import tolerance

COURSE = Path(__file__).parents[1] / "exercises" / "course"
NETWORK = exercises.find("neural_network_derivation")
EACH = [exercises.find(name, COURSE) for name in ("tanh_batch", *exercises.names())]
SEEDS = [seed_for(b"a secret of the tests", "assignment", f"student-{n}", b"") for n in range(60)]


def some(exercise, count, seed=0, changes=None):
    found = [m for m in all_mutants(exercise) if changes is None or m.change in changes]
    return random.Random(seed).sample(found, count)


@pytest.fixture(scope="module", params=EACH, ids=lambda e: e.public.name)
def study(request):
    return study_mutants(request.param, some(request.param, 300), SEEDS[:3])


def offenders(study, what):
    return "\n".join(study.offenders.get(what, []))


def test_the_sample_is_worth_looking_at(study):
    counts = study.counts
    assert counts["mutants"] == 300
    assert counts["judged"] > 500
    assert min(counts["right"], counts["named"], counts["with a name"]) > 50


@pytest.mark.parametrize("what", ["false accepts", "false rejects", "false accusations"])
def test_no_mutant_is_misjudged(study, what):
    assert not offenders(study, what)


@pytest.mark.parametrize("where", ["right for the check only", "right for the grader only"])
def test_what_passes_the_check_passes_the_grader(study, where):
    assert not offenders(study, where)


def test_names_are_precise_and_complete(study):
    assert study.share("named truly", "named") >= 0.99
    assert study.share("with a name, recognised", "with a name") >= 0.8
    assert study.share("hints of the grader, given by the check", "hints of the grader") >= 0.9


@pytest.mark.parametrize("exercise", EACH, ids=lambda e: e.public.name)
def test_nobody_is_lucky_with_cases(exercise):
    found = [(m.source, seed) for m, seed in lucky(exercise, some(exercise, 60, 1, PIECEWISE), SEEDS[:30])]
    assert not found


# The study itself


def test_the_truth_needs_no_reference():
    right = Mutant("grad_c", "def grad_c(dL_dz):\n    return dL_dz", "")
    wrong = Mutant("grad_c", "def grad_c(dL_dz):\n    return dL_dz + 1e-9", "")
    question = NETWORK.public.asked["grad_c"]
    for mutant, truth in ((right, True), (wrong, False)):
        answers = answers_of(NETWORK, function_of(NETWORK, mutant), question, fresh(NETWORK))
        assert is_true(NETWORK, question, answers) is truth


def test_the_truth_is_more_precise_than_the_tolerance():
    for sample in fresh(NETWORK):
        reference = NETWORK.backward(sample.values)
        for question in NETWORK.public.questions:
            given = NETWORK.public.values_given(question, sample.values, reference)
            right, exact = reference[question.wrt], sample.gradients[question.wrt]
            assert np.abs(right - exact).max() < tolerance.RIGHT / 5 * tolerance.scale(right, given)


def test_a_study_counts_what_should_not_happen():
    study = Study()
    mutant = Mutant("q", "source", "change")
    study.blame("false accepts", True, mutant, "detail")
    study.blame("false accepts", False, mutant)
    assert (study.counts["false accepts"], offenders(study, "false accepts")) == (1, "source   # detail")
    assert study.share("nothing", "nothing") == 1.0
