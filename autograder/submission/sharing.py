"""Files of a course that several people grade: what nbgrader's `groupshared` means for ours. The group is
that of the folder which holds a file."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

OWNERS = 0o700  # what the owner may


def share(path: Path) -> bool:
    """Let the group do what the owner may with a file or folder of ours; whether it could not before.

    Raises OSError, for a file of somebody else's for instance.
    """
    status, group = path.stat(), path.parent.stat().st_gid
    wanted = status.st_mode | (status.st_mode & OWNERS) >> 3 | (0o2000 if path.is_dir() else 0)
    if (wanted, group) == (status.st_mode, status.st_gid):
        return False
    os.chown(path, -1, group)
    path.chmod(wanted & 0o7777)
    return True


def share_all(paths: Iterable[Path]) -> None:
    """Share what is there and ours."""
    for path in paths:
        with suppress(OSError):
            share(path)


def make_folder(folder: Path, shared: bool) -> None:
    """Make a folder, and those above it that are missing: for the owner alone, or for the group as well."""
    if folder.is_dir():
        return
    make_folder(folder.parent, shared)
    folder.mkdir(OWNERS, exist_ok=True)
    if shared:
        share(folder)
