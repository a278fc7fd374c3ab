"""Moodle's archives, collected by `nbgrader zip_collect`. In nbgrader_config.py:

    from autograder import moodle
    moodle.configure(c)

Put the archive into downloaded/ASSIGNMENT/archive/ and run `nbgrader zip_collect ASSIGNMENT`. The
participants' numbers and names are written to downloaded/ASSIGNMENT/students.csv.
"""

from functools import cached_property
from pathlib import Path
from typing import Any

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin

from ..moodle.collect import Chooser, Unpacker

NO_RELEASE = "%s holds no notebook. Run 'nbgrader generate_assignment %s' first."


class MoodleExtractor(ExtractorPlugin):
    """Unpacks Moodle's archives, and archives that students submitted."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack or copy everything in the folder `archive_path`."""
        Unpacker(self.log).unpack(Path(archive_path), Path(extracted_path))


class MoodleCollector(FileNameCollectorPlugin):
    """Finds each student's last notebook by the names in Moodle's archive."""

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """Return whose file it is, and which notebook; None if it does not count."""
        return self._plan.get(submitted_file)

    @cached_property
    def _plan(self) -> dict[str, dict[str, str]]:
        """What counts, by path."""
        app: Any = self.parent
        root = Path(app._format_collect_path(app.extracted_directory))
        chosen = Chooser(self._notebooks(app.coursedir), self.log).choose(root)
        return {
            str(root / path): {"student_id": number, "file_id": f"{notebook}.ipynb"}
            for path, (number, notebook) in chosen.items()
        }

    def _notebooks(self, folders: Any) -> list[str]:
        """The assignment's notebooks, by name."""
        assignment = folders.assignment_id
        released = Path(folders.format_path(folders.release_directory, ".", assignment))
        found = sorted(path.stem for path in released.glob("*.ipynb"))
        if not found:
            self.log.error(NO_RELEASE, released, assignment)
        return found


def configure(c: Any) -> None:
    """Have `nbgrader zip_collect` read what Moodle offers for download: `c` is what nbgrader_config.py
    gets from get_config()."""
    c.ZipCollectApp.extractor_plugin = MoodleExtractor
    c.ZipCollectApp.collector_plugin = MoodleCollector
