"""The forward pass and the numerical slopes that a student holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backprop_lab import complex_step, error_against_step, numerical_gradient
from backprop_lab.checking import numerical_gradients
from exercise import EXERCISE, example, forward, sigma

reals = st.floats(-5, 5, allow_subnormal=False)


@given(arrays(float, 4, elements=st.floats(-700, 700)))
def test_sigma_lies_between_0_and_1_and_is_symmetric(g):
    assert np.all((sigma(g) >= 0) & (sigma(g) <= 1))
    np.testing.assert_allclose(sigma(g) + sigma(-g), 1, rtol=1e-15)


def test_sigma_far_out_does_not_warn():
    with np.errstate(all="raise"):
        assert sigma(-1000.0) == 0
        assert sigma(1000.0) == 1


def test_the_forward_pass_by_hand():
    x, y, u, b, w, c = example()
    v = forward(x, y, u, b, w, c)
    np.testing.assert_allclose(v["g"], [0.66, -0.61, -1.08], rtol=1e-12)
    np.testing.assert_allclose(v["h"], 1 / (1 + np.exp([-0.66, 0.61, 1.08])), rtol=1e-12)
    assert v["z"] == pytest.approx(1.5 * v["h"][0] - 0.8 * v["h"][1] + 0.6 * v["h"][2] + 0.25)
    assert v["L"] == pytest.approx((v["z"] - 0.7) ** 2)


def test_the_example_is_fresh_each_time():
    example()[0][:] = 0
    assert example()[0].tolist() == [0.5, -1.2]


@pytest.mark.parametrize("name", list("xyubwcghz"))
def test_the_loss_does_not_move_if_nothing_moves(name):
    values = forward(*example())
    assert EXERCISE.loss_when(values, name, values[name]) == values["L"]


def test_the_loss_moves_with_what_depends_on_it_only():
    values = forward(*example())
    moved = EXERCISE.loss_when(values, "h", values["h"] + 1)
    assert moved == pytest.approx((values["z"] + np.sum(values["w"]) - values["y"]) ** 2)
    assert EXERCISE.loss_when(values, "x", np.zeros(2)) == forward(np.zeros(2), *example()[1:])["L"]


@given(arrays(float, (2, 3), elements=reals), arrays(float, (2, 3), elements=reals))
def test_the_slope_of_a_quadratic_form(coefficients, at):
    slope = numerical_gradient(lambda t: np.sum(coefficients * t**2), at)
    np.testing.assert_allclose(slope, 2 * coefficients * at, atol=1e-6)
    exact = complex_step(lambda t: np.sum(coefficients * t**2), at)
    np.testing.assert_allclose(exact, 2 * coefficients * at, rtol=1e-14, atol=1e-14)


def test_a_number_has_a_number_for_a_slope():
    assert np.ndim(numerical_gradient(np.sin, 0.3)) == 0
    assert numerical_gradient(np.sin, 0.3) == pytest.approx(np.cos(0.3), rel=1e-8)
    assert complex_step(np.sin, 0.3) == pytest.approx(np.cos(0.3), rel=1e-15)


def test_numerical_slopes_leave_their_argument_alone():
    at = np.array([1.0, 2.0])
    numerical_gradient(np.sum, at)
    complex_step(np.sum, at)
    assert at.tolist() == [1.0, 2.0]


def test_integers_are_taken_for_numbers():
    assert numerical_gradient(lambda t: t @ t, [1, 2]) == pytest.approx([2, 4])


def test_slopes_have_the_shapes_of_their_quantities():
    values = forward(*example())
    assert {q: np.shape(s) for q, s in numerical_gradients(EXERCISE, values).items()} == {
        q: np.shape(values[q]) for q in "zwchgub"
    }


def test_the_error_of_central_differences_has_the_shape_of_a_v():
    steps = [1e-1, 1e-5, 1e-12]
    values = forward(*example())
    coarse, best, fine = error_against_step(lambda u: EXERCISE.loss_when(values, "u", u), values["u"], steps)
    assert coarse > 1e4 * best
    assert fine > 1e4 * best


def test_the_error_of_the_complex_step_only_falls():
    steps = [1e-1, 1e-5, 1e-12]
    values = forward(*example())
    error = error_against_step(lambda u: EXERCISE.loss_when(values, "u", u), values["u"], steps, complex_step)
    assert error[0] > error[1] > error[2]
    assert error[2] < 1e-15
