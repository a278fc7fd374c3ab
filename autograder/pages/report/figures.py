"""The pictures of the report, as SVG that goes on a slide. The same numbers give the same bytes.

Colours are Okabe and Ito's, which the colour-blind tell apart; each bar is hatched, too, and labelled.
"""

import io
import math
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from backprop_lab.model import Exercise

from ..graph import Node, lay_out
from .summary import STATUSES, Made, Question, Summary

INK, SOFT, PAPER = "#1f2933", "#52606d", "#ffffff"
COLOURS = dict(zip(STATUSES, ("#009e73", "#56b4e9", "#d55e00", "#cccccc", "#f0e442"), strict=True))
HATCHES = dict(zip(STATUSES, ("", "//", "xx", "..", "--"), strict=True))
MOST_MISTAKES = 12
BOX = (112, 68)  # the size of a node with a gradient
STYLE: Any = {
    "font.size": 11,
    "font.family": "DejaVu Sans",
    "svg.fonttype": "path",
    "svg.hashsalt": "report",
    "hatch.linewidth": 0.6,
    "hatch.color": INK,
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def _svg(figure: Any) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", facecolor=PAPER, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :]


def _axes(width: float, height: float, title: str) -> tuple[Any, Any]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def points(summary: Summary) -> Any:
    """How the points are distributed."""
    figure, axes = _axes(8, 3.6, f"Points of {len(summary.totals)} graded submissions")
    edges = [n - 0.5 for n in range(int(summary.out_of) + 2)]
    counts, _, bars = axes.hist(
        [math.floor(min(total, summary.out_of)) for total in summary.totals],
        bins=edges,
        color=COLOURS["partly"],
        edgecolor=INK,
        rwidth=0.9,
    )
    clear = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # the median's line may be behind it
    axes.bar_label(bars, [f"{n:.0f}" if n else "" for n in counts], color=INK, padding=2, bbox=clear)
    median = summary.figures["median"]
    if median is not None:
        axes.axvline(median, color=INK, linestyle="--", linewidth=1.2, zorder=0)
        axes.set_title(f"dashed: the median, {median:.4g}", loc="right", color=SOFT, fontsize=10)
    axes.set_xlabel(f"points of {summary.out_of:g}, rounded down")
    axes.set_ylabel("students")
    axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True))
    axes.margins(y=0.15)
    return figure


def _stack(axes: Any, question: Question, x: float, y: float, width: float, height: float) -> None:
    """A bar that is divided by the shares of the statuses."""
    left = x
    for status in STATUSES:
        part = width * question.share(status)
        if part:
            look: Any = {"facecolor": COLOURS[status], "hatch": HATCHES[status], "linewidth": 0.7}
            axes.add_patch(Rectangle((left, y), part, height, edgecolor=INK, zorder=3, **look))
        left += part


def _node(axes: Any, node: Node, question: Question | None) -> None:
    x, y, corner = node.x, node.y, (node.x - node.width / 2, node.y - node.height / 2)
    axes.add_patch(Rectangle(corner, node.width, node.height, facecolor=PAPER, edgecolor=INK, zorder=2))
    centred: Any = {"ha": "center", "va": "center", "zorder": 4}
    axes.text(x, y - (18 if question else 0), node.name, fontweight="bold", **centred)
    if question:
        words = f"{question.share('right'):.0%} right"
        axes.text(x, y + 1, words, fontsize=10, **centred)
        _stack(axes, question, corner[0] + 6, y + 13, node.width - 12, 13)


def _arrow(axes: Any, tail: Node, head: Node) -> None:
    """A step of the forward pass, from the edge of a box to the edge of the next."""
    start, end = (tail.x + tail.width / 2, tail.y), (head.x - head.width / 2, head.y)
    look: Any = {"arrowstyle": "-|>", "mutation_scale": 12, "shrinkA": 2, "shrinkB": 2}
    axes.add_patch(FancyArrowPatch(start, end, color=SOFT, **look))


def _legend(figure: Any) -> None:
    looks = [{"facecolor": COLOURS[s], "hatch": HATCHES[s], "edgecolor": INK} for s in STATUSES]
    handles = [Rectangle((0, 0), 1, 1, linewidth=0.7, **look) for look in looks]  # type: ignore[arg-type]
    figure.legend(handles, STATUSES, loc="outside lower center", ncols=len(STATUSES), frameon=False)


def graph(summary: Summary, exercise: Exercise) -> Any:
    """How each gradient went, on the computation graph."""
    quantities = {question.name: question.wrt for question in exercise.questions}
    found = {quantities[q.name]: q for q in summary.questions if q.name in quantities}
    nodes, width, height = lay_out(exercise, found, BOX)
    figure, axes = _axes(9, 0.9 + 9 * (height + 15) / (width + 10), "Success, gradient by gradient")
    for operation in exercise.graph:
        for tail in operation.inputs:
            _arrow(axes, nodes[tail], nodes[operation.output])
    for node in nodes.values():
        _node(axes, node, found.get(node.name))
    axes.set(xlim=(0, width + 10), ylim=(height + 10, -5), aspect="equal")
    axes.axis("off")
    _legend(figure)
    return figure


def questions(summary: Summary) -> Any:
    """How each question went, as bars."""
    figure, axes = _axes(9, 0.42 * len(summary.questions) + 1.5, "Success, question by question")
    for row, question in enumerate(summary.questions):
        _stack(axes, question, 0, row - 0.35, 100, 0.7)
    axes.set_yticks(range(len(summary.questions)), [q.name for q in summary.questions])
    axes.set(xlim=(0, 100), ylim=(len(summary.questions) - 0.5, -0.5), xlabel="% of those who submitted")
    _legend(figure)
    return figure


def mistakes(made: Sequence[Made]) -> Any:
    """Which known mistakes were made most often."""
    shown = list(made[:MOST_MISTAKES])
    figure, axes = _axes(9, 0.38 * max(1, len(shown)) + 1.3, "Known mistakes, the most frequent")
    labels = [m.name for m in shown]
    bars = axes.barh(labels, [m.count for m in shown], color=COLOURS["wrong"], edgecolor=INK, height=0.7)
    axes.bar_label(bars, padding=3)
    axes.invert_yaxis()
    axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True))
    axes.set_xlabel("students")
    return figure


def draw_all(summary: Summary) -> dict[str, str]:
    """All pictures as SVG, by the name of their file."""
    with mpl.rc_context(STYLE):
        made = {"graph": graph(summary, summary.exercise)} if summary.exercise else {}
        made |= {"questions": questions(summary), "points": points(summary)}
        if summary.mistakes:
            made["mistakes"] = mistakes(summary.mistakes)
        return {name: _svg(figure) for name, figure in made.items()}
