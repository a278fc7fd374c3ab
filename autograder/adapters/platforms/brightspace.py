"""Brightspace's download of an assignment's submissions: a zip with a folder for each of them, such as
`12345-67890 - Jane Doe - Nov 3, 2026 1005 AM/notebook.ipynb`.

That is the ids of the user and of the assignment, the student's name, and when it was submitted, by the clock
of the site, which is taken for the clock here.
"""

import re
from datetime import UTC, datetime

from ..moodle.filenames import Platform, Submission
from .gradesheet import Format

NAME = re.compile(
    r"(?:.*?/)??(?P<number>[0-9]+)-[0-9]+ ?- ?(?P<name>[^/]+?) ?- ?"
    r"(?P<time>[^/-]+ [0-9]{1,2}, [0-9]{4} [0-9]{3,4} ?[AP]M)/(?P<file>.+)",
    re.DOTALL,
)
TIME = "%b %d, %Y %I%M %p"


def _time(text: str) -> datetime | None:
    """When it was, None for a month in another language: 905 AM is five past nine."""
    day, _, clock = text.strip().rpartition(", ")
    year, hour, half = (clock.replace("AM", " AM").replace("PM", " PM")).split()
    try:
        said = datetime.strptime(f"{day}, {year} {hour:0>4} {half}", TIME)
    except ValueError:
        return None
    return said.astimezone(UTC)


def parse(path: str) -> Submission | None:
    """The submission at a path; None if Brightspace gives no such name."""
    found = NAME.fullmatch(path)
    if found is None:
        return None
    return Submission(found["number"], found["name"], path, found["file"], time=_time(found["time"]))


PLATFORM = Platform("Brightspace", parse)

# The number in a submission's folder is none of the columns, so that names have to do.
GRADEBOOK = Format(
    "Brightspace",
    ("OrgDefinedId", "Username"),
    graded="Points Grade",
    last=("End-of-Line Indicator", "#"),
    names=("First Name", "Last Name"),
)
