"""Who submitted what, by the names in Moodle's "Download all submissions".

There a file is called "Full Name_1234567_assignsubmission_file_/notebook.ipynb", or the same without a
folder: "Full Name_1234567_assignsubmission_file_notebook.ipynb". Moodle leaves no "_" in the full name,
so the first match is Moodle's; what comes after it is the student's and may pretend to be anything.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

SUBMISSION = re.compile(
    r"(?:.*?/)??(?P<name>[^/]*?)_(?P<number>[0-9]+)_assignsubmission_(?P<kind>[^_/]+)(?:_?/|_)(?P<file>.+)",
    re.DOTALL,
)
# What browsers, Jupyter and Moodle append to a name that is taken: " (2)", "-2", "-Copy2".
SUFFIX = re.compile(r"\s*\(([0-9]+)\)$|[-_ ]([0-9]+)$|[-_ ]+copy[-_ ]*([0-9]*)$", re.IGNORECASE)


@dataclass(frozen=True)
class Submission:
    """A file that was submitted: the participant's number and name, and the file, by its path in the
    archives and by the name that the student gave it; when it was submitted (UTC), if that is known, and
    whether the platform calls it late."""

    number: str
    name: str
    path: str
    file: str
    time: datetime | None = None
    late: bool = False

    @property
    def whole(self) -> str:
        """What the files of one submission have in common: the path without the student's own name."""
        return self.path.removesuffix(self.file)


@dataclass(frozen=True)
class Match:
    """The notebook of the assignment that a file stands for. `copy` is the number of a copy, 0 for the
    first; `named` tells whether its name says so, and not only that there is no other notebook."""

    notebook: str
    copy: int = 0
    named: bool = True


def parse(path: str) -> Submission | None:
    """The submission at a path; None if Moodle gives no such name."""
    found = SUBMISSION.fullmatch(path)
    return Submission(found["number"], found["name"], path, found["file"]) if found else None


def _stems(file: str) -> Iterator[tuple[str, int]]:
    """The name of a file without its extension, then without what makes it a copy, and the copy's number."""
    stem, copy = PurePosixPath(file).stem.casefold().removeprefix("copy of "), 0
    yield stem, copy
    while found := SUFFIX.search(stem):
        stem, copy = stem[: found.start()], max(copy, int(next(filter(None, found.groups()), 1)))
        yield stem, copy


def match(file: str, notebooks: Sequence[str]) -> Match | None:
    """The notebook that a file stands for: by its name, as a copy, or because there is only one."""
    for stem, copy in _stems(file):
        for notebook in notebooks:
            if stem == notebook.casefold():
                return Match(notebook, copy)
    return Match(notebooks[0], named=False) if len(notebooks) == 1 else None


def natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts numbers as people do: 2 before 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", text)]


def age(submission: Submission, found: Match) -> Any:
    """A key that sorts a student's files for one notebook so that the one that counts is the last.

    A later archive counts before an earlier one; then a file with the notebook's name, or a copy's,
    before any other name; then the copy with the higher number.
    """
    archive = submission.path.partition("/")[0]
    copy = max(number for _, number in _stems(f"{archive}.zip"))
    return copy, natural(archive), found.named, found.copy, natural(submission.file)


@dataclass(frozen=True)
class Platform:
    """How a platform names what was submitted: `parse` reads a path, and gives None for none of its names;
    `keeps_times` says whether its archives tell when a file was submitted."""

    name: str
    parse: Callable[[str], Submission | None]
    keeps_times: bool = False

    def read(self, root: Path, path: str) -> Submission | None:
        """The submission at a path below a folder."""
        found = self.parse(path)
        changed = (root / path).stat().st_mtime
        if found and self.keeps_times and changed:
            return replace(found, time=datetime.fromtimestamp(changed, UTC))
        return found


MOODLE = Platform("Moodle", parse, keeps_times=True)
