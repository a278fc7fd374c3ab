"""The reward: a network that learns with the student's own `backward`, and the honest step."""

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from .check import examine
from .graph import INK, LOOKS, PAPER, show
from .network import PARAMETERS, Values, example, forward, loss_when
from .numerical import complex_step, error_against_step, numerical_gradient
from .quiet import run_by

Backward = Callable[..., Any]

WAITING = "○ training waits for `backward`: the network learns as soon as its check is passed."
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
    figure, axes = plt.subplots(
        1, columns, figsize=(width * columns, 3.6), facecolor=PAPER, layout="constrained", squeeze=False
    )
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


def show_training(backward: Backward) -> None:
    """Train the network on "exclusive or" with the student's `backward`, and draw what it learned.

    One line says so if `backward` does not pass its check yet. While nbgrader runs the
    notebook nothing is trained: nobody looks.
    """
    if run_by():
        return
    if examine("backward", backward).status != "right":
        print(WAITING)
        return
    data = exclusive_or()
    parameters, history = train(backward, data)
    print(LEARNED.format(epochs=len(history) - 1, first=history[0], last=history[-1]))
    figure, (left, right) = _axes(2)
    _draw_history(left, history)
    _draw_outputs(right, parameters, data)
    show(figure)


def _draw_step_error(ax: Any) -> None:
    values = forward(*example())
    steps = np.logspace(-15, 0, 91)
    methods = {"central differences": numerical_gradient, "complex step": complex_step}
    for (name, method), look in zip(methods.items(), (LOOKS["wrong"], LOOKS["right"]), strict=True):
        error = error_against_step(lambda u: loss_when(values, "u", u), values["u"], steps, method)
        error = np.maximum(error, 1e-17)  # an error of 0 has no place on a logarithmic axis
        ax.loglog(steps, error, color=look.edge, linestyle=look.line, linewidth=2)
        ax.annotate(name, (steps[24], error[24]), xytext=(-6, 9), textcoords="offset points",
                    ha="right", color=look.edge, fontweight="bold")  # fmt: skip


def show_step_error() -> None:
    """Draw how the error of a numerical gradient of L in u depends on the step."""
    if run_by():
        return
    figure, (ax,) = _axes(1, width=7.2)
    _draw_step_error(ax)
    ax.set(title="The smallest step is not the best one", xlabel="step", ylabel="relative error of ∂L/∂u")
    ax.invert_xaxis()
    show(figure)
