"""Where the quantities of a graph stand in a picture, and the arrows between them: all in pixels.

The notebook's picture and the feedback page's have other boxes in the same places.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from .model import Operation

ASIDE = 6  # half the distance between the way forward and the way back
ROOM = 3  # between an arrow and a box
PORT = 12  # between two arrows at a box, where there is room
STEEP = 1.7  # how much further apart the two ways of a steep arrow start


@dataclass(frozen=True)
class Box:
    """A place on the paper: its left upper corner and its size."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def centre(self) -> float:
        return self.left + self.width / 2

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


@dataclass(frozen=True)
class Gaps:
    """What is left free: around the picture, between columns and between rows."""

    margin: float
    column: float
    row: float


@dataclass(frozen=True)
class Arrow:
    """From one point to another; `tail` is the quantity at its left end, `back` says that it points there."""

    tail: str
    x1: float
    y1: float
    x2: float
    y2: float
    back: bool = False


@dataclass(frozen=True)
class Paper:
    """The boxes by letter, and the size of the whole."""

    boxes: Mapping[str, Box]
    width: float
    height: float


Size = tuple[float, float]  # width and height


def _rights(places: Mapping[str, Size], sizes: Mapping[str, Size], gaps: Gaps) -> dict[float, float]:
    """Where each column ends: it is as wide as its widest box."""
    rights, left = {}, gaps.margin
    for column in sorted({column for column, _ in places.values()}):
        rights[column] = left + max(sizes[name][0] for name, (c, _) in places.items() if c == column)
        left = rights[column] + gaps.column
    return rights


def _middles(places: Mapping[str, Size], sizes: Mapping[str, Size], gaps: Gaps) -> list[tuple[float, float]]:
    """Middle and height of each row: it is as high as its highest box. What stands between two is in both."""
    last = ceil(max(row for _, row in places.values()))
    heights = [0.0] * (last + 1)
    for name, (_, row) in places.items():
        for near in {floor(row), ceil(row)}:
            heights[near] = max(heights[near], sizes[name][1])
    tops = [gaps.margin + sum(heights[:row]) + row * gaps.row for row in range(last + 1)]
    return [(top + height / 2, height) for top, height in zip(tops, heights, strict=True)]


def lay_out(places: Mapping[str, Size], sizes: Mapping[str, Size], gaps: Gaps) -> Paper:
    """Boxes of these sizes by their columns and rows. They stand at the right of their column, so that no
    arrow crosses another box."""
    rights, rows = _rights(places, sizes, gaps), _middles(places, sizes, gaps)
    boxes = {}
    for name, (column, row) in places.items():
        (above, _), (below, _) = rows[floor(row)], rows[ceil(row)]
        middle = above + (row - floor(row)) * (below - above)
        width, height = sizes[name]
        boxes[name] = Box(rights[column] - width, middle - height / 2, width, height)
    middle, height = rows[-1]
    return Paper(boxes, max(rights.values()) + gaps.margin, middle + height / 2 + gaps.margin)


def _ports(names: Sequence[str], two_way: Collection[str], head: Box) -> dict[str, Size]:
    """Where the ways forward and back meet the box, a place for each, so that no heads collide."""
    ways = [(name, back) for name in names for back in (False, True)[: 1 + (name in two_way)]]
    step = min(PORT, head.height / len(ways))
    heights = {way: head.middle + (number - (len(ways) - 1) / 2) * step for number, way in enumerate(ways)}
    return {name: (heights[name, False], heights.get((name, True), 0.0)) for name in names}


def arrows(operation: Operation, boxes: Mapping[str, Box], two_way: Collection[str]) -> Iterator[Arrow]:
    """The arrows into an operation; beside those of the quantities in `two_way` there is the way back."""
    head = boxes[operation.output]
    tails = sorted(operation.inputs, key=lambda name: boxes[name].middle)
    for name, (end, start_back) in _ports(tails, two_way, head).items():
        tail = boxes[name]
        left, right = tail.right + ROOM, head.left - ROOM
        slope = abs(end - tail.middle) / (right - left)
        aside = ASIDE * min(STEEP, 1 + slope / 4) if name in two_way else 0
        yield Arrow(name, left, tail.middle - aside, right, end)
        if aside:
            yield Arrow(name, right, start_back, left, tail.middle + aside, back=True)
