"""The reward: a network that learns with the student's own `backward`, and the honest step."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from backprop_lab import complex_step, error_against_step, numerical_gradient
from backprop_lab.checking import examine
from backprop_lab.figure import show
from backprop_lab.model import Values
from backprop_lab.nbgrader_mode import run_by
from backprop_lab.plot import DARK, INK, RIGHT, WRONG, Picture, shade
from backprop_lab.validation import Status
from exercise import EXERCISE, forward, numbers

LEAST = 1e-17  # an error of 0 has no place on a logarithmic axis
PARAMETERS = ("u", "b", "w", "c")

Backward = Callable[..., Any]

WAITING = "○ training waits for `backward`: the network learns as soon as its check is passed."
ALT_TRAINING = (
    "Left: the mean loss over {epochs} passes goes from {first:.3f} to {last:.2g}. Right: the output z of "
    "the trained network, shaded over both inputs. At the four examples it is {outputs}."
)
ALT_STEP = (
    "The relative error of ∂L/∂u against the step, on logarithmic axes. Central differences make a V: the "
    "error is smallest, {least:.0e}, at a step near {best:.0e}, and grows for larger and smaller steps. The "
    "complex step's error falls with the step to about {exact:.0e} and stays there.{own}"
)
ALT_OWN = " Your derivation is a level line at {error:.0e}: it has no step."
LEARNED = "After {epochs} passes over the four examples the mean loss went from {first:.3f} to {last:.2g}."
GREW = "After {epochs} passes over the four examples the loss is beyond all numbers: is the rate too large?"
LINES = ((WRONG, "dashed"), (RIGHT, "solid"))  # of central differences and of the complex step
OWN = "your derivation"
FOUR = "data has to give four targets, one each for (0, 0), (0, 1), (1, 0) and (1, 1), not {count}"
EXCLUSIVE_OR = (0, 1, 1, 0)


def truth_table(targets: Sequence[float] = EXCLUSIVE_OR) -> list[tuple[Any, float]]:
    """The four examples (x, y) with these targets for the inputs (0, 0), (0, 1), (1, 0) and (1, 1); raises
    ValueError for another number of them."""
    if len(targets) != len(EXCLUSIVE_OR):
        raise ValueError(FOUR.format(count=len(targets)))
    inputs = [np.array([i, j]) for i in (0.0, 1.0) for j in (0.0, 1.0)]
    return [(x, float(y)) for x, y in zip(inputs, targets, strict=True)]


def first_parameters(seed: int | None = 0) -> Values:
    """Random u (3, 2), b (3,), w (3,) and c, to start from; all 0 without a seed."""
    rng = np.random.default_rng(seed)
    sizes, spread = ((3, 2), (3,), (3,), ()), 0.0 if seed is None else 1.0
    return {p: spread * rng.normal(size=size)[()] for p, size in zip(PARAMETERS, sizes, strict=True)}


def _step(backward: Backward, parameters: Values, x: Any, y: float, rate: float) -> Values:
    gradients = backward(x, y, **parameters)
    return {p: parameters[p] - rate * np.asarray(gradients[p], dtype=float) for p in PARAMETERS}


def mean_loss(parameters: Values, data: Sequence[tuple[Any, float]]) -> float:
    """The mean of L over the examples."""
    return float(np.mean([forward(x, y, **parameters)["L"] for x, y in data]))


def train(
    backward: Backward,
    data: Sequence[tuple[Any, float]],
    epochs: int = 400,
    rate: float = 0.1,
    seed: int | None = 0,
) -> tuple[Values, list[float]]:
    """Gradient descent, one example at a time: the parameters, and the mean loss of each epoch."""
    parameters = first_parameters(seed)
    history = [mean_loss(parameters, data)]
    for _ in range(epochs):
        for x, y in data:
            parameters = _step(backward, parameters, x, y, rate)
        history.append(mean_loss(parameters, data))
    return parameters, history


def _axes(columns: int, width: float = 4.8) -> Any:
    picture = Picture(figsize=(width * columns, 3.6), layout="constrained")
    axes = picture.figure.subplots(1, columns, squeeze=False)
    for ax in axes.flat:
        ax.spines[["top", "right"]].set_visible(False)
    return picture, axes[0]


def _draw_history(ax: Any, history: Sequence[float]) -> None:
    ax.semilogy(history, color=RIGHT, linewidth=2)
    ax.set(title="The loss, pass by pass", xlabel="passes over the examples", ylabel="mean loss L")


def _draw_outputs(ax: Any, parameters: Values, data: Sequence[tuple[Any, float]]) -> None:
    side = np.linspace(-0.25, 1.25, 61)
    z = [[forward(np.array([i, j]), 0.0, **parameters)["z"] for i in side] for j in side]
    shades = shade(ax, side, z, -0.5, 1.5, "cividis")
    for x, y in data:
        ax.text(*x, f"y = {y:.0f}", ha="center", va="center", color=DARK,
                bbox={"boxstyle": "round", "facecolor": "white", "edgecolor": DARK})  # fmt: skip
    ax.set(title="What the network answers", xlabel="$x_1$", ylabel="$x_2$")
    ax.figure.colorbar(shades, ax=ax, label="output z", extend="both", ticks=[-0.5, 0, 0.5, 1, 1.5])


def _outputs(parameters: Values, data: Sequence[tuple[Any, float]]) -> str:
    """What the network answers to each example, in words."""
    answers = ((x, forward(x, y, **parameters)["z"]) for x, y in data)
    return ", ".join(f"{z:.2f} for ({x[0]:.0f}, {x[1]:.0f})" for x, z in answers)


def show_training(
    backward: Backward,
    rate: float = 0.1,
    passes: int = 400,
    seed: int | None = 0,
    data: Sequence[float] = EXCLUSIVE_OR,
) -> None:
    """Train the network with the student's `backward`, and draw what it learned.

    `rate` is how far a step goes along the gradient, `passes` how often all examples are gone through. `seed`
    says which random parameters it starts from; with None all of them are 0. `data` are the targets for the
    inputs (0, 0), (0, 1), (1, 0) and (1, 1); without it, "exactly one of the two is 1".

    One line says so if `backward` does not pass its check yet. While nbgrader runs the notebook nothing is
    trained: nobody looks.
    """
    if run_by():
        return
    if examine(EXERCISE, "backward", backward).status is not Status.RIGHT:
        print(WAITING)
        return
    examples = truth_table(data)
    with np.errstate(over="ignore", invalid="ignore"):  # of a rate that is too large
        parameters, history = train(backward, examples, passes, rate, seed)
    course = {"epochs": len(history) - 1, "first": history[0], "last": history[-1]}
    if not np.isfinite(history[-1]):
        print(GREW.format(**course))
        return
    print(LEARNED.format(**course))
    picture, (left, right) = _axes(2)
    picture.alt = ALT_TRAINING.format(outputs=_outputs(parameters, examples), **course)
    _draw_history(left, history)
    _draw_outputs(right, parameters, examples)
    show(picture)


def _step_errors() -> tuple[Any, dict[str, Any]]:
    """Steps, and the error of ∂L/∂u at each of them, by method."""
    values = EXERCISE.forward(numbers())
    steps = np.logspace(-15, 0, 91)
    methods = {"central differences": numerical_gradient, "complex step": complex_step}
    loss_in_u = partial(EXERCISE.loss_when, values, "u")
    return steps, {
        name: error_against_step(loss_in_u, values["u"], steps, method) for name, method in methods.items()
    }


def _draw_step_errors(ax: Any, steps: Any, errors: dict[str, Any]) -> None:
    for (name, error), (colour, line) in zip(
        errors.items(), ((WRONG, "dashed"), (RIGHT, "solid")), strict=True
    ):
        shown = np.maximum(error, LEAST)
        ax.loglog(steps, shown, color=colour, linestyle=line, linewidth=2)
        ax.annotate(name, (steps[24], shown[24]), xytext=(-6, 9), textcoords="offset points",
                    ha="right", color=INK, fontweight="bold")  # fmt: skip
    ax.set(title="The smallest step is not the best one", xlabel="step", ylabel="relative error of ∂L/∂u")
    ax.invert_xaxis()


def _own_error(backward: Backward | None) -> float | None:
    """The relative error of the student's own ∂L/∂u, None if it is not right yet."""
    if backward is None or examine(EXERCISE, "backward", backward).status is not Status.RIGHT:
        return None
    inputs = numbers()
    exact = complex_step(partial(EXERCISE.loss_when, EXERCISE.forward(inputs), "u"), inputs["u"])
    own = np.asarray(backward(*inputs.values())["u"], dtype=float)
    return float(np.max(np.abs(own - exact)) / np.max(np.abs(exact)))


def _draw_own(ax: Any, error: float) -> None:
    level = max(error, LEAST)
    ax.axhline(level, color=INK, linestyle=":", linewidth=2)
    ax.annotate(OWN, (1, level), xytext=(0, 7), textcoords="offset points", color=INK, fontweight="bold")


def show_step_error(backward: Backward | None = None) -> None:
    """Draw how the error of a numerical gradient of L in u depends on the step, and beside it that of the
    student's own derivation, which has none."""
    if run_by():
        return
    steps, errors = _step_errors()
    central, exact = errors.values()
    picture, (ax,) = _axes(1, width=7.2)
    _draw_step_errors(ax, steps, errors)
    own = _own_error(backward)
    if own is not None:
        _draw_own(ax, own)
    best = np.argmin(central)
    said = "" if own is None else ALT_OWN.format(error=max(own, LEAST))
    exactly = np.median(exact[:45])
    picture.alt = ALT_STEP.format(least=central[best], best=steps[best], exact=exactly, own=said)
    show(picture)
