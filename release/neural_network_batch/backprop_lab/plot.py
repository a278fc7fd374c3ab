"""Plots that take the colours of the page that they are shown in.

matplotlib is imported when something is drawn: grading loads this module, and draws nothing.
"""

from base64 import b64encode
from html import escape
from io import BytesIO
from re import sub
from typing import Any

from .figure import Drawing

PAPER = "#fcfcfa"  # of the bitmap, for who prints a notebook
INK = "#000000"  # becomes the colour of the page's text
DARK = "#1f2933"  # of what stands on a light ground in any theme
RIGHT, WRONG = "#009e73", "#d55e00"  # of lines: at least 3 to 1 on light and on dark
# Text stays text, which is small and takes the page's colour.
PRINTED = 75  # dots per inch of the bitmap, which is for paper
DPI = 144  # of what is a bitmap within a drawing
FORM: Any = {"svg.fonttype": "none", "savefig.transparent": True}
HEAD = (
    '<svg role="img" aria-label="{alt}" viewBox="0 0 {width:g} {height:g}" fill="currentColor" '
    'style="max-width:{wide:.0f}px;min-width:{narrow:.0f}px;'
    'stroke-linejoin:round">'
)
SMALLEST = 0.7  # of its size, on a narrow page
NO_MATPLOTLIB = (
    "This picture is drawn by matplotlib, which is not installed here. Run `%pip install matplotlib` in a "
    "cell of its own, and then this cell again."
)


def _figure(sizes: tuple[Any, ...], style: dict[str, Any]) -> Any:
    """A figure of matplotlib's; raises ModuleNotFoundError that says what to do."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise ModuleNotFoundError(NO_MATPLOTLIB) from None
    return Figure(*sizes, **style)


def _inline(svg: str, alt: str, size: tuple[float, float]) -> str:
    """matplotlib's drawing as a part of a page: what would style the rest of the page goes."""
    inside = svg[svg.index(">", svg.index("<svg")) + 1 :]
    inside = sub(r"(?s)<metadata>.*?</metadata>|<style[^>]*>.*?</style>", "", inside)
    inside = sub(r"(\d\.\d\d)\d+", r"\1", inside)  # a hundredth of a point is enough
    width, height = (72 * inches for inches in size)
    wide = 100 * size[0]
    head = HEAD.format(alt=escape(alt), width=width, height=height, wide=wide, narrow=SMALLEST * wide)
    return head + inside.replace(INK, "currentColor")


def shade(ax: Any, side: Any, values: Any, least: float, most: float, colours: Any) -> Any:
    """Shade a square plane by the values at its points; what a colour bar is made of."""
    extent = (side[0], side[-1], side[0], side[-1])
    look: Any = {"cmap": colours, "vmin": least, "vmax": most, "interpolation": "none"}
    return ax.imshow(values, origin="lower", extent=extent, aspect="auto", **look)


class Picture:
    """A matplotlib `figure` with `alt`, its content in words.

    A notebook shows it once, where it is the result of a cell: pyplot does not hold it.
    """

    alt = ""

    def __init__(self, *sizes: Any, **style: Any) -> None:
        """A figure on paper of its own; the arguments are matplotlib's."""
        self.figure = _figure(sizes, {"facecolor": PAPER, "dpi": 100, **style})

    def encoded(self) -> str:
        """The picture as a bitmap, as base64 text."""
        file = BytesIO()
        self.figure.savefig(file, format="png", dpi=PRINTED)
        return b64encode(file.getvalue()).decode()

    def drawing(self) -> Drawing:
        """The picture as a drawing within a page."""
        from matplotlib import rc_context

        file = BytesIO()
        with rc_context(FORM):
            self.figure.savefig(file, format="svg", dpi=DPI)
        size = tuple(self.figure.get_size_inches())
        return Drawing(_inline(file.getvalue().decode(), self.alt, size), self.alt)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        """For a notebook: sharp and with words in a browser, a bitmap for paper, words elsewhere."""
        forms, _metadata = self.drawing()._repr_mimebundle_()
        return {**forms, "image/png": self.encoded()}, {"image/png": {"alt": self.alt}}
