"""The computation graph of the statement, drawn: values flow forward, gradients flow back.

Each node shows its value and, beside it, ∂L/∂(that node). A gradient is right, wrong or open:
told by sign, by outline and by hatching as well as by colour (Okabe and Ito's palette).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from .figure import Picture
from .network import GRAPH

INK = "#1f2933"
WIDTH, HEIGHT = 10.2, 4.75  # inches; one unit of the axes is one inch, so text always fits
HEADER, ROW, PAD = 0.29, 0.19, 0.08
GAP = 0.08  # half the distance between the forward and the backward arrow

COUNT = "{done} of {count} gradients right"
ALT = "The computation graph: values flow forward to the loss L, and gradients flow back from it."

# The centre of each node, and how it is computed.
NODES: dict[str, tuple[float, float, str]] = {
    "u": (1.45, 3.83, ""),
    "x": (1.45, 2.43, ""),
    "b": (1.45, 1.03, ""),
    "g": (3.98, 2.43, "u x + b"),
    "w": (6.02, 3.83, ""),
    "h": (6.02, 2.43, "σ(g)"),
    "c": (6.02, 1.03, ""),
    "z": (8.06, 2.43, "w·h + c"),
    "y": (8.06, 1.03, ""),
    "L": (9.63, 2.43, "(z − y)²"),
}


@dataclass(frozen=True)
class Look:
    """How a gradient is drawn: its sign, colours, outline and hatching."""

    sign: str
    edge: str
    face: str
    line: Any  # a name, or (offset, (on, off)) in points
    hatch: str


LOOKS = {
    "right": Look("✓", "#00785a", "#d8f1e7", "solid", ""),
    "wrong": Look("✗", "#b34a00", "#fde4d5", (0, (5, 1.5)), "////"),
    "open": Look("○", "#6b7280", "#f1f2f4", (0, (1, 1.5)), ""),
}


@dataclass(frozen=True)
class Box:
    """A node's place on the paper: left, bottom, width and height in inches; `split` is where
    the gradient's half begins (the right edge if there is none)."""

    left: float
    bottom: float
    width: float
    height: float
    split: float

    @property
    def middle(self) -> float:
        return self.bottom + self.height / 2


def _rows(array: Any, digits: int) -> list[str]:
    """One line of text per row of the array (a number is one row)."""
    table = np.asarray(array, dtype=float)
    table = table.reshape(-1, 1) if table.ndim < 2 else table
    words = [[f"{v: .{digits}f}".replace("-", "−") for v in row] for row in table]
    width = max(len(word) for row in words for word in row)
    return ["  ".join(word.rjust(width) for word in row) for row in words]


def _columns(value: Any) -> int:
    return value.shape[1] if np.ndim(value) == 2 else 1


def _box(name: str, value: Any, with_gradient: bool) -> Box:
    x, y, _ = NODES[name]
    rows, columns = max(1, np.shape(value)[0] if np.ndim(value) else 1), _columns(value)
    left_half = 0.56 * columns + 0.04
    right_half = max(0.86, 0.66 * columns + 0.02) if with_gradient else 0.0
    width, height = left_half + right_half, HEADER + rows * ROW + PAD
    left = x - width / 2
    return Box(left, y - height / 2, width, height, left + left_half)


def _text(ax: Axes, x: float, y: float, text: str, **style: Any) -> None:
    ax.text(x, y, text, **{"ha": "center", "va": "center", "color": INK, "fontsize": 10, **style})


def _lines(ax: Axes, x: float, top: float, lines: list[str], **style: Any) -> None:
    for i, line in enumerate(lines):
        _text(ax, x, top - (i + 0.5) * ROW, line, family="DejaVu Sans Mono", fontsize=9.5, **style)


def _draw_value(ax: Axes, box: Box, name: str, value: Any) -> None:
    frame = FancyBboxPatch(
        (box.left, box.bottom), box.width, box.height, boxstyle="round,pad=0,rounding_size=0.06",
        facecolor="white", edgecolor=INK, linewidth=1.1, zorder=3,
    )  # fmt: skip
    ax.add_patch(frame)
    middle, top = (box.left + box.split) / 2, box.bottom + box.height
    _text(ax, middle, top - HEADER / 2 - 0.02, name, fontweight="bold", zorder=5)
    _text(ax, box.left + box.width / 2, top + 0.14, NODES[name][2], zorder=5)
    _lines(ax, middle, top - HEADER, _rows(value, 2), zorder=5)


def _draw_gradient(ax: Axes, box: Box, name: str, gradient: Any, look: Look) -> None:
    right, inset = box.left + box.width, 0.035
    half = Rectangle(
        (box.split, box.bottom + inset), right - box.split - inset, box.height - 2 * inset,
        facecolor=look.face, edgecolor=look.edge, linestyle=look.line, linewidth=1.6, zorder=4,
    )  # fmt: skip
    ax.add_patch(half)
    if look.hatch:
        lines = Rectangle(half.get_xy(), half.get_width(), half.get_height(), fill=False, zorder=4)
        lines.set(hatch=look.hatch, edgecolor="#f9d9c3", linewidth=0)
        ax.add_patch(lines)
    middle, top = (box.split + right) / 2, box.bottom + box.height
    title = f"{look.sign} ∂L/∂{name}"
    _text(ax, middle, top - HEADER / 2 - 0.02, title, color=look.edge, fontweight="bold", zorder=5)
    if gradient is not None:
        _lines(ax, middle, top - HEADER, _rows(gradient, 3), color=look.edge, zorder=5)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], **style: Any) -> None:
    shape = {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 0, "shrinkB": 0, "linewidth": 1.4}
    ax.add_patch(FancyArrowPatch(start, end, **{**shape, **style}))


def _draw_edge(ax: Axes, tail: Box, head: Box, look: Look | None) -> None:
    """The forward arrow from tail to head and, below it, the gradient's way back."""
    tilt = np.clip((tail.middle - head.middle) / 4, -0.2, 0.2)  # arrows from above arrive above
    start = np.array([tail.left + tail.width + 0.03, tail.middle])
    end = np.array([head.left - 0.03, head.middle + tilt])
    width, height = end - start
    aside = np.array([0, GAP * min(2.0, np.hypot(width, height) / width) if look else 0])
    _arrow(ax, tuple(start + aside), tuple(end + aside), color=INK)
    if look:
        _arrow(ax, tuple(end - aside), tuple(start - aside), color=look.edge, linestyle=look.line)


def _draw_heading(ax: Axes, status: Mapping[str, str], backward: str) -> None:
    done = sum(s == "right" for s in status.values())
    style = {"ha": "left", "fontsize": 12, "fontweight": "bold"}
    _text(ax, 0.3, HEIGHT - 0.2, COUNT.format(done=done, count=len(status)), **style)
    if backward != "open":
        look = LOOKS[backward]
        _text(ax, 3.5, HEIGHT - 0.2, f"{look.sign} backward, the whole pass", color=look.edge, **style)


def _draw_legend(ax: Axes) -> None:
    _arrow(ax, (0.3, 0.2), (0.7, 0.2), color=INK)
    _text(ax, 0.8, 0.2, "forward pass: values", ha="left")
    _arrow(ax, (3.0, 0.2), (2.6, 0.2), color=LOOKS["open"].edge, linestyle="--")
    _text(ax, 3.1, 0.2, "backward pass: gradients", ha="left")
    for i, (name, look) in enumerate(LOOKS.items()):
        _text(ax, 5.8 + i * 1.1, 0.2, f"{look.sign} {name}", ha="left", color=look.edge, fontweight="bold")


def _paper() -> tuple[Picture, Axes]:
    figure = Picture(figsize=(WIDTH, HEIGHT))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(0, HEIGHT), aspect="equal")
    ax.axis("off")
    return figure, ax


def describe(status: Mapping[str, str], backward: str = "open") -> str:
    """The graph in words: which gradients are right, wrong and open."""
    done = sum(s == "right" for s in status.values())
    parts = [ALT, COUNT.format(done=done, count=len(status)) + "."]
    for kind in LOOKS:
        if found := [f"∂L/∂{q}" for q, s in status.items() if s == kind]:
            parts.append(f"{kind.capitalize()}: {', '.join(found)}.")
    if backward != "open":
        parts.append(f"The whole backward pass is {backward}.")
    return " ".join(parts)


def draw_graph(
    values: Mapping[str, Any],
    gradients: Mapping[str, Any] | None = None,
    status: Mapping[str, str] | None = None,
) -> Picture:
    """The computation graph with the values of a forward pass, as a matplotlib figure.

    `values` is what `forward` returned. `gradients` holds, by letter, the gradients to write
    down, and `status` whether each of the seven is "right", "wrong" or "open" (the default);
    its entry "backward" says it of the whole backward pass.
    """
    known = {q: (status or {}).get(q, "open") for q in ("backward", *"zwchgub")}
    backward = known.pop("backward")
    looks = {q: LOOKS[s] for q, s in known.items()}
    boxes = {name: _box(name, values[name], name in looks) for name in NODES}
    figure, ax = _paper()
    for head, _, tails in GRAPH:
        for tail in tails:
            _draw_edge(ax, boxes[tail], boxes[head], looks.get(tail))
    for name, box in boxes.items():
        _draw_value(ax, box, name, values[name])
        if name in looks:
            _draw_gradient(ax, box, name, (gradients or {}).get(name), looks[name])
    _draw_heading(ax, known, backward)
    _draw_legend(ax)
    figure.alt = describe(known, backward)
    return figure
