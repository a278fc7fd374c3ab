"""The files beside a notebook: read within bounds. Whatever is wrong with one of them is told, and the
others go on."""

import stat
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from ..sandbox.limits import LOADED

MOST_BYTES = 32 << 20  # of the files beside a notebook
MOST_FILES = 1_000
TIMESTAMP = "timestamp.txt"

NO_ROOM = "the files beside the notebook are too large: {name} was left out, and what comes after it"
TOO_MANY = (
    "there are more than {limit} files beside the notebook: {name} was left out, and what comes after it"
)
NOT_READ = "{name} was left out: it cannot be read ({reason})"
NO_NAME = "{name} was left out: its name is not UTF-8"
IN_THE_WAY = "{name} was left out: it stands where the course has a file or a folder of its own"


def is_utf8(name: str) -> bool:
    """Whether the name of a file is UTF-8, as Python reads it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """A text, such as the name of a file, with all escaped that is no character or moves a terminal's
    cursor, its colours or the direction of writing. Line ends stay."""
    if text.isprintable():
        return text
    try:
        known = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # not from a file system
        known = text.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c in "\n " or c.isprintable() else ascii(c)[1:-1] for c in known)


def folders_above(names: Iterable[str]) -> frozenset[str]:
    """The folders in which these files lie, and those above them, by their relative paths."""
    parts = {tuple(name.split("/")[:-1]) for name in names}
    return frozenset("/".join(each[:depth]) for each in parts for depth in range(1, len(each) + 1))


def in_the_way(names: Iterable[str], reserved: Iterable[str]) -> set[str]:
    """The names that stand where the reserved paths need a folder, or below one that is to be a file."""
    files = frozenset(reserved)
    folders = folders_above(files)
    return {name for name in names if name in folders or folders_above([name]) & files}


def _read(path: Path, room: int) -> bytes:
    """The content of a regular file; raises OSError, or OverflowError if there is no room for it."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError("not a file")
    if status.st_size > room:
        raise OverflowError
    return path.read_bytes()


def read_files(paths: Mapping[str, Path]) -> tuple[dict[str, bytes], list[str]]:
    """What is in these files as far as there is room, by their names, and what was left out."""
    found: dict[str, bytes] = {}
    remarks: list[str] = []
    room = MOST_BYTES
    for name, path in sorted(paths.items()):
        if len(found) == MOST_FILES:
            return found, [*remarks, TOO_MANY.format(limit=MOST_FILES, name=printable(name))]
        try:
            content = _read(path, room)
        except OverflowError:
            return found, [*remarks, NO_ROOM.format(name=printable(name))]
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            remarks.append(NOT_READ.format(name=printable(name), reason=reason))
        else:
            found[name] = content
            room -= len(content)
    return found, remarks


def is_material(name: str) -> bool:
    """Whether a file is for the student's code: not a time stamp, not what is loaded anyway."""
    return name != TIMESTAMP and not LOADED.intersection(PurePosixPath(name).parts)
