"""What an executed notebook tells about its grading beside what it shows: data for the feedback, the
report and the next run. `rebuild.about` has what is said of the notebook as a whole."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..judging.gradient import Review, Verdict
from .execute import Graded
from .notebook import Notebook
from .rebuild import KEY, about, name_of

NOTES = "**About this hand-in**\n\n{notes}"


def show_notes(notebook: Notebook) -> None:
    """Put what was odd about the hand-in at the head of the notebook, for people."""
    if notes := about(notebook)["notes"]:
        text = NOTES.format(notes="\n".join(f"- {words}" for words in notes))
        cell = {"cell_type": "markdown", "id": "about-this-hand-in", "metadata": {}, "source": text}
        notebook["cells"].insert(0, cell)


def note(notebook: Notebook, graded: Graded) -> None:
    """Note the verdicts and what happened."""
    about(notebook).update(incidents=list(graded.incidents), seconds=graded.seconds)
    for cell in notebook["cells"]:
        if verdict := graded.verdicts.get(name_of(cell)):
            cell["metadata"][KEY] = asdict(verdict) | {"mistakes": list(verdict.mistakes)}


def _verdict(data: dict[str, Any]) -> Verdict | Review:
    kind = Review if data["points"] is None else Verdict
    return kind(**{**data, "mistakes": tuple(data["mistakes"])})


def verdicts(notebook: Notebook) -> dict[str, Verdict | Review]:
    """The verdicts by graded cell; empty for a notebook that was not graded by this autograder."""
    cells: Sequence[Any] = notebook["cells"]
    return {name_of(cell): _verdict(cell["metadata"][KEY]) for cell in cells if KEY in cell["metadata"]}
