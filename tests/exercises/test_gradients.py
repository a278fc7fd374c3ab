"""The reference against central differences, the complex step and automatic differentiation."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograder import exercises
from autograder.exercises.neural_network_derivation import gradients as reference
from backprop_lab.numerical import complex_step, numerical_gradient
from exercise import EXERCISE, forward

GRADED = exercises.find(EXERCISE.name)
QUANTITIES = EXERCISE.quantities


def backward(*inputs):
    return GRADED.backward(forward(*inputs))


moderate = st.floats(-3, 3, allow_subnormal=False)
inputs = st.tuples(
    arrays(float, 2, elements=moderate),
    moderate,
    arrays(float, (3, 2), elements=moderate),
    arrays(float, 3, elements=moderate),
    arrays(float, 3, elements=moderate),
    moderate,
)
# The course's next networks have other sizes; nothing may depend on 2 and 3.
sizes = st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**32 - 1))


def size_of(values):
    return max(1.0, *(float(np.max(np.abs(v))) for v in values.values()))


def check_against(method, values, gradients, tolerance):
    for q in QUANTITIES:
        slope = method(lambda v, q=q: EXERCISE.loss_when(values, q, v), values[q])
        assert np.shape(gradients[q]) == np.shape(values[q])
        np.testing.assert_allclose(gradients[q], slope, rtol=0, atol=tolerance * size_of(gradients))


@given(inputs)
def test_agrees_with_central_differences(given_inputs):
    check_against(numerical_gradient, forward(*given_inputs), backward(*given_inputs), tolerance=1e-6)


@given(inputs)
def test_agrees_with_the_complex_step_to_the_last_digits(given_inputs):
    check_against(complex_step, forward(*given_inputs), backward(*given_inputs), tolerance=2e-14)


def autograd_loss(x, y, u, b, w, c):
    g = anp.dot(u, x) + b
    h = 1 / (1 + anp.exp(-g))
    return (anp.dot(w, h) + c - y) ** 2


@given(inputs)
def test_agrees_with_automatic_differentiation(given_inputs):
    gradients = backward(*given_inputs)
    for position, name in {2: "u", 3: "b", 4: "w", 5: "c"}.items():
        derived = autograd.grad(autograd_loss, position)(*given_inputs)
        np.testing.assert_allclose(gradients[name], derived, rtol=1e-12, atol=1e-13 * size_of(gradients))


@given(sizes)
def test_sizes_come_from_the_arrays(drawn):
    n, m, seed = drawn
    rng = np.random.default_rng(seed)
    x, u, b, w = (rng.normal(size=s) for s in [n, (m, n), m, m])
    values = forward(x, 0.3, u, b, w, -0.2)
    check_against(complex_step, values, backward(x, 0.3, u, b, w, -0.2), tolerance=2e-14)


def test_the_formulas_of_the_statement_entry_by_entry():
    rng = np.random.default_rng(3)
    x, y, u, b, w, c = (rng.normal(size=s)[()] for s in [2, (), (3, 2), 3, 3, ()])
    got = backward(x, y, u, b, w, c)
    g = [sum(u[j, k] * x[k] for k in range(2)) + b[j] for j in range(3)]
    h = [1 / (1 + np.exp(-g_j)) for g_j in g]
    z = sum(w[j] * h[j] for j in range(3)) + c
    assert got["z"] == pytest.approx(2 * (z - y), rel=1e-14)
    for j in range(3):
        assert got["w"][j] == pytest.approx(got["z"] * h[j], rel=1e-14)
        assert got["h"][j] == pytest.approx(got["z"] * w[j], rel=1e-14)
        assert got["g"][j] == pytest.approx(got["h"][j] * h[j] * (1 - h[j]), rel=1e-13)
        assert got["b"][j] == got["g"][j]
        for k in range(2):
            assert got["u"][j, k] == pytest.approx(got["g"][j] * x[k], rel=1e-14)
    assert got["c"] == got["z"]
    assert list(got) == list("zwchgub")


@pytest.mark.parametrize("g", [-40.0, -20.0, 0.0, 20.0, 40.0])
def test_sigma_prime_keeps_its_digits_where_sigma_saturates(g):
    exact = np.exp(-abs(g)) / (1 + np.exp(-abs(g))) ** 2
    assert reference.sigma_prime(g) == pytest.approx(exact, rel=1e-15)


def test_sigma_prime_is_zero_far_out_without_a_warning():
    with np.errstate(all="raise", under="ignore", over="raise"):
        assert reference.sigma_prime(np.array([-800.0, 800.0])).tolist() == [0.0, 0.0]
