"""From a page's words to its HTML: one file that needs no other."""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from jinja2 import Environment
from markupsafe import Markup

from ...judging.verdict import SIGNS, points_in_words
from ..environment import environment
from ..graph import picture
from ..outputs import Output
from ..sanitize import code, markdown
from .page import WORDS, Page, Shown

PICTURE_ALT = "A picture that this cell shows"

# No scripts, and nothing from elsewhere: a second wall, should one of `safe` have a hole.
POLICY = "default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
HEADING = re.compile(r"<(/?)h[1-6]>")  # as `safe.clean` leaves them


@cache
def _style() -> str:
    return (files("autograder.pages") / "templates" / "feedback.css").read_text(encoding="utf-8")


@cache
def _policy() -> str:
    """The page's content security policy, which names the style sheet by its hash."""
    digest = hashlib.sha256(_style().encode()).digest()
    return POLICY.format(digest=base64.b64encode(digest).decode())


def points(value: float | None) -> str:
    """Points as people write them, a dash where there are none."""
    return "–" if value is None else points_in_words(value)


def error(value: float | None) -> str:
    """A relative error as people write it: 3e-12; a dash where nothing could be compared."""
    return "–" if value is None else f"{value:.0e}" if value < 0.1 else f"{value:.2g}"


def _without_headings(html: str) -> Markup:
    """A student's headings as bold lines: the page's own outline stays in order."""
    return Markup(HEADING.sub(lambda m: "</b></p>" if m[1] else "<p><b>", html))


def _markdown(source: str) -> Markup:
    return _without_headings(markdown(source, formulas=True))


def _code(source: str) -> Markup:
    return Markup(code(source))


def _text(cell: Shown) -> Markup:
    return _without_headings(markdown(cell.source, dict(cell.attachments), formulas=True))


def _image(kind: str, content: str) -> Markup:
    if kind == "image/svg+xml":
        content = base64.b64encode(content.encode()).decode()
    return Markup('<img src="data:{};base64,{}" alt="{}">').format(kind, content, PICTURE_ALT)


def _error(output: Output) -> str:
    """An exception and the lines of the notebook that it went through: no files of this machine."""
    frames = [f for f in output["traceback"] if f.lstrip().startswith(("Cell In", "Input In"))]
    return "\n".join([*map(str.strip, frames), f"{output['ename']}: {output['evalue']}"])


def _show(output: Output) -> Markup:
    """One output, disarmed already, in the best form that it has."""
    if output["output_type"] == "stream":
        return Markup('<pre tabindex="0">{}</pre>').format(output["text"])
    if output["output_type"] == "error":
        return Markup('<pre tabindex="0">{}</pre>').format(_error(output))
    kind, content = next(iter(output["data"].items()))
    if kind == "text/html":
        return _without_headings(content)
    if kind.startswith("image/"):
        return _image(kind, content)
    return Markup('<pre tabindex="0">{}</pre>').format(content)


@cache
def _environment() -> Environment:
    made = environment("autograder.pages")
    made.filters.update(points=points, error=error, markdown=_markdown, code=_code, text=_text, show=_show)
    made.globals.update(style=Markup(_style()), policy=_policy(), signs=SIGNS, words=WORDS)
    return made


def render(page: Page) -> str:
    """The page as one HTML file."""
    results = {answer.quantity: answer.status for answer in page.answers if answer.quantity}
    graph = picture(page.exercise, results) if page.exercise and results else None
    return _environment().get_template("feedback.html.j2").render(page=page, graph=graph)
