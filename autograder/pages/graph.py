"""The computation graph with the result of each gradient, as SVG for a page.

The picture in the notebook shows numbers and needs matplotlib; this one shows what became of the
questions, in boxes that can be read on a phone, and is a few lines of the page.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from backprop_lab.model import Exercise

BOX, PLAIN = (104, 62), (44, 44)  # the sizes of a node with a gradient, and of one without
MARGIN, COLUMN_GAP, ROW_GAP = 24, 70, 42
ASIDE = 6  # half the distance between the way forward and the way back
ROOM = 5  # between an arrow and a box
TILT = 14  # how far arrows from above arrive above the middle


@dataclass(frozen=True)
class Node:
    """A quantity at its place; `result` is "" where no gradient is asked for."""

    name: str
    x: float
    y: float
    width: float
    height: float
    gradient: str = ""
    result: str = ""


@dataclass(frozen=True)
class Arrow:
    """A line from one point to another; `result` is "" on the way forward."""

    x1: float
    y1: float
    x2: float
    y2: float
    result: str


@dataclass(frozen=True)
class Picture:
    """What the template draws; `words` says how the graph goes, for who does not see it."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    words: str


def lay_out(
    exercise: Exercise, asked: Collection[str], box: tuple[float, float] = BOX
) -> tuple[dict[str, Node], float, float]:
    """The nodes by letter, and the width and the height of the whole; `asked` are those with a gradient,
    which take the room of a `box`."""
    sizes = {name: box if name in asked else PLAIN for name in exercise.places}
    left, centres = float(MARGIN), {}
    for column in sorted({column for column, _ in exercise.places.values()}):
        width = max(sizes[n][0] for n, (c, _) in exercise.places.items() if c == column)
        centres[column] = left + width / 2
        left += width + COLUMN_GAP
    step = box[1] + ROW_GAP
    nodes = {
        name: Node(name, centres[column], box[1] / 2 + 11 + row * step, *sizes[name])
        for name, (column, row) in exercise.places.items()
    }
    height = max(node.y for node in nodes.values()) + box[1] / 2 + 11
    return nodes, left - COLUMN_GAP + MARGIN - 14, height


def _arrows(tail: Node, head: Node) -> Iterator[Arrow]:
    """The way forward and, where there is a gradient, the way back below it."""
    tilt = max(-TILT, min(TILT, (tail.y - head.y) / 4))
    start, end = tail.x + tail.width / 2 + ROOM, head.x - head.width / 2 - ROOM
    aside = ASIDE if tail.result else 0
    yield Arrow(start, tail.y - aside, end, head.y + tilt - aside, "")
    if tail.result:
        yield Arrow(end, head.y + tilt + aside, start, tail.y + aside, tail.result)


def listed(letters: Collection[str]) -> str:
    """Several things in a sentence."""
    *first, last = letters
    return f"{', '.join(first)} and {last}" if first else last


def steps(exercise: Exercise) -> str:
    """How the graph goes: u, x and b make g; g makes h."""
    made = (
        f"{listed(o.inputs)} {'make' if len(o.inputs) > 1 else 'makes'} {o.output}" for o in exercise.graph
    )
    return "; ".join(made) + "."


def picture(exercise: Exercise, results: Mapping[str, str]) -> Picture:
    """The graph; `results` says by quantity whether its gradient is right, wrong and so on."""
    placed, width, height = lay_out(exercise, results)
    nodes = {
        n.name: Node(n.name, n.x, n.y, n.width, n.height, exercise.gradient(n.name), results.get(n.name, ""))
        for n in placed.values()
    }
    arrows = [
        arrow
        for operation in exercise.graph
        for tail in operation.inputs
        for arrow in _arrows(nodes[tail], nodes[operation.output])
    ]
    return Picture(width, height, tuple(nodes.values()), tuple(arrows), steps(exercise))
