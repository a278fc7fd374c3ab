"""Moodle's "Download all submissions": unpacked, and each student's last notebook found in it.

The participant's number, the one in Moodle's grading worksheet, becomes the student's id: names need not
be unique. They are written to a class list, students.csv.
"""

import os
import re
import shutil
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import count
from logging import Logger
from pathlib import Path, PurePosixPath
from typing import IO

from ...pages.spreadsheet import write_table
from ...submission.beside import is_utf8, printable
from .archive import are_of_the_download, time_of, unpacked
from .filenames import MOODLE, Match, Platform, Submission, age, match

NOTEBOOK = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)  # the rest is what browsers add
LITTER = re.compile(r"__MACOSX/|(^|/)(\._|\.DS_Store$|\.ipynb_checkpoints/)")
MOST_FILES, MOST_BYTES = 1_000, 100 << 20  # in an archive that a student made

BAD_ARCHIVE = "%s: cannot be unpacked (%s). Download it again, or ask for it again; the others go on."
LEFT_OUT = "%s: %s was left out (%s)"
TOO_MUCH = "it holds more than {files} files or {size} MB"
ELSEWHERE = "its path leads elsewhere"
CLASS_LIST = "students.csv"
NO_NAME = "%s: its name is not UTF-8. Rename it, and collect again; left out for now"
DOWNLOADED = (
    "%s: the times in it are those of the download, not of the submissions: nothing is taken to be late. "
    '(Compare the grading worksheet\'s "Last modified (submission)".)'
)
NO_SUBMISSION = "%s: not a name that %s gives to a submission; left out"
LATE = "%s calls %d late, and does not say by how much: %s. Only a person can take points off for that"
NO_NOTEBOOK = "%s (%s): no notebook submitted, only: %s"
UNKNOWN = "%s (%s): %s is none of the assignment's notebooks; left out"
SEVERAL = "%s (%s): %d files for %s.ipynb; the last one counts: %s"
RENAMED = "%s (%s): %s is taken for %s.ipynb"
NAMES = "%d students; their names are in %s, and 'nbgrader db student import' enters them"


# From the archives to files


def _free(path: Path) -> Path:
    """The path, with a number if it is taken."""
    copies = (path.with_stem(f"{path.stem} ({number})") for number in count(2))
    return path if not path.exists() else next(copy for copy in copies if not copy.exists())


def _check_size(archive: zipfile.ZipFile) -> None:
    """Raises ValueError for an archive that would fill the disk."""
    entries = archive.infolist()
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise ValueError(TOO_MUCH.format(files=MOST_FILES, size=MOST_BYTES >> 20))


class Unpacker:
    """Unpacks a platform's archives, and those that students submitted. One that is damaged stops nobody."""

    def __init__(self, log: Logger, platform: Platform) -> None:
        self.log, self._platform = log, platform

    def unpack(self, source: Path, target: Path) -> None:
        """Unpack or copy everything in a folder."""
        for path in sorted(p for p in source.rglob("*") if p.is_file()):
            place = target / path.relative_to(source)
            with path.open("rb") as file:
                if place.suffix.lower() == ".zip":
                    ours = self._platform.parse(place.name) is None
                    self._unpack(file, place, ours, path.stat().st_mtime)
                else:
                    self._put(file, place, 0.0)

    def _put(self, file: IO[bytes], place: Path, time: float) -> None:
        """Write a file, with its time: 1970 says that nobody knows."""
        place.parent.mkdir(parents=True, exist_ok=True)
        copy = _free(place.with_name(NOTEBOOK.sub(".ipynb", place.name)))
        with copy.open("wb") as opened:
            shutil.copyfileobj(file, opened)
        os.utime(copy, (time, time))

    def _unpack(self, file: IO[bytes], place: Path, ours: bool, time: float) -> None:
        """Unpack an archive: ours from the platform, in which others may be, or a student's, whose files were
        submitted when it was. `time` is when the archive itself was made."""
        try:
            with zipfile.ZipFile(file) as archive:
                if not ours:
                    _check_size(archive)
                times = {entry.filename: time_of(entry) if ours else time for entry in archive.infolist()}
                if ours and self._platform.keeps_times and are_of_the_download(times.values(), time):
                    self.log.warning(DOWNLOADED, place.name)
                    times = dict.fromkeys(times, 0.0)
                for entry in archive.infolist():
                    when = times[entry.filename]
                    self._take(archive, entry, place.with_suffix(""), ours, when)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            self.log.error(BAD_ARCHIVE, place, error)

    def _take(
        self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, ours: bool, time: float
    ) -> None:
        """Take what is in an archive; what cannot be taken is named, and the rest goes on."""
        name = entry.filename
        if entry.is_dir() or LITTER.search(name):
            return
        try:
            content, place = self._read(archive, entry), folder / name
            if ours and place.suffix.lower() == ".zip":
                self._unpack(content, place, ours=False, time=time)
            else:
                self._put(content, place, time)
        except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError) as error:
            self.log.error(LEFT_OUT, folder, name, error)

    def _read(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
        """The content of an entry; raises ValueError for one that nobody should want to unpack."""
        if entry.filename.startswith("/") or ".." in entry.filename.split("/"):
            raise ValueError(ELSEWHERE)
        return BytesIO(unpacked(archive, entry))


# From files to submissions


OVERVIEW = "index.html"  # what a platform puts beside the submissions


def by_student(submissions: Sequence[Submission]) -> Mapping[str, list[Submission]]:
    """The submissions by the participant's number."""
    found: dict[str, list[Submission]] = defaultdict(list)
    for submission in submissions:
        found[submission.number].append(submission)
    return found


def when(files: Sequence[Submission]) -> Mapping[str, float]:
    """When each of a student's submissions was made, by what its files have in common; the same for all, if
    one of them does not say."""
    if not all(file.time for file in files):
        return dict.fromkeys((file.whole for file in files), 0.0)
    found: dict[str, float] = defaultdict(float)
    for file in files:
        found[file.whole] = max(found[file.whole], file.time.timestamp() if file.time else 0.0)
    return found


class Chooser:
    """Finds each student's last notebook by the names in a platform's archive, and tells what is left out."""

    def __init__(self, notebooks: Sequence[str], log: Logger, platform: Platform = MOODLE) -> None:
        """`notebooks` are the names of the assignment's notebooks."""
        self._notebooks, self.log, self._platform = notebooks, log, platform

    def choose(self, root: Path) -> dict[str, tuple[Submission, str]]:
        """The submission and the notebook of each file below a folder that counts, by path; and beside
        the folder, the class list. All files are looked at at once: they have to be compared."""
        found = by_student(self._submissions(root))
        rows = [(number, files[0].name) for number, files in found.items()]
        named = any(name for _, name in rows)  # or an import would clear the names that are known
        header = ("id", "last_name") if named else ("id",)
        write_table(root.parent / CLASS_LIST, header, [row[: len(header)] for row in rows])
        self.log.info(NAMES, len(rows), root.parent / CLASS_LIST)
        chosen = {
            submission.path: (submission, notebook)
            for files in found.values()
            for notebook, submission in self._chosen(files).items()
        }
        if late := [s.number for s, _ in chosen.values() if s.late and s.time is None]:
            self.log.warning(LATE, self._platform.name, len(late), ", ".join(late))
        return chosen

    def _submissions(self, root: Path) -> list[Submission]:
        paths = sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
        for path in (path for path in paths if not is_utf8(path)):
            self.log.error(NO_NAME, printable(path))
        paths = [path for path in paths if is_utf8(path)]
        read = {path: self._platform.read(root, path) for path in paths}
        for path in (path for path, submission in read.items() if submission is None):
            if PurePosixPath(path).name != OVERVIEW:
                self.log.warning(NO_SUBMISSION, path, self._platform.name)
        return [submission for submission in read.values() if submission]

    def _chosen(self, files: Sequence[Submission]) -> dict[str, Submission]:
        """A student's file for each notebook, the last one."""
        candidates: dict[str, list[tuple[Submission, Match]]] = defaultdict(list)
        given = [file for file in files if file.path.endswith(".ipynb")]
        who = files[0].number, files[0].name
        if not given:
            self.log.error(NO_NOTEBOOK, *who, ", ".join(file.file for file in files))
        for file in given:
            if found := match(file.file, self._notebooks):
                candidates[found.notebook].append((file, found))
            else:
                self.log.error(UNKNOWN, *who, file.file)
        return {notebook: self._last(who, notebook, files) for notebook, files in candidates.items()}

    def _last(self, who: tuple[str, str], notebook: str, files: list[tuple[Submission, Match]]) -> Submission:
        times = when([file for file, _ in files])
        in_order = [file for file, _ in sorted(files, key=lambda pair: (times[pair[0].whole], age(*pair)))]
        last = in_order[-1]
        if len(in_order) > 1:
            self.log.warning(SEVERAL, *who, len(files), notebook, ", ".join(f.path for f in in_order))
        elif last.file != f"{notebook}.ipynb":
            self.log.warning(RENAMED, *who, last.file, notebook)
        return last
