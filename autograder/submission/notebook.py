"""Reading a submission: whatever lies there, a notebook's data or a clear word on why there is none."""

import stat
from pathlib import Path
from typing import Any

from ..sandbox.protocol import load

Notebook = dict[str, Any]

LARGEST_FILE = 20 << 20  # bytes; a notebook full of pictures has a few
MOST_PARTS = 500_000  # lists, dicts, strings: two characters in the file may take 64 bytes of memory

NOT_A_FILE = "not a file but {kind}. It cannot be graded; ask for it again."
TOO_LARGE = "{size:.0f} MB large, more than the {limit} MB that are read. Ask for it without its outputs."
TOO_MANY = (
    "its JSON has more than {limit:,} parts, which no notebook of a person's has. Ask for it without its "
    "outputs."
)
EMPTY = "the file is empty. It cannot be graded; ask for it again."
NOT_TEXT = "not UTF-8 text ({reason}). It cannot be graded; ask for it again."
NOT_JSON = "not valid JSON, {reason}. It cannot be graded; ask for it again."
NOT_NOTEBOOK = "valid JSON, but not a Jupyter notebook of format 4. It cannot be graded; ask for it again."
UNREADABLE = "cannot be read ({reason}). It cannot be graded; ask for it again."


class Unreadable(Exception):
    """A submission that cannot be read; the message says what is wrong with it and what to do."""


def content_of(path: Path) -> bytes:
    """The bytes of a regular file of a sane size; raises Unreadable."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            kinds = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder"}
            kind = kinds.get(stat.S_IFMT(status.st_mode), "something else")
            raise Unreadable(NOT_A_FILE.format(kind=kind))
        if status.st_size > LARGEST_FILE:
            limit = LARGEST_FILE >> 20
            raise Unreadable(TOO_LARGE.format(size=status.st_size / 2**20, limit=limit))
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(UNREADABLE.format(reason=error.strerror)) from None


def _parts(content: bytes) -> int:
    return sum(content.count(sign) for sign in (b"{", b"[", b",", b'"'))


def _check_parts(content: bytes) -> None:
    """Refuse what would take the memory of hundreds of notebooks. Signs within strings are no parts: code and
    pictures are single strings."""
    if _parts(content) <= MOST_PARTS:
        return
    content = content.replace(rb"\\", b"").replace(rb"\"", b"")
    strings = content.count(b'"')
    if strings > MOST_PARTS or _parts(b"".join(content.split(b'"')[::2])) > MOST_PARTS:
        raise Unreadable(TOO_MANY.format(limit=MOST_PARTS))


def parse_notebook(content: bytes) -> Notebook:
    """The notebook from the bytes of its file; raises Unreadable."""
    if not content.strip():
        raise Unreadable(EMPTY)
    _check_parts(content)
    try:
        notebook = load(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(NOT_TEXT.format(reason=error.reason)) from None
    except RecursionError:
        raise Unreadable(NOT_JSON.format(reason="nested too deep")) from None
    except ValueError as error:
        raise Unreadable(NOT_JSON.format(reason=error)) from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Unreadable(NOT_NOTEBOOK)
    return notebook


def read_notebook(path: Path) -> Notebook:
    """The notebook as it lies in the file; raises Unreadable."""
    return parse_notebook(content_of(path))
