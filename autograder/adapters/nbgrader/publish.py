"""The executed notebook and its files in autograded/: each is whole at every moment, the notebook last."""

import os
import shutil
from collections.abc import Collection, Mapping
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


class Staged:
    """The files of one graded submission, ready beside their place: `publish` moves them there."""

    def __init__(
        self,
        place: Path,
        notebook: str,
        files: Mapping[str, bytes],
        mode: int,
        shared: bool,
        others: Collection[str],
    ) -> None:
        """Write the files aside; raises OSError if that fails, with nothing left behind.

        `notebook` is the name of the file that comes last, `mode` says who may do what with a file; the
        folders of a `shared` course are its group's. `others` are the assignment's other notebooks, which
        stay.
        """
        self._place, self._aside = place, _aside(place)
        self._last, self._mode, self._shared = notebook, mode, shared
        self._names, self._kept = files.keys(), set(others)
        self.discard()
        try:
            there, self._folders = _within(place) if place.is_dir() else (set(), set())
            self._gone = there - self._names - self._kept
            self._new = {n: c for n, c in files.items() if not (n in there and _holds(f"{place}/{n}", c))}
            self._write(self._new)
        except BaseException:
            self.discard()
            raise

    def _write(self, files: Mapping[str, bytes]) -> None:
        for folder in ("", *sorted(folders_above(files))):
            make_folder(self._aside / folder, self._shared)
        for name, content in files.items():
            path = f"{self._aside}/{name}"
            with open(path, "wb") as file:  # noqa: PTH123
                file.write(content)
            os.chmod(path, self._mode)  # noqa: PTH101

    def publish(self) -> None:
        """Remove what is not there any more, then move the files into place, the notebook last."""
        if not self._place.exists():
            self._aside.rename(self._place)
            return
        for name in self._gone:
            (self._place / name).unlink(missing_ok=True)
        for folder in sorted(self._folders - folders_above([*self._names, *self._kept]), reverse=True):
            (self._place / folder).rmdir()
        for folder in sorted(folders_above(self._new)):
            make_folder(self._place / folder, self._shared)
        for name in sorted(self._new, key=lambda name: (name == self._last, name)):
            os.replace(f"{self._aside}/{name}", f"{self._place}/{name}")  # noqa: PTH105
        self.discard()

    def discard(self) -> None:
        """Remove what was got ready."""
        clear(self._place)
