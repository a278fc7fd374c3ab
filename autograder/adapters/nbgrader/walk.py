"""The files below a folder of a student's, who may have put there what and as much as they like."""

import fnmatch
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from ...submission.beside import NOT_READ, printable

DEEPEST = 32  # folders within folders
MOST_ENTRIES = 5_000  # files and folders in one folder
MOST_FOLDERS = 1_000

WHOLE = "what lies beside the notebook"
TOO_DEEP = "folders lie more than {limit} deep in one another"
TOO_FULL = "it holds more than {limit} files and folders"
TOO_MANY = "there are more than {limit} folders"


def _is_ignored(name: str, patterns: Sequence[str]) -> bool:
    """Whether nbgrader ignores a name, by the rules of the shell: `*` is no leading dot. (nbgrader's own
    function lists the whole folder for each file in it.)"""
    return any(
        fnmatch.fnmatch(name, pattern) and (pattern.startswith(".") or not name.startswith("."))
        for pattern in patterns
    )


def _entries(folder: str, depth: int, count: int) -> list[os.DirEntry[str]]:
    """What is in a folder, by name; raises OSError, or OverflowError with the words for what is too much."""
    if count > MOST_FOLDERS:
        raise OverflowError(TOO_MANY.format(limit=MOST_FOLDERS))
    if depth > DEEPEST:
        raise OverflowError(TOO_DEEP.format(limit=DEEPEST))
    with os.scandir(folder) as entries:
        found = list(islice(entries, MOST_ENTRIES + 1))
    if len(found) > MOST_ENTRIES:
        raise OverflowError(TOO_FULL.format(limit=MOST_ENTRIES))
    return sorted(found, key=lambda entry: entry.name)


def walk(top: Path, ignore: Sequence[str], remarks: list[str]) -> Iterator[Path]:
    """The files below a folder, without links and what nbgrader ignores. What is left out because it cannot
    be read, or is too much, is remarked."""
    left, count = [(str(top), 0)], 0
    while left and count <= MOST_FOLDERS:
        folder, depth = left.pop()
        count += 1
        try:
            entries = _entries(folder, depth, count)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            name = WHOLE if depth == 0 else printable(os.path.relpath(folder, top))
            remarks.append(NOT_READ.format(name=name, reason=reason))
            continue
        wanted = [entry for entry in entries if not _is_ignored(entry.name, ignore)]
        left += [(entry.path, depth + 1) for entry in wanted if entry.is_dir(follow_symlinks=False)]
        yield from (Path(entry.path) for entry in wanted if entry.is_file(follow_symlinks=False))
