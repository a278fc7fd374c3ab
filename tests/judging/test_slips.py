"""Every single slip costs its own share, in each way of writing, for every exercise."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from support.slips import CALLS, INLINED, KINDS, STYLES, cost, has, verdict_on

from autograder import exercises
from autograder.judging.assess import assess
from autograder.judging.sampling import sample_inputs, seed_for
from autograder.judging.whole_pass.forward_slips import nearly
from backprop_lab.validation import Status

COURSE = Path(__file__).parents[1] / "exercises" / "course"
SEED = seed_for(b"a secret of the tests", "assignment", "student-01", b"")
NAMES = ("neural_network_derivation", "tanh_batch", "neural_network_batch", "softmax_classifier")
FIRST, *BATCHES = (exercises.find(name, COURSE) for name in NAMES)
SAMPLES = {e: sample_inputs(e, SEED, e.public.whole.name) for e in (FIRST, *BATCHES)}
SINGLE = [
    pytest.param(exercise, style, step, kind, id=f"{exercise.public.name} {style}: {step} {kind}")
    for exercise in SAMPLES
    for style in STYLES
    for step in exercise.public.quantities
    for kind in KINDS
    if has(style, kind)
]
# A batch in a shape with which the next inlined formula raises: `backward` itself returns nothing.
RAISES = [(step, kind) for step in "zHGPZ" for kind in ("shape", "transposed")]


@pytest.mark.parametrize(("exercise", "style", "step", "kind"), SINGLE)
def test_a_single_slip_costs_its_own_share(exercise, style, step, kind):
    verdict = verdict_on(exercise, SAMPLES[exercise], style, {step: kind})
    if verdict.reason.startswith("raised ValueError: "):
        assert exercise in BATCHES
        assert style == INLINED
        assert (step, kind) in RAISES
        return
    assert cost(verdict, exercise) == 1
    (wrong,) = (entry for entry in verdict.entries if entry.status is not Status.RIGHT)
    assert wrong.gradient == exercise.public.gradient(step)


@pytest.mark.parametrize("exercise", SAMPLES, ids=lambda e: e.public.name)
def test_two_slips_cost_two_shares(exercise):
    """Of kinds that do not undo one another: two signs may, and so may two shapes."""
    kinds = ("factor", "offset", "missing", "None", "zero", "constant", "raises", "open")
    steps = exercise.public.quantities
    for first, second in pairwise(steps):
        for one in kinds:
            for other in (k for k in kinds if k != one):
                verdict = verdict_on(exercise, SAMPLES[exercise], CALLS, {first: one, second: other})
                assert cost(verdict, exercise) == 2, (first, one, second, other)


# In the student's own forward pass

PASS = """\
def backward(x, y, u, b, w, c):
    g = {g}
    h = {h}
    z = {z}
    dz = 2 * (z - y)
    dh = dz * w
    dg = dh * {slope}
    return dict(z=dz, w=dz * h, c=dz, h=dh, g=dg, u=np.outer(dg, x), b=dg)"""
RIGHT = {"g": "u @ x + b", "h": "sigma(g)", "z": "w @ h + c", "slope": "h * (1 - h)"}
FORWARD = [
    {"g": "u @ x"},
    {"g": "u @ x - b"},
    {"g": "u @ x[::-1] + b"},
    {"h": "np.tanh(g)"},
    {"h": "np.tanh(g)", "slope": "(1 - h ** 2)"},
    {"h": "np.tanh(g)", "slope": "sigma(g) * (1 - sigma(g))"},
    {"h": "np.maximum(g, 0)", "slope": "(g > 0)"},
    {"h": "2 * sigma(g) - 1"},
    {"h": "g", "slope": "1"},
    {"h": "1 / (1 + np.exp(g))"},
    {"z": "w @ h"},
    {"z": "np.mean(w * h) + c"},
]


@pytest.mark.parametrize("slip", FORWARD, ids=str)
def test_a_slip_in_the_forward_pass_costs_one_share(notebook, slip):
    function = notebook(PASS.format(**{**RIGHT, **slip}))["backward"]
    verdict = assess(FIRST, "backward", function, SAMPLES[FIRST], {})
    assert [e.gradient for e in verdict.entries if e.status is not Status.RIGHT] == ["∂L/∂z"]
    if "z" not in slip:
        assert "wrong value, but right for another forward pass. Is" in verdict.entries[0].reason


@pytest.mark.parametrize("backward_slip", ["-dz * h", "None"])
def test_a_slip_in_the_forward_pass_and_another_one_cost_two_shares(notebook, backward_slip):
    source = PASS.format(**{**RIGHT, "h": "np.tanh(g)"}).replace("w=dz * h", f"w={backward_slip}")
    verdict = assess(FIRST, "backward", notebook(source)["backward"], SAMPLES[FIRST], {})
    assert [e.gradient for e in verdict.entries if e.status is not Status.RIGHT] == ["∂L/∂z", "∂L/∂w"]


@pytest.mark.parametrize("exercise", SAMPLES, ids=lambda e: e.public.name)
def test_every_network_that_is_nearly_the_exercises_costs_one_share_at_most(exercise):
    for one in nearly(exercise):
        for network in one.networks:
            public = network.public

            def whole(*inputs, network=network, public=public):
                values = public.forward(dict(zip(public.inputs, inputs, strict=True)))
                return network.backward(values)

            with np.errstate(all="ignore"):
                verdict = assess(exercise, public.whole.name, whole, SAMPLES[exercise], {})
            assert cost(verdict, exercise) <= 1, one.quantity
