"""The notebook's drawing of the computation graph as a bitmap, for the statement: a markdown cell shows no
other kind everywhere. It is on paper of its own, so it is legible on light and on dark."""

import re
from base64 import b64encode
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
from defusedxml.ElementTree import fromstring
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon

from backprop_lab.figure import Drawing

INK, PAPER = "#1f2933", "#f6f7f4"
FONTS = ["DejaVu Sans Mono", "DejaVu Sans"]  # the second one has ℰ
INCH, DPI = 72, 108  # pixels of the drawing in an inch of the bitmap
MIX = re.compile(r"color-mix\(in srgb,(\w+|#\w+) (\d+)%,(#\w+|\w+)\)")
NAMED = {"currentColor": INK, "transparent": PAPER}


def _colour(element: Element, kind: str) -> Any:
    """The colour of an element's text, face or line; "none" for none."""
    if mixed := MIX.search(element.get("style", "")):
        one, share, other = mixed.groups()
        part = int(share) / 100
        first, second = (np.array(to_rgb(NAMED.get(c, c))) for c in (one, other))
        return tuple(part * first + (1 - part) * second)
    colour = element.get(kind, "none")
    return NAMED.get(colour, colour)


def _numbers(element: Element, *names: str) -> list[float]:
    return [float(element.get(name, "0")) for name in names]


def _dashes(element: Element) -> Any:
    dashes = element.get("stroke-dasharray", "none")
    return "solid" if dashes == "none" else (0, tuple(float(d) / 1.4 for d in dashes.split()))


def _rect(axes: Any, element: Element) -> None:
    x, y, width, height, rx = _numbers(element, "x", "y", "width", "height", "rx")
    axes.add_patch(FancyBboxPatch(
        (x, y), width, height, boxstyle=f"round,pad=0,rounding_size={rx}", facecolor=_colour(element, "fill"),
        edgecolor=NAMED.get(element.get("stroke", ""), element.get("stroke")), linestyle=_dashes(element),
        linewidth=float(element.get("stroke-width", "1")),
    ))  # fmt: skip


def _text(axes: Any, element: Element) -> None:
    x, y = _numbers(element, "x", "y")
    axes.text(x, y, element.text, color=_colour(element, "fill"), family=FONTS, fontsize=11.5,
              fontweight=element.get("font-weight", "normal"), ha="center", va="baseline")  # fmt: skip


def _line(axes: Any, element: Element) -> None:
    x1, y1, x2, y2 = _numbers(element, "x1", "y1", "x2", "y2")
    axes.plot([x1, x2], [y1, y2], color=_colour(element, "stroke"), linestyle=_dashes(element), linewidth=1.4)


def _polygon(axes: Any, element: Element) -> None:
    points = [tuple(map(float, point.split(","))) for point in element.get("points", "").split()]
    axes.add_patch(Polygon(points, color=_colour(element, "fill"), linewidth=0))


DRAW = {"rect": _rect, "text": _text, "line": _line, "polygon": _polygon}


def bitmap(drawing: Drawing) -> str:
    """The drawing as a PNG, as base64 text."""
    svg = fromstring(drawing.svg)
    _, _, width, height = map(float, svg.get("viewBox").split())
    figure = Figure(figsize=(width / INCH, height / INCH), dpi=DPI, facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    for element in svg:
        DRAW[element.tag](axes, element)
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    file = BytesIO()
    figure.savefig(file, format="png")
    return b64encode(file.getvalue()).decode()
