"""The computation graph with the result of each gradient, as SVG for a page.

The picture in the notebook shows numbers and needs matplotlib; this one shows what became of the
questions, in boxes that can be read on a phone, and is a few lines of the page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from backprop_lab.network import GRAPH

WIDTH, HEIGHT = 756, 292
COLUMNS = {"u": 76, "x": 76, "b": 76, "g": 254, "w": 434, "h": 434, "c": 434, "z": 594, "y": 594, "L": 724}
ROWS = {"u": 42, "w": 42, "x": 146, "g": 146, "h": 146, "z": 146, "L": 146, "b": 250, "c": 250, "y": 250}
BOX, PLAIN = (104, 62), (44, 44)  # the sizes of a node with a gradient, and of one without
ASIDE = 6  # half the distance between the way forward and the way back
ROOM = 5  # between an arrow and a box
TILT = 14  # how far arrows from above arrive above the middle


@dataclass(frozen=True)
class Node:
    """A quantity at its place; `result` is None where no gradient is asked for."""

    name: str
    x: int
    y: int
    width: int
    height: int
    result: str | None


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
    """What the template draws."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]


def _node(name: str, results: Mapping[str, str]) -> Node:
    size = BOX if name in results else PLAIN
    return Node(name, COLUMNS[name], ROWS[name], *size, results.get(name))


def _arrows(tail: Node, head: Node) -> Iterator[Arrow]:
    """The way forward and, where there is a gradient, the way back below it."""
    tilt = max(-TILT, min(TILT, (tail.y - head.y) / 4))
    start, end = tail.x + tail.width / 2 + ROOM, head.x - head.width / 2 - ROOM
    aside = ASIDE if tail.result else 0
    yield Arrow(start, tail.y - aside, end, head.y + tilt - aside, "")
    if tail.result:
        yield Arrow(end, head.y + tilt + aside, start, tail.y + aside, tail.result)


def picture(results: Mapping[str, str]) -> Picture:
    """The graph; `results` says by quantity whether its gradient is right, wrong and so on."""
    nodes = {name: _node(name, results) for name in COLUMNS}
    arrows = [a for head, _, tails in GRAPH for tail in tails for a in _arrows(nodes[tail], nodes[head])]
    return Picture(WIDTH, HEIGHT, tuple(nodes.values()), tuple(arrows))
