"""The executed notebook and its files in autograded/: each is whole at every moment, the notebook last."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...submission.beside import folders_above
from ...submission.sharing import make_folder

ASIDE = ".{name}.autograder"  # the folder in which the files of one submission are got ready


def _aside(place: Path) -> Path:
    return place.with_name(ASIDE.format(name=place.name))


def clear(place: Path) -> None:
    """Remove what a run that was killed had got ready for a place."""
    if (aside := _aside(place)).exists():
        shutil.rmtree(aside, ignore_errors=True)


def _within(folder: Path) -> tuple[set[str], set[str]]:
    """The files below a folder, links among them, and the folders, by their relative paths."""
    files, folders, left = set[str](), set[str](), [""]
    while left:
        parent = left.pop()
        with os.scandir(folder / parent) as entries:
            for entry in entries:
                name = f"{parent}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    folders.add(name)
                    left.append(f"{name}/")
                else:
                    files.add(name)
    return files, folders


def _holds(path: str, content: bytes) -> bool:
    """Whether a file holds this already: to replace it would take ten times as long."""
    try:
        with open(path, "rb", opener=_no_link) as file:
            return os.fstat(file.fileno()).st_size == len(content) and file.read() == content
    except OSError:
        return False


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))


@dataclass(frozen=True)
class _Written:
    """A file that was written aside, to be moved to its place."""

    paths: tuple[str, str]  # where it may be by now: in its place, or aside
    stamp: tuple[int, ...]

    def link(self, path: str) -> bool:
        """Give it one more name; False where there are no links, and if somebody has changed it meanwhile."""
        for own in self.paths:
            try:
                if _stamp(own) == self.stamp:
                    os.link(own, path)
                    return True
            except OSError:
                continue
        return False


def _stamp(path: str) -> tuple[int, ...]:
    status = os.lstat(path)
    return status.st_dev, status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns


@dataclass(frozen=True)
class Layout:
    """How the files of an assignment are laid into the folders of its students.

    `notebook` is the file that comes last; `contents` are the files that all of them get: one file each, with
    a name (a hard link) in every folder, which takes a tenth of the time, and no room. `mode` says who may
    do what with a file; the folders of a `shared` course are its group's, and so are the files, each its own.
    `others` are the assignment's other notebooks, which stay.
    """

    notebook: str
    contents: Mapping[str, bytes]
    mode: int
    shared: bool
    others: frozenset[str]
    _written: dict[str, _Written] = field(default_factory=dict, init=False)

    def write(self, aside: Path, place: Path, name: str, content: bytes) -> None:
        """Write a file aside, that is to come to its place; raises OSError."""
        path = f"{aside}/{name}"
        is_common = not self.shared and self.contents.get(name) is content
        if is_common and name in self._written and self._written[name].link(path):
            return
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(content)
        os.chmod(path, self.mode)  # noqa: PTH101
        if is_common:
            self._written[name] = _Written((f"{place}/{name}", path), _stamp(path))


class Staged:
    """The files of one graded submission, ready beside their place: `publish` moves them there."""

    def __init__(self, place: Path, files: Mapping[str, bytes], layout: Layout) -> None:
        """Write the files aside; raises OSError if that fails, with nothing left behind."""
        self._place, self._aside, self._layout = place, _aside(place), layout
        self._names = files.keys()
        self.discard()
        try:
            there, self._folders = _within(place) if place.is_dir() else (set(), set())
            self._gone = there - self._names - layout.others
            self._new = {n: c for n, c in files.items() if not (n in there and _holds(f"{place}/{n}", c))}
            self._write(self._new)
        except BaseException:
            self.discard()
            raise

    def _write(self, files: Mapping[str, bytes]) -> None:
        for folder in ("", *sorted(folders_above(files))):
            make_folder(self._aside / folder, self._layout.shared)
        for name, content in files.items():
            self._layout.write(self._aside, self._place, name, content)

    def publish(self) -> None:
        """Remove what is not there any more, then move the files into place, the notebook last."""
        layout = self._layout
        if not self._place.exists():
            self._aside.rename(self._place)
            return
        for name in self._gone:
            (self._place / name).unlink(missing_ok=True)
        for folder in sorted(self._folders - folders_above([*self._names, *layout.others]), reverse=True):
            (self._place / folder).rmdir()
        for folder in sorted(folders_above(self._new)):
            make_folder(self._place / folder, layout.shared)
        for name in sorted(self._new, key=lambda name: (name == layout.notebook, name)):
            os.replace(f"{self._aside}/{name}", f"{self._place}/{name}")  # noqa: PTH105
        self.discard()

    def discard(self) -> None:
        """Remove what was got ready."""
        clear(self._place)
