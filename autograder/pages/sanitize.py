"""What students wrote, made safe to show: HTML, markdown, TeX, code.

A feedback page is opened by a student, formgrader's by an instructor who is logged in: nothing in
either may run, load from a network, send a form, or pass for a part of the page. What may stay is
listed; all else goes. HTML is read by nh3, with the parser of a browser.
"""

import re
from functools import lru_cache
from html import escape
from pathlib import PurePosixPath
from typing import Any

import nh3
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers.python import PythonLexer

from .bounds import (
    LONGEST_ATTRIBUTE,
    LONGEST_MARKDOWN,
    LONGEST_PLAIN,
    MOST_EMBEDDED,
    PICTURE,
    as_written,
    code_is_bounded,
    cut,
    html_is_bounded,
    markdown_is_bounded,
    result_is_bounded,
)
from .formulas import ATTRIBUTES as MATH_ATTRIBUTES
from .formulas import TAGS as MATH_TAGS
from .formulas import mathml

NO_ALT = "a picture without a description"

# HTML

_TAGS = (
    "a abbr b blockquote br caption cite code dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 "
    "h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th "
    "thead tr u ul var"
)
TAGS = set(_TAGS.split())
ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"alt", "height", "src", "title", "width"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
WITHOUT_CONTENT = {"script", "style", "svg", "template", "noscript", "iframe", "object", "textarea", "title"}
# What an instructor's own statement may have in a page of nbgrader's.
OWN_ATTRIBUTES = {
    **ATTRIBUTES,
    **{heading: {"id"} for heading in ("h1", "h2", "h3", "h4", "h5", "h6")},
    "a": {"href", "id", "title"},
    "td": {"colspan", "rowspan", "style"},
    "th": {"colspan", "rowspan", "style"},
}
OWN_CLASSES = {"div": {"alert", "alert-danger", "alert-info", "alert-success", "alert-warning"}}
PREFIX = "user-content-"  # of ids, which could pass for the page's own
BESIDE = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".txt", ".csv"}  # files that do nothing in a browser
RELATIVE = re.compile(r"(?!/)(?!.*(?:\.\.|%2[ef]|%5c))[\w ./%()+~-]+", re.IGNORECASE)
LINK = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
NUMBERS = {"colspan", "height", "rowspan", "width"}
UNNAMED_PICTURE = re.compile(r"<img(?![^>]* alt=)")


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The value of an attribute, None if it may not stay."""
    if name == "src":
        return value if PICTURE.fullmatch(value) else None
    if len(value) > LONGEST_ATTRIBUTE:
        return None
    if name == "href":
        return value if LINK.match(value) else None
    if name in NUMBERS:
        return value if value.isascii() and value.isdigit() and len(value) < 5 else None
    return value


def _own_attribute(tag: str, name: str, value: str) -> str | None:
    """The same where links within the page, and to what lies beside it, may stay as well."""
    if name == "href" and value.startswith("#") and len(value) <= LONGEST_ATTRIBUTE:
        return f"#{PREFIX}{value[1:]}"
    is_beside = RELATIVE.fullmatch(value) and PurePosixPath(value).suffix.lower() in BESIDE
    return value if name in ("href", "src") and is_beside else _attribute(tag, name, value)


def _cleaned(html: str, own: bool) -> str | None:
    """Clean HTML, None if it is beyond the bounds of a page."""
    if not html_is_bounded(html):
        return None
    cleaned = nh3.clean(
        html,
        tags=TAGS | MATH_TAGS,
        attributes={**(OWN_ATTRIBUTES if own else ATTRIBUTES), **MATH_ATTRIBUTES},
        attribute_filter=_own_attribute if own else _attribute,
        clean_content_tags=WITHOUT_CONTENT,
        url_schemes={"http", "https", "mailto", "data"},
        allowed_classes=OWN_CLASSES if own else None,
        filter_style_properties={"text-align"},
        id_prefix=PREFIX,
    )
    if not result_is_bounded(cleaned, html):
        return None
    return tame(UNNAMED_PICTURE.sub(f'<img alt="{NO_ALT}"', cleaned))


def clean(html: str, own: bool = False) -> str:
    """HTML without all that acts, loads or disguises.

    There are no classes or ids in it, which belong to the page. In nbgrader's `own` pages, where an
    instructor's statement stands with a student's answers, there are headings to link to, alert boxes, and
    what lies beside the notebook. What is beyond the bounds of a page is shown as it was written.
    """
    cleaned = _cleaned(html, own)
    return as_written(tame(html)) if cleaned is None else cleaned


# TeX

# The commands of TeX that make links, classes, styles or other commands, where MathJax reads a page.
COMMANDS = re.compile(
    r"\\(?=(?:href|url|html\w*|mml\w*|bbox|class|cssId|style|require|unicode|[egx]?def|let|input|"
    r"(?:re)?newcommand|(?:re)?newenvironment|include\w*)\b)"
)
NO_BACKSLASH = "\u2216"  # looks like one


def tame(tex: str) -> str:
    """Text with TeX in which no command does more than set formulas."""
    return COMMANDS.sub(NO_BACKSLASH, tex)


# Markdown


class _Renderer(IPythonRenderer):
    """nbconvert's, for which a picture that is missing is no reason to stop, or one that is shown a thousand
    times to write it a thousand times."""

    embedded = 0  # characters

    def image(self, text: str, url: str, title: str | None = None) -> str:
        try:
            html: str = self.text(text) if self.embedded > MOST_EMBEDDED else super().image(text, url, title)
        except InvalidNotebook:
            return str(self.text(text))
        self.embedded += len(html)
        return html


class _FormulaRenderer(_Renderer):
    """Sets formulas, too."""

    def block_math(self, body: str) -> str:
        return mathml(tame(body), display=True)

    def inline_math(self, body: str) -> str:
        return mathml(tame(body), display=False)

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")


def _rendered(source: str, attachments: dict[str, Any], own: bool, formulas: bool) -> str | None:
    kind = _FormulaRenderer if formulas else _Renderer
    renderer = kind(escape=False, attachments=attachments, exclude_anchor_links=not own)
    try:
        return _cleaned(MarkdownWithMath(renderer=renderer).render(source), own)
    except RecursionError:
        return None


def markdown(
    source: str, attachments: dict[str, Any] | None = None, own: bool = False, formulas: bool = False
) -> str:
    """Markdown as safe HTML, by the rules of `clean`; its formulas stay TeX between dollar signs, or become
    MathML."""
    source = cut(source, LONGEST_MARKDOWN)
    is_bounded = markdown_is_bounded(source)
    made = _rendered(source, attachments or {}, own, formulas) if is_bounded else None
    return as_written(tame(source)) if made is None else made


# Code


@lru_cache(maxsize=1024)
def code(source: str) -> str:
    """Python as HTML, its words marked by pygments' classes. Many students write the same."""
    if not code_is_bounded(source):
        return escape(cut(source, LONGEST_PLAIN))
    marked: str = highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    return marked.rstrip("\n")
