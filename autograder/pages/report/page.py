"""From a class's numbers and pictures to one HTML page that needs no other file."""

import base64
from collections.abc import Mapping

from ..environment import environment
from .summary import STATUSES, Summary

SEE = "The table of {what} has the numbers."
PARTS = (  # the name of a picture, its title, and what it shows for who does not see it
    ("graph", "The network", f"How many got each gradient right. {SEE.format(what='questions')}"),
    ("points", "Points", "A histogram of the points of the class."),
    ("questions", "Question by question", f"How students stand. {SEE.format(what='questions')}"),
    ("mistakes", "Known mistakes", f"How often each was made. {SEE.format(what='mistakes')}"),
)


def render(summary: Summary, pictures: Mapping[str, str]) -> str:
    """The page; `pictures` are SVG, by name."""
    data = {name: base64.b64encode(svg.encode()).decode() for name, svg in pictures.items()}
    template = environment("autograder.pages").get_template("report.html.j2")
    return template.render(summary=summary, pictures=data, parts=PARTS, statuses=STATUSES)
