"""The computation graph with the result of each gradient, as SVG for a page.

The picture in the notebook shows numbers and has small type; this one shows what became of the
questions, in boxes that can be read on a phone, and is a few lines of the page.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from backprop_lab import layout
from backprop_lab.description import CAPTION, steps
from backprop_lab.model import Exercise

BOX, PLAIN = (104, 62), (44, 44)  # the sizes of a node with a gradient, and of one without
GAPS = layout.Gaps(margin=17, column=70, row=42)


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
    caption: str = CAPTION


def lay_out(
    exercise: Exercise, asked: Collection[str], box: tuple[float, float] = BOX
) -> tuple[dict[str, Node], float, float]:
    """The nodes by letter, and the width and the height of the whole; `asked` are those with a gradient,
    which take the room of a `box`."""
    sizes = {name: box if name in asked else PLAIN for name in exercise.places}
    paper = layout.lay_out(exercise.places, sizes, GAPS)
    nodes = {
        name: Node(name, place.centre, place.middle, place.width, place.height)
        for name, place in paper.boxes.items()
    }
    return nodes, paper.width, paper.height


def _arrows(exercise: Exercise, placed: Mapping[str, Node], results: Mapping[str, str]) -> Iterator[Arrow]:
    """The way forward and, where there is a gradient, the way back below it."""
    boxes = {
        n.name: layout.Box(n.x - n.width / 2, n.y - n.height / 2, n.width, n.height) for n in placed.values()
    }
    for operation in exercise.graph:
        for arrow in layout.arrows(operation, boxes, results):
            yield Arrow(arrow.x1, arrow.y1, arrow.x2, arrow.y2, results[arrow.tail] if arrow.back else "")


def picture(exercise: Exercise, results: Mapping[str, str]) -> Picture:
    """The graph; `results` says by quantity whether its gradient is right, wrong and so on."""
    placed, width, height = lay_out(exercise, results)
    nodes = tuple(
        replace(node, name=exercise.symbol(q), gradient=exercise.gradient(q), result=results.get(q, ""))
        for q, node in placed.items()
    )
    return Picture(width, height, nodes, tuple(_arrows(exercise, placed, results)), steps(exercise))
