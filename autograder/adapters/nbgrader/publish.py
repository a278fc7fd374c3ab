"""The executed notebook and its files in autograded/: each is whole at every moment, the notebook last."""

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from ...submission.sharing import make_folder

ASIDE = ".{name}.autograder"  # the folder in which the files of one submission are got ready


def _aside(place: Path) -> Path:
    return place.with_name(ASIDE.format(name=place.name))


def clear(place: Path) -> None:
    """Remove what a run that was killed had got ready for a place."""
    shutil.rmtree(_aside(place), ignore_errors=True)


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
        self._place = place
        self._aside = _aside(self._place)
        self._last = notebook
        self._mode, self._shared = mode, shared
        self._kept = set(others)  # what stays as it is there
        self.discard()
        try:
            for name, content in files.items():
                self._write(name, content)
        except BaseException:
            self.discard()
            raise

    def _write(self, name: str, content: bytes) -> None:
        path, there = self._aside / name, self._place / name
        if there.is_file() and there.read_bytes() == content:  # to replace it would take ten times as long
            self._kept.add(name)
            return
        make_folder(path.parent, self._shared)
        path.write_bytes(content)
        path.chmod(self._mode)

    def _names(self, folder: Path) -> set[str]:
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}

    def publish(self) -> None:
        """Remove what is not there any more, then move the files into place, the notebook last."""
        if not self._place.exists():
            self._aside.rename(self._place)
            return
        new, old = self._names(self._aside), self._names(self._place)
        for name in old - new - self._kept:
            (self._place / name).unlink()
        _remove_empty(self._place)
        for name in sorted(new, key=lambda name: (name == self._last, name)):
            target = self._place / name
            make_folder(target.parent, self._shared)
            (self._aside / name).replace(target)
        self.discard()

    def discard(self) -> None:
        """Remove what was got ready."""
        shutil.rmtree(self._aside, ignore_errors=True)


def _remove_empty(folder: Path) -> None:
    """Remove the folders below this one that hold nothing: a file may come in place of one."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
