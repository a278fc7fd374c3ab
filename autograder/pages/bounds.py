"""Bounds on what a page shows of what students wrote: the time to mark up some texts grows with the square of
their length, and a short text may become a long page. What is beyond is shown as it was written."""

import re
from html import escape
from itertools import accumulate

LONGEST_MARKDOWN = 20_000  # characters of one cell or output; of what is longer the rest is left out
LONGEST_CODE = 50_000
LONGEST_HTML = 1 << 20
LONGEST_PLAIN = 100_000  # of what is shown as it was written
LONGEST_BLANK = 200  # characters of white space in a row: pygments looks for each end from each beginning
LONGEST_ATTRIBUTE = 2_000  # characters, but for pictures: a link that is reopened repeats them
MOST_TAGS = 5_000  # that open, in one piece of HTML
MOST_REOPENED = 250_000  # elements: a bold that is never closed is opened anew in every paragraph
MOST_FORMULAS = 500  # that are opened in one piece of markdown
DEEPEST = 100  # elements within elements
MOST_GROWTH = 5  # times the length of what was written
MOST_EMBEDDED = 8 << 20  # characters of the pictures attached to a cell, each as often as it is shown
LONGEST_DRAWING = 4 << 20
MOST_SHAPES = 20_000  # of a drawing
ROOM = 400_000  # of a page: characters of code and markdown
TAG_ROOM = 10  # characters that take as long as a tag

CUT = "\n\n[The rest is not shown here.]"
AS_WRITTEN = "[Too long, too deep or too repetitive to be laid out: shown as it was written.]"

OPENS = re.compile(r"<[A-Za-z]")
FORMATTING = re.compile(
    r"<(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?![A-Za-z0-9])", re.IGNORECASE
)
FORMULA = re.compile(r"\$\$|\\\\?[(\[]|\\begin")
BLANK = re.compile(rf"\s{{{LONGEST_BLANK}}}")
# As nh3 writes them: every value is in quotation marks, and holds none.
TAG = re.compile(r'<(/?)([a-z0-9]+)(?: [a-z-]+="[^"]*")*>')
PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+")
WITHOUT_END = {"br", "col", "hr", "img", "wbr"}


def cut(text: str, longest: int) -> str:
    """The text, or its beginning and words that say so."""
    return text if len(text) <= longest else text[:longest] + CUT


def as_written(text: str) -> str:
    """HTML that shows the text itself, and says why."""
    return f"<p>{AS_WRITTEN}</p><pre>{escape(cut(text, LONGEST_PLAIN))}</pre>"


def code_is_bounded(source: str) -> bool:
    """Whether code can be marked up in a time that grows with its length."""
    return len(source) <= LONGEST_CODE and not BLANK.search(source)


def markdown_is_bounded(source: str) -> bool:
    """The same of markdown."""
    return sum(1 for _ in FORMULA.finditer(source)) <= MOST_FORMULAS


def tags_in(html: str) -> int:
    """How many elements HTML opens, at most."""
    return sum(1 for _ in OPENS.finditer(html))


def html_is_bounded(html: str) -> bool:
    """The same of HTML, whose parser opens anew what was not closed. Pictures are passed over."""
    tags, formatting = tags_in(html), sum(1 for _ in FORMATTING.finditer(html))
    is_small = tags <= MOST_TAGS and tags * formatting <= MOST_REOPENED
    return is_small and len(PICTURE.sub("", html)) <= LONGEST_HTML


def _depth(html: str) -> int:
    """How deep the elements of clean HTML lie in each other."""
    steps = (-1 if end else 1 for end, name in TAG.findall(html) if name not in WITHOUT_END)
    return max(accumulate(steps), default=0)


def result_is_bounded(html: str, source: str) -> bool:
    """Whether clean HTML is neither deep nor much longer than what it was made from."""
    return len(html) <= MOST_GROWTH * (len(source) + 1_000) and _depth(html) <= DEEPEST


def drawing_is_bounded(svg: str) -> bool:
    """Whether a drawing can be read at once."""
    return len(svg) <= LONGEST_DRAWING and svg.count("<") <= 2 * MOST_SHAPES


class Room:
    """What is left of the room of a page."""

    def __init__(self) -> None:
        self._left = ROOM

    def take(self, characters: int) -> bool:
        """Take room if there is enough; whether there was."""
        if characters > self._left:
            return False
        self._left -= characters
        return True

    def cut(self, source: str) -> str:
        """As much of a cell's text as there is room for."""
        shown = cut(source, self._left)
        self._left -= min(len(source), self._left)
        return shown
