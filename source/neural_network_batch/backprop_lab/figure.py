"""A picture that brings its words along, for those who cannot see it.

A notebook asks an object for the forms that it can be shown in. matplotlib's figures have none
with an alternative text; this one has. Nothing of IPython is imported: its shell is used where it
is running already.
"""

from base64 import b64encode
from html import escape
from io import BytesIO
from typing import Any

from matplotlib.figure import Figure

from .nbgrader_mode import shell

PAPER = "#fcfcfa"  # of its own, so that a picture reads the same in a dark notebook
STYLE = "max-width: 100%; margin-top: 8px"  # room below the words of a check
HTML = '<img alt="{alt}" src="data:image/svg+xml;base64,{data}" style="{style}">'


class Picture(Figure):
    """A matplotlib figure with `alt`, its content in words.

    A notebook shows it once, where it is the result of a cell: pyplot does not hold it.
    """

    alt = ""

    def __init__(self, *sizes: Any, **style: Any) -> None:
        """A figure on paper of its own; the arguments are matplotlib's."""
        super().__init__(*sizes, **{"facecolor": PAPER, "dpi": 100, **style})

    def encoded(self, form: str) -> str:
        """The picture in a form that matplotlib writes ("svg", "png"), as base64 text."""
        file = BytesIO()
        self.savefig(file, format=form)
        return b64encode(file.getvalue()).decode()

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        """For a notebook: sharp and with words in a browser, a bitmap for paper, words elsewhere."""
        forms = {
            "text/html": HTML.format(alt=escape(self.alt), data=self.encoded("svg"), style=STYLE),
            "image/png": self.encoded("png"),
            "text/plain": self.alt,
        }
        return forms, {"image/png": {"alt": self.alt}}


def show(picture: Picture) -> None:
    """Put a picture into the notebook; outside of one there is nowhere to put it."""
    if notebook := shell():
        notebook.display_pub.publish(*picture._repr_mimebundle_())
