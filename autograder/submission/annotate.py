"""What an executed notebook tells about its grading beside what it shows: data for the feedback, the
report and the next run."""

from typing import Any

from ..judging.verdict import Verdict, from_data, to_data
from .cells import name_of
from .execute import Graded
from .notebook import Notebook
from .rebuild import KEY, about

NOTES = "**About this submission**\n\n{notes}"
NOTE_CELL = "about-this-submission"  # the id of the cell that people read in formgrader

__all__ = ["KEY", "NOTE_CELL", "about", "annotate", "show_notes", "verdicts"]


def show_notes(notebook: Notebook) -> None:
    """Put what was odd about the submission at the head of the notebook, for people."""
    if notes := about(notebook)["notes"]:
        text = NOTES.format(notes="\n".join(f"- {words}" for words in notes))
        cell = {"cell_type": "markdown", "id": NOTE_CELL, "metadata": {}, "source": text}
        notebook["cells"].insert(0, cell)


def annotate(notebook: Notebook, graded: Graded) -> None:
    """Note the verdicts and what happened."""
    about(notebook).update(
        incidents=list(graded.incidents),
        seconds=graded.spent.seconds,
    )
    for cell in notebook["cells"]:
        if verdict := graded.verdicts.get(name_of(cell)):
            cell["metadata"][KEY] = to_data(verdict)


def _verdict(data: Any) -> Verdict | None:
    try:
        return from_data(data)
    except (KeyError, TypeError, ValueError):  # written by an earlier version
        return None


def verdicts(notebook: Notebook) -> dict[str, Verdict]:
    """The verdicts by graded cell; empty for a notebook that was not graded by this autograder."""
    noted = {name_of(cell): cell["metadata"].get(KEY) for cell in notebook["cells"]}
    found = {name: _verdict(data) for name, data in noted.items() if data is not None}
    return {name: verdict for name, verdict in found.items() if verdict}
