"""The judge names no exercise: another network, with a batch and labels, is judged as well."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from autograder import exercises
from autograder.judging.assess import assess
from autograder.judging.gradient import Case, find_fault
from autograder.judging.sampling import sample_inputs, seed_for
from backprop_lab.checking import examine
from backprop_lab.validation import Status

COURSE = Path(__file__).parents[1] / "exercises" / "course"
EXERCISE = exercises.find("tanh_batch", COURSE)
SEEDS = [seed_for(b"a secret", "tanh_batch", str(n), b"") for n in range(60)]
SAMPLES = [sample_inputs(EXERCISE, seed, EXERCISE.public.whole.name) for seed in SEEDS]
QUESTIONS = {question.name: question for question in EXERCISE.public.questions}


def test_no_known_mistake_is_accepted_and_each_gets_its_hint(capsys):
    accepted, misnamed = [], []
    for samples, mistake in itertools.product(SAMPLES, EXERCISE.mistakes):
        question = QUESTIONS[mistake.question]
        given = [EXERCISE.public.values_given(question, s.values, s.gradients) for s in samples]
        cases = [Case(arguments, mistake.at(arguments)) for arguments in given]
        if any(case.answer is None for case in cases):
            continue  # shapes that do not go together: it would have raised an error
        fault = find_fault(EXERCISE, question, cases)
        if fault is None or fault.share({}):
            accepted.append(mistake)
        elif fault.hint != mistake.hint:
            misnamed.append((mistake.question, mistake.name))
    assert not accepted
    assert not misnamed
    with capsys.disabled():
        print(f"\ntanh_batch: false accepts 0 of {len(SAMPLES) * len(EXERCISE.mistakes)}, wrong hints 0")


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_reference_is_right_everywhere(name):
    for samples in SAMPLES:
        verdict = assess(EXERCISE, name, EXERCISE.gradients[name], samples, {})
        assert (verdict.share, verdict.status) == (1, Status.RIGHT)


def whole_pass(*inputs):
    values = EXERCISE.public.forward(dict(zip(EXERCISE.public.inputs, inputs, strict=True)))
    return values, EXERCISE.backward(values)


def following(values, found, start):
    """The gradients that follow from the ones that are there, after the step `start`."""
    names = list(EXERCISE.public.quantities)
    for question in EXERCISE.public.questions[names.index(start) + 1 :]:
        given = EXERCISE.public.values_given(question, values, found)
        found[question.wrt] = EXERCISE.gradients[question.name](*given)
    return found


@pytest.mark.parametrize("step", EXERCISE.public.quantities)
@pytest.mark.parametrize("slip", [np.negative, lambda a: 2 * a, lambda a: a * 1.5 + 0.1], ids="-2~")
def test_a_slip_in_the_whole_pass_costs_its_step_only(step, slip):
    def answer(*inputs):
        values, found = whole_pass(*inputs)
        return following(values, {**found, step: slip(found[step])}, step)

    verdict = assess(EXERCISE, "all_slopes", answer, SAMPLES[0], {})
    assert verdict.points(7) == pytest.approx(6)
    assert [e.gradient for e in verdict.entries if e.status is not Status.RIGHT] == [f"∂L/∂{step}"]


def test_the_visible_check_knows_it_as_well():
    assert examine(EXERCISE.public, "slope_c", np.sum).status is Status.RIGHT
    found = examine(EXERCISE.public, "slope_c", lambda dL_dz: -np.sum(dL_dz))
    assert (found.status, "does L grow or shrink" in found.message) == (Status.WRONG, True)
    whole = examine(EXERCISE.public, "all_slopes", lambda *a: whole_pass(*a)[1])
    assert set(whole.values) == set(EXERCISE.public.quantities)
