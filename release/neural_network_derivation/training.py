"""The reward: a network that learns with the student's own `backward`, and the honest step."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from backprop_lab import complex_step, error_against_step, numerical_gradient
from backprop_lab.checking import examine
from backprop_lab.figure import PAPER, Picture, show
from backprop_lab.graph import INK, LOOKS
from backprop_lab.model import Values
from backprop_lab.nbgrader_mode import run_by
from backprop_lab.validation import Status
from exercise import EXERCISE, forward, numbers

PARAMETERS = ("u", "b", "w", "c")

Backward = Callable[..., Any]

WAITING = "○ training waits for `backward`: the network learns as soon as its check is passed."
ALT_TRAINING = (
    "Left: the mean loss over {epochs} passes falls from {first:.3f} to {last:.2g}. Right: the output z of "
    "the trained network, shaded over both inputs. At the four examples it is {outputs}."
)
ALT_STEP = (
    "The relative error of ∂L/∂u against the step, on logarithmic axes. Central differences make a V: the "
    "error is smallest, {least:.0e}, at a step near {best:.0e}, and grows for larger and smaller steps. The "
    "complex step's error falls with the step to about {exact:.0e} and stays there."
)
LEARNED = "After {epochs} passes over the four examples the mean loss fell from {first:.3f} to {last:.2g}."


def exclusive_or() -> list[tuple[Any, float]]:
    """The four examples (x, y) of "exactly one of the two inputs is 1"."""
    return [(np.array([i, j]), float(i != j)) for i in (0.0, 1.0) for j in (0.0, 1.0)]


def first_parameters(seed: int = 0) -> Values:
    """Random u (3, 2), b (3,), w (3,) and c, to start from."""
    rng = np.random.default_rng(seed)
    sizes = ((3, 2), (3,), (3,), ())
    return {p: rng.normal(size=size)[()] for p, size in zip(PARAMETERS, sizes, strict=True)}


def _step(backward: Backward, parameters: Values, x: Any, y: float, rate: float) -> Values:
    gradients = backward(x, y, **parameters)
    return {p: parameters[p] - rate * np.asarray(gradients[p], dtype=float) for p in PARAMETERS}


def mean_loss(parameters: Values, data: Sequence[tuple[Any, float]]) -> float:
    """The mean of L over the examples."""
    return float(np.mean([forward(x, y, **parameters)["L"] for x, y in data]))


def train(
    backward: Backward, data: Sequence[tuple[Any, float]], epochs: int = 400, rate: float = 0.1
) -> tuple[Values, list[float]]:
    """Gradient descent, one example at a time: the parameters, and the mean loss of each epoch."""
    parameters = first_parameters()
    history = [mean_loss(parameters, data)]
    for _ in range(epochs):
        for x, y in data:
            parameters = _step(backward, parameters, x, y, rate)
        history.append(mean_loss(parameters, data))
    return parameters, history


def _axes(columns: int, width: float = 4.8) -> Any:
    figure = Picture(figsize=(width * columns, 3.6), layout="constrained")
    axes = figure.subplots(1, columns, squeeze=False)
    for ax in axes.flat:
        ax.set_facecolor(PAPER)
        ax.spines[["top", "right"]].set_visible(False)
    return figure, axes[0]


def _draw_history(ax: Any, history: Sequence[float]) -> None:
    ax.semilogy(history, color=LOOKS["right"].edge, linewidth=2)
    ax.set(title="The loss falls", xlabel="passes over the examples", ylabel="mean loss L")


def _draw_outputs(ax: Any, parameters: Values, data: Sequence[tuple[Any, float]]) -> None:
    side = np.linspace(-0.25, 1.25, 61)
    z = [[forward(np.array([i, j]), 0.0, **parameters)["z"] for i in side] for j in side]
    shades = ax.contourf(side, side, z, levels=np.linspace(-0.5, 1.5, 21), cmap="cividis", extend="both")
    for x, y in data:
        ax.text(*x, f"y = {y:.0f}", ha="center", va="center", color=INK,
                bbox={"boxstyle": "round", "facecolor": "white", "edgecolor": INK})  # fmt: skip
    ax.set(title="What the network answers", xlabel="$x_1$", ylabel="$x_2$")
    ax.figure.colorbar(shades, ax=ax, label="output z", ticks=[-0.5, 0, 0.5, 1, 1.5])


def _outputs(parameters: Values, data: Sequence[tuple[Any, float]]) -> str:
    """What the network answers to each example, in words."""
    answers = ((x, forward(x, y, **parameters)["z"]) for x, y in data)
    return ", ".join(f"{z:.2f} for ({x[0]:.0f}, {x[1]:.0f})" for x, z in answers)


def show_training(backward: Backward) -> None:
    """Train the network on "exclusive or" with the student's `backward`, and draw what it learned.

    One line says so if `backward` does not pass its check yet. While nbgrader runs the
    notebook nothing is trained: nobody looks.
    """
    if run_by():
        return
    if examine(EXERCISE, "backward", backward).status is not Status.RIGHT:
        print(WAITING)
        return
    data = exclusive_or()
    parameters, history = train(backward, data)
    course = {"epochs": len(history) - 1, "first": history[0], "last": history[-1]}
    print(LEARNED.format(**course))
    figure, (left, right) = _axes(2)
    figure.alt = ALT_TRAINING.format(outputs=_outputs(parameters, data), **course)
    _draw_history(left, history)
    _draw_outputs(right, parameters, data)
    show(figure)


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
    for (name, error), look in zip(errors.items(), (LOOKS["wrong"], LOOKS["right"]), strict=True):
        shown = np.maximum(error, 1e-17)  # an error of 0 has no place on a logarithmic axis
        ax.loglog(steps, shown, color=look.edge, linestyle=look.line, linewidth=2)
        ax.annotate(name, (steps[24], shown[24]), xytext=(-6, 9), textcoords="offset points",
                    ha="right", color=look.edge, fontweight="bold")  # fmt: skip
    ax.set(title="The smallest step is not the best one", xlabel="step", ylabel="relative error of ∂L/∂u")
    ax.invert_xaxis()


def show_step_error() -> None:
    """Draw how the error of a numerical gradient of L in u depends on the step."""
    if run_by():
        return
    steps, errors = _step_errors()
    central, exact = errors.values()
    figure, (ax,) = _axes(1, width=7.2)
    _draw_step_errors(ax, steps, errors)
    best = np.argmin(central)
    figure.alt = ALT_STEP.format(least=central[best], best=steps[best], exact=np.median(exact[:45]))
    show(figure)
