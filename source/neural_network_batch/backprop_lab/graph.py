"""The computation graph of an exercise, drawn: values flow forward, gradients flow back.

Each box holds a quantity and, below it, the gradient with respect to it. A gradient is right, wrong or open:
told by sign, by outline and by hatching as well as by colour (Okabe and Ito's palette). All colours are mixed
with that of the text around the picture, so it is legible on light and on dark.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from math import hypot
from typing import Any

import numpy as np

from .description import CAPTION, describe, progress, table
from .figure import Drawing
from .layout import Arrow, Box, Gaps, Paper, arrows, lay_out
from .model import Exercise, Values
from .validation import Status

LETTER, TITLE, LINE, PAD = 7.3, 18, 15, 6  # the width of a letter, the heights of a title and of a line
SIDES, LEAST = 18, 34  # beside the text, and the height of a box
PORT = 18  # of the height of a box, so that the arrows of each input have room
FULL, SMALL = Gaps(8, 46, 18), Gaps(8, 34, 12)
HEAD, HALF = 8, 3.5  # an arrow's head: its length, and half its width
HATCH = 8  # between two lines
SMALLEST = 0.85  # of its size, on a narrow page
SHAPE = "shape {shape}"
WHOLE = "{sign} {name}, the whole pass."


@dataclass(frozen=True)
class Look:
    """How a gradient is drawn: its sign, its colour, its outline's dashes, and whether it is hatched."""

    sign: str
    tone: str
    dashes: str
    hatched: bool = False


LOOKS = {
    Status.RIGHT: Look("✓", "#009e73", "none"),
    Status.WRONG: Look("✗", "#d55e00", "6 2", hatched=True),
    Status.OPEN: Look("○", "#808080", "1.5 2.5"),
}
# In percent: of the page's colour in a text, and of the tone in a face and in the lines of its hatching.
TEXT, FACE, LINES = 55, 12, 16
STYLE = (
    "font:12px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;text-anchor:middle;"
    "max-width:{width:.0f}px;min-width:{least:.0f}px"
)
MIXED = "color-mix(in srgb,currentColor {share}%,{tone})"
CLEAR = "color-mix(in srgb,{tone} {share}%,transparent)"
SPACE = "\N{NO-BREAK SPACE}"


# What stands in a box


@dataclass(frozen=True)
class Node:
    """A quantity with the lines of its value and, if one is asked for, its gradient with its own."""

    title: str
    value: list[str] = field(default_factory=list)
    gradient: str = ""
    slope: list[str] = field(default_factory=list)
    look: Look | None = None
    least: float = LEAST

    @property
    def top(self) -> float:
        """The height of the value's part."""
        return TITLE + LINE * len(self.value) + (PAD if self.value else 0)

    @property
    def size(self) -> tuple[float, float]:
        """The width and the height of the box."""
        longest = max(map(len, (self.title, *self.value, self.gradient, *self.slope)))
        below = TITLE + LINE * len(self.slope) + (PAD if self.slope else 2) if self.look else 0
        return LETTER * longest + SIDES, max(self.least, self.top + below + 3)


def _lines(array: Any, digits: int) -> list[str]:
    """One line of text for each row."""
    rows = table(array, digits)
    width = max(len(word) for row in rows for word in row)
    return [(2 * SPACE).join(word.rjust(width, SPACE) for word in row) for row in rows]


def _slope(gradient: Any, like: tuple[int, ...]) -> list[str]:
    """The lines of a gradient; of one that has another shape than its quantity, that shape."""
    if gradient is None:
        return []
    shape = np.shape(gradient)
    return _lines(gradient, 3) if shape == like else [SHAPE.format(shape=shape)]


def _node(exercise: Exercise, name: str, values: Values, gradients: Values, look: Look | None) -> Node:
    made = next((operation for operation in exercise.graph if operation.output == name), None)
    title = exercise.symbol(name)
    if name in values and made and made.formula:
        title += f" = {made.formula}"
    value = _lines(values[name], 2) if name in values else []
    least = max(LEAST, PORT * len(made.inputs)) if made else LEAST
    if look is None:
        return Node(title, value, least=least)
    like = np.shape(exercise.forward(exercise.example())[name] if name not in values else values[name])
    gradient = f"{look.sign} {exercise.gradient(name)}"
    return Node(title, value, gradient, _slope(gradients.get(name), like), look, least)


# SVG


def _tag(name: str, inside: str = "", **attributes: Any) -> str:
    """An element; numbers are rounded."""
    written = (
        f' {key.rstrip("_").replace("_", "-")}="{f"{v:.1f}" if isinstance(v, float) else escape(str(v))}"'
        for key, v in attributes.items()
    )
    return f"<{name}{''.join(written)}>{inside}</{name}>"


def _text(x: float, y: float, text: str, look: Look | None = None, bold: bool = False) -> str:
    style = f"fill:{MIXED.format(share=TEXT, tone=look.tone)}" if look else ""
    extra = {key: v for key, v in {"style": style, "font_weight": "bold" if bold else ""}.items() if v}
    return _tag("text", escape(text), x=float(x), y=float(y), fill="currentColor", **extra)


def _block(x: float, top: float, title: str, lines: list[str], look: Look | None = None) -> Iterator[str]:
    """A title and the lines below it."""
    yield _text(x, top + TITLE - 5, title, look, bold=True)
    for number, line in enumerate(lines):
        yield _text(x, top + TITLE + (number + 1) * LINE - 4, line, look)


def _hatching(box: Box) -> str:
    """Slanting lines from edge to edge of a box."""
    width, height = box.width, box.height
    path = []
    for start in np.arange(HATCH, width + height, HATCH):  # where a line leaves the upper or the right edge
        x1, y1 = min(start, width), max(0.0, start - width)
        x2, y2 = max(0.0, start - height), min(start, height)
        path.append(f"M{box.left + x1:.1f} {box.top + y1:.1f}L{box.left + x2:.1f} {box.top + y2:.1f}")
    return "".join(path)


def _face(box: Box, look: Look) -> Iterator[str]:
    """The coloured place of a gradient."""
    style = f"fill:{CLEAR.format(share=FACE, tone=look.tone)}"
    yield _tag(
        "rect", x=box.left, y=box.top, width=box.width, height=box.height, rx=3, fill="none",
        stroke=look.tone, stroke_width=1.6, stroke_dasharray=look.dashes, style=style,
    )  # fmt: skip
    if look.hatched:
        yield _tag("path", d=_hatching(box), style=f"stroke:{CLEAR.format(share=LINES, tone=look.tone)}",
                   stroke_width=3)  # fmt: skip


def _draw_node(box: Box, node: Node) -> Iterator[str]:
    yield _tag("rect", x=box.left, y=box.top, width=box.width, height=box.height, rx=5, fill="none",
               stroke="currentColor", stroke_width=1.1)  # fmt: skip
    if node.look is None:
        spare = (box.height - node.top - (0 if node.value else 2)) / 2
        yield from _block(box.centre, box.top + spare, node.title, node.value)
        return
    yield from _block(box.centre, box.top, node.title, node.value)
    inside = Box(box.left + 3, box.top + node.top, box.width - 6, box.height - node.top - 3)
    yield from _face(inside, node.look)
    spare = inside.height - TITLE - LINE * len(node.slope) - (PAD if node.slope else 0)
    yield from _block(box.centre, inside.top + max(0, spare) / 2, node.gradient, node.slope, node.look)


def _draw_arrow(arrow: Arrow, look: Look | None) -> str:
    """A line, and a head that is drawn with it: one that is only referred to is lost with its first owner."""
    colour, dashes = (look.tone, look.dashes) if look else ("currentColor", "none")
    length = hypot(arrow.x2 - arrow.x1, arrow.y2 - arrow.y1)
    along = (arrow.x2 - arrow.x1) / length, (arrow.y2 - arrow.y1) / length
    foot = arrow.x2 - HEAD * along[0], arrow.y2 - HEAD * along[1]
    wings = [(foot[0] - s * HALF * along[1], foot[1] + s * HALF * along[0]) for s in (1, -1)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [(arrow.x2, arrow.y2), *wings])
    line = _tag("line", x1=arrow.x1, y1=arrow.y1, x2=foot[0], y2=foot[1], stroke=colour, stroke_width=1.4,
                stroke_dasharray=dashes)  # fmt: skip
    return line + _tag("polygon", points=points, fill=colour)


def _svg(paper: Paper, parts: list[str], alt: str) -> str:
    style = STYLE.format(width=paper.width, least=SMALLEST * paper.width)
    return _tag("svg", "".join(parts), role="img", aria_label=alt, style=style,
                viewBox=f"0 0 {paper.width:.0f} {paper.height:.0f}")  # fmt: skip


def _caption(known: Mapping[str, Status], name: str, whole: Status) -> str:
    """How far one is, and what the signs mean."""
    said = [f"<b>{progress(known)}.</b>"]
    if whole is not Status.OPEN:
        said.append(f"<b>{escape(WHOLE.format(sign=LOOKS[whole].sign, name=name))}</b>")
    signs = (f"{look.sign}&nbsp;{kind}" for kind, look in LOOKS.items())
    return " ".join([*said, CAPTION, *signs])


def draw_graph(exercise: Exercise, values: Values, gradients: Values, status: Mapping[str, str]) -> Drawing:
    """The computation graph with the values of a forward pass; without values, in small.

    `values` is what `forward` returned. `gradients` holds, by letter, the gradients to write down, and
    `status` whether each of them is "right", "wrong" or "open" (where it is not named); its entry for the
    whole pass says it of that.
    """
    known = {q: Status(status.get(q, Status.OPEN)) for q in exercise.quantities}
    whole = Status(status.get(exercise.whole.name, Status.OPEN))
    looks = {q: LOOKS[s] for q, s in known.items()}
    nodes = {name: _node(exercise, name, values, gradients, looks.get(name)) for name in exercise.places}
    sizes = {name: node.size for name, node in nodes.items()}
    paper = lay_out(exercise.places, sizes, FULL if values else SMALL)
    parts = [
        _draw_arrow(arrow, looks[arrow.tail] if arrow.back else None)
        for operation in exercise.graph
        for arrow in arrows(operation, paper.boxes, looks)
    ]
    for name, node in nodes.items():
        parts += _draw_node(paper.boxes[name], node)
    alt = describe(exercise, known, whole, values, gradients)
    caption = _caption(known, exercise.whole.name, whole) if values else ""
    return Drawing(_svg(paper, parts, alt), alt, caption, begins="rtl")  # the backward pass begins there
