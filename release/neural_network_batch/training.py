"""The reward: a network that learns to tell a disc from the ring around it, with the student's `backward`."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from backprop_lab.checking import examine
from backprop_lab.figure import show
from backprop_lab.model import Values
from backprop_lab.nbgrader_mode import run_by
from backprop_lab.plot import DARK, INK, Picture, shade
from backprop_lab.validation import Status
from exercise import EXERCISE, forward, sigma

PARAMETERS = {"U": (3, 2), "b": (3,), "W": (3,), "c": ()}
EXAMPLES = 200  # of each label
DISC, RING = (0.0, 2.5), (3.5, 5.0)  # radii, from and to
SIDE = np.linspace(-5.5, 5.5, 111)
INSIDE, OUTSIDE = "#8f3b00", "#12487d"  # the points with label 1 and 0
REGIONS = LinearSegmentedColormap.from_list("regions", ["#9cc3e6", "#fcfcfa", "#f6b98a"])

Backward = Callable[..., Any]

WAITING = "○ training waits for `backward`: the network learns as soon as its check is passed."
LEARNED = (
    "After {passes} steps the mean loss went from {first:.3f} to {last:.3g}, and {right} of {count} examples "
    "are on the right side."
)
ALT = (
    "Three pictures. The loss goes over {passes} steps from {first:.3f} to {last:.3g}. Before training the "
    "probability of label 1 has nothing to do with the points: a disc with label 1, and a ring around it "
    "with label 0. After training it is high in a region around the disc and low outside, and {right} of "
    "{count} examples are on the right side."
)


def disc_and_ring(seed: int = 0) -> tuple[Any, Any]:
    """Points X (N, 2), in a disc with label 1 and in a ring around it with label 0; and the labels y (N,)."""
    rng = np.random.default_rng(seed)
    radius = np.concatenate([np.sqrt(rng.uniform(a**2, b**2, EXAMPLES)) for a, b in (DISC, RING)])
    angle = rng.uniform(0, 2 * np.pi, 2 * EXAMPLES)
    return radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), np.repeat([1.0, 0.0], EXAMPLES)


def first_parameters(seed: int = 0) -> Values:
    """Random U (3, 2), b (3,), W (3,) and c, to start from."""
    rng = np.random.default_rng(seed)
    return {letter: rng.normal(size=shape)[()] for letter, shape in PARAMETERS.items()}


def train(
    backward: Backward, X: Any, y: Any, parameters: Values, passes: int, rate: float
) -> tuple[Values, list[float]]:
    """Gradient descent on the whole batch: the parameters, and ℰ before and after each step."""
    history = [float(forward(X, y, **parameters)["E"])]
    for _ in range(passes):
        found = backward(X, y, **parameters)
        parameters = {p: v - rate * np.asarray(found[p], dtype=float) for p, v in parameters.items()}
        history.append(float(forward(X, y, **parameters)["E"]))
    return parameters, history


def _probability(parameters: Values, X: Any) -> Any:
    return sigma(forward(X, np.zeros(len(X)), **parameters)["z"])


def _draw_history(ax: Any, history: list[float]) -> None:
    ax.semilogy(history, color=INK, linewidth=2)
    ax.set(title="The loss, step by step", xlabel="steps", ylabel="mean loss ℰ")
    ax.spines[["top", "right"]].set_visible(False)


def _draw_regions(ax: Any, title: str, parameters: Values, X: Any, y: Any) -> Any:
    """The probability of label 1 over the plane, and the points."""
    plane = np.stack(np.meshgrid(SIDE, SIDE), axis=-1).reshape(-1, 2)
    probability = _probability(parameters, plane).reshape(len(SIDE), -1)
    shades = shade(ax, SIDE, probability, 0, 1, REGIONS)
    ax.contour(SIDE, SIDE, probability, levels=[0.5], colors=DARK, linewidths=1.5)
    for label, color, marker in ((1, INSIDE, "o"), (0, OUTSIDE, "s")):
        points = X[y == label].T
        ax.scatter(
            *points,
            s=14,
            c=color,
            marker=marker,
            edgecolor="white",
            linewidth=0.4,
            label=f"y = {label}",
            rasterized=True,
        )
    ax.set(title=title, xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    return shades


def show_training(backward: Backward, rate: float = 1.0, passes: int = 1000, seed: int = 0) -> None:
    """Train the network on the disc and the ring with the student's `backward`, and draw what it learned.

    `rate` is how far a step goes along the gradient, `passes` how many steps are taken, and `seed` says
    which random parameters they start from. One line says so if `backward` does not pass its check yet.
    While nbgrader runs the notebook nothing is trained: nobody looks.
    """
    if run_by():
        return
    if examine(EXERCISE, "backward", backward).status is not Status.RIGHT:
        print(WAITING)
        return
    (X, y), before = disc_and_ring(), first_parameters(seed)
    after, history = train(backward, X, y, before, passes, rate)
    right = int(np.sum((_probability(after, X) > 0.5) == (y == 1)))
    words = {"passes": passes, "first": history[0], "last": history[-1], "right": right, "count": len(y)}
    print(LEARNED.format(**words))
    picture = Picture(figsize=(11.4, 3.6), layout="constrained")
    picture.alt = ALT.format(**words)
    left, middle, last = picture.figure.subplots(1, 3)
    _draw_history(left, history)
    _draw_regions(middle, "Before training", before, X, y)
    shades = _draw_regions(last, "After training", after, X, y)
    middle.legend(loc="upper right", fontsize=8, facecolor="white", labelcolor=DARK, framealpha=1)
    picture.figure.colorbar(shades, ax=last, label="probability of label 1", ticks=[0, 0.25, 0.5, 0.75, 1])
    show(picture)
