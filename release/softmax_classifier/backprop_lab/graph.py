"""The computation graph of an exercise, drawn: values flow forward, gradients flow back.

Each node shows its value and, beside it, the gradient with respect to it. A gradient is right, wrong
or open: told by sign, by outline and by hatching as well as by colour (Okabe and Ito's palette).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from .figure import Picture
from .model import Exercise, Operation
from .validation import Status

INK = "#1f2933"
# All sizes are inches, and one unit of the axes is one inch, so that text always fits.
HEADER, ROW, PAD = 0.29, 0.19, 0.08
MARGIN, COLUMN_GAP, ROW_GAP = 0.2, 0.6, 0.46
LETTER = 0.085  # of a formula
HEADING, LEGEND = 0.45, 0.56  # above and below the graph
LEAST_WIDTH = 10.2  # the legend needs it
GAP = 0.08  # half the distance between the forward and the backward arrow

COUNT = "{done} of {count} gradients right"
ALT = "The computation graph: values flow forward to the loss {loss}, and gradients flow back from it."
WHOLE = "The whole backward pass is {status}."


@dataclass(frozen=True)
class Look:
    """How a gradient is drawn: its sign, colours, outline and hatching."""

    sign: str
    edge: str
    face: str
    line: Any  # a name, or (offset, (on, off)) in points
    hatch: str


LOOKS = {
    Status.RIGHT: Look("✓", "#00785a", "#d8f1e7", "solid", ""),
    Status.WRONG: Look("✗", "#b34a00", "#fde4d5", (0, (5, 1.5)), "////"),
    Status.OPEN: Look("○", "#6b7280", "#f1f2f4", (0, (1, 1.5)), ""),
}


@dataclass(frozen=True)
class Box:
    """A node's place on the paper: left, bottom, width and height; `split` is where the gradient's half
    begins (the right edge if there is none)."""

    left: float
    bottom: float
    width: float
    height: float
    split: float

    @property
    def middle(self) -> float:
        return self.bottom + self.height / 2


@dataclass(frozen=True)
class Paper:
    """The boxes by letter, and the size of the whole."""

    boxes: Mapping[str, Box]
    width: float
    height: float


def _rows(array: Any, digits: int) -> list[str]:
    """One line of text per row of the array (a number is one row)."""
    table = np.asarray(array, dtype=float)
    table = table.reshape(-1, 1) if table.ndim < 2 else table
    words = [[f"{v: .{digits}f}".replace("-", "−") for v in row] for row in table]
    width = max(len(word) for row in words for word in row)
    return ["  ".join(word.rjust(width) for word in row) for row in words]


def _size(value: Any, with_gradient: bool) -> tuple[float, float, float]:
    """The width and the height of a box, and the width of the value's half."""
    columns = value.shape[1] if np.ndim(value) == 2 else 1
    rows = max(1, np.shape(value)[0] if np.ndim(value) else 1)
    value_half = 0.56 * columns + 0.04
    gradient_half = max(0.86, 0.66 * columns + 0.02) if with_gradient else 0.0
    return value_half + gradient_half, HEADER + rows * ROW + PAD, value_half


def _lay_out(exercise: Exercise, values: Mapping[str, Any]) -> Paper:
    """Columns as wide and rows as high as their largest box or formula. Boxes stand at the right of their
    column, so that no arrow crosses another box."""
    sizes = {n: _size(values[n], n in exercise.quantities) for n in exercise.places}
    formulas = {operation.output: LETTER * len(operation.formula) for operation in exercise.graph}
    widths: dict[float, float] = {}
    for name, (column, _) in exercise.places.items():
        widths[column] = max(widths.get(column, 0.0), sizes[name][0], formulas.get(name, 0.0))
    left, rights = MARGIN, {}
    for column in sorted(widths):
        rights[column] = left + widths[column]
        left += widths[column] + COLUMN_GAP
    row_height = max(height for _, height, _ in sizes.values()) + ROW_GAP
    rows = 1 + max(row for _, row in exercise.places.values())
    boxes = {}
    for name, (column, row) in exercise.places.items():
        width, height, half = sizes[name]
        aside = max(0.0, formulas.get(name, 0.0) - width) / 2  # a formula is centred above its box
        x, y = rights[column] - width - aside, LEGEND + (rows - 0.5 - row) * row_height - ROW_GAP / 4
        boxes[name] = Box(x, y - height / 2, width, height, x + half)
    width = max(LEAST_WIDTH, left - COLUMN_GAP + MARGIN)
    return Paper(boxes, width, LEGEND + rows * row_height + HEADING - ROW_GAP / 2)


def _text(ax: Axes, x: float, y: float, text: str, **style: Any) -> None:
    ax.text(x, y, text, **{"ha": "center", "va": "center", "color": INK, "fontsize": 10, **style})


def _lines(ax: Axes, x: float, top: float, lines: list[str], **style: Any) -> None:
    for i, line in enumerate(lines):
        _text(ax, x, top - (i + 0.5) * ROW, line, family="DejaVu Sans Mono", fontsize=9.5, **style)


def _draw_value(ax: Axes, box: Box, name: str, value: Any, formula: str) -> None:
    frame = FancyBboxPatch(
        (box.left, box.bottom), box.width, box.height, boxstyle="round,pad=0,rounding_size=0.06",
        facecolor="white", edgecolor=INK, linewidth=1.1, zorder=3,
    )  # fmt: skip
    ax.add_patch(frame)
    middle, top = (box.left + box.split) / 2, box.bottom + box.height
    _text(ax, middle, top - HEADER / 2 - 0.02, name, fontweight="bold", zorder=5)
    _text(ax, box.left + box.width / 2, top + 0.14, formula, zorder=5)
    _lines(ax, middle, top - HEADER, _rows(value, 2), zorder=5)


def _draw_gradient(ax: Axes, box: Box, name: str, gradient: Any, look: Look) -> None:
    """The gradient's half of a box; `name` is how the gradient is written."""
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
    title = f"{look.sign} {name}"
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


def _draw_heading(ax: Axes, top: float, status: Mapping[str, Status], name: str, whole: Status) -> None:
    done = sum(s is Status.RIGHT for s in status.values())
    style = {"ha": "left", "fontsize": 12, "fontweight": "bold"}
    _text(ax, 0.3, top - 0.2, COUNT.format(done=done, count=len(status)), **style)
    if whole is not Status.OPEN:
        look = LOOKS[whole]
        _text(ax, 3.5, top - 0.2, f"{look.sign} {name}, the whole pass", color=look.edge, **style)


def _draw_legend(ax: Axes) -> None:
    _arrow(ax, (0.3, 0.2), (0.7, 0.2), color=INK)
    _text(ax, 0.8, 0.2, "forward pass: values", ha="left")
    _arrow(ax, (3.0, 0.2), (2.6, 0.2), color=LOOKS[Status.OPEN].edge, linestyle="--")
    _text(ax, 3.1, 0.2, "backward pass: gradients", ha="left")
    for i, (name, look) in enumerate(LOOKS.items()):
        _text(ax, 5.8 + i * 1.1, 0.2, f"{look.sign} {name}", ha="left", color=look.edge, fontweight="bold")


def _figure(paper: Paper) -> tuple[Picture, Axes]:
    figure = Picture(figsize=(paper.width, paper.height))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, paper.width), ylim=(0, paper.height), aspect="equal")
    ax.axis("off")
    return figure, ax


def describe(exercise: Exercise, status: Mapping[str, Status], whole: Status = Status.OPEN) -> str:
    """The graph in words: which gradients are right, wrong and open."""
    done = sum(s is Status.RIGHT for s in status.values())
    parts = [ALT.format(loss=exercise.loss), COUNT.format(done=done, count=len(status)) + "."]
    for kind in LOOKS:
        if found := [exercise.gradient(q) for q, s in status.items() if s is kind]:
            parts.append(f"{kind.capitalize()}: {', '.join(found)}.")
    if whole is not Status.OPEN:
        parts.append(WHOLE.format(status=whole))
    return " ".join(parts)


def _draw_edges(
    ax: Axes, boxes: Mapping[str, Box], graph: tuple[Operation, ...], looks: Mapping[str, Look]
) -> None:
    for operation in graph:
        for tail in operation.inputs:
            _draw_edge(ax, boxes[tail], boxes[operation.output], looks.get(tail))


def draw_graph(
    exercise: Exercise, values: Mapping[str, Any], gradients: Mapping[str, Any], status: Mapping[str, str]
) -> Picture:
    """The computation graph with the values of a forward pass, as a matplotlib figure.

    `values` is what `forward` returned. `gradients` holds, by letter, the gradients to write down, and
    `status` whether each of them is "right", "wrong" or "open" (where it is not named); its entry for
    the whole pass says it of that.
    """
    known = {q: Status(status.get(q, Status.OPEN)) for q in exercise.quantities}
    whole = Status(status.get(exercise.whole.name, Status.OPEN))
    looks = {q: LOOKS[s] for q, s in known.items()}
    formulas = {operation.output: operation.formula for operation in exercise.graph}
    paper = _lay_out(exercise, values)
    figure, ax = _figure(paper)
    _draw_edges(ax, paper.boxes, exercise.graph, looks)
    for name, box in paper.boxes.items():
        _draw_value(ax, box, name, values[name], formulas.get(name, ""))
        if name in looks:
            _draw_gradient(ax, box, exercise.gradient(name), gradients.get(name), looks[name])
    _draw_heading(ax, paper.height, known, exercise.whole.name, whole)
    _draw_legend(ax)
    figure.alt = describe(exercise, known, whole)
    return figure
