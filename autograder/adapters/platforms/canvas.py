"""Canvas's "Download Submissions": a zip with files such as `doejane_LATE_12345_678901_notebook-2.ipynb`.

That is the student's sortable name in small letters, LATE if it is, the ids of the user and of the submission
or the file, and the student's own name for it, numbered from the second attempt on. There is no time of day.
"""

import re

from ..moodle.filenames import Platform, Submission
from .gradesheet import Format

NAME = re.compile(
    r"(?:.*?/)??(?P<name>[^/]+?)_(?P<late>LATE_)?(?P<number>[0-9]+)_(?P<submission>[0-9]+)_(?P<file>.+)",
    re.DOTALL,
)


def parse(path: str) -> Submission | None:
    """The submission at a path; None if Canvas gives no such name."""
    found = NAME.fullmatch(path)
    if found is None:
        return None
    return Submission(found["number"], found["name"], path, found["file"], late=bool(found["late"]))


PLATFORM = Platform("Canvas", parse)

# What an import into the gradebook has to have; "Points Possible" is a row of it.
GRADEBOOK = Format("Canvas", ("ID",), ("Student", "SIS User ID", "SIS Login ID", "Section"))
