"""What an executed notebook tells about its grading beside what it shows: data for the feedback, the
report and the next run.

It lies in the metadata, where no hand-in can put anything: of a hand-in only the text of cells is
taken.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .judge import Review, Verdict
from .rebuild import Notebook, name_of
from .run import Graded

KEY = "autograder"  # in the metadata of the notebook, and of each graded cell


def about(notebook: Notebook) -> dict[str, Any]:
    """What is noted of the notebook as a whole, to be read and written: `notes` on the hand-in,
    `incidents` of the run, its `seconds`, and why a hand-in was `unreadable`."""
    noted: dict[str, Any] = notebook["metadata"].setdefault(KEY, {})
    return noted


def note(notebook: Notebook, graded: Graded) -> None:
    """Note the verdicts and what happened."""
    about(notebook).update(incidents=list(graded.incidents), seconds=round(graded.seconds, 4))
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
