"""Learning platforms' archives, collected by `nbgrader zip_collect`. In nbgrader_config.py:

    from autograder.plugin import collect_from
    collect_from(c, "moodle")

Put the archive into downloaded/ASSIGNMENT/archive/ and run `nbgrader zip_collect ASSIGNMENT`. The
participants' numbers and names are written to downloaded/ASSIGNMENT/students.csv.
"""

from functools import cached_property
from pathlib import Path
from typing import Any

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin

from ..moodle.collect import Chooser, Unpacker
from ..moodle.filenames import MOODLE, Platform
from ..platforms import brightspace, canvas, folder

TIME = "%Y-%m-%d %H:%M:%S UTC"
UNKNOWN = "there is no platform {name!r} to collect from. There are: {known}"
NO_RELEASE = "%s holds no notebook. Run 'nbgrader generate_assignment %s' first."


class MoodleExtractor(ExtractorPlugin):
    """Unpacks Moodle's archives, and archives that students submitted."""

    platform = MOODLE

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack or copy everything in the folder `archive_path`."""
        Unpacker(self.log, self.platform).unpack(Path(archive_path), Path(extracted_path))


class MoodleCollector(FileNameCollectorPlugin):
    """Finds each student's last notebook by the names in Moodle's archive."""

    platform = MOODLE

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """Return whose file it is, and which notebook; None if it does not count."""
        return self._plan.get(submitted_file)

    @cached_property
    def _plan(self) -> dict[str, dict[str, str]]:
        """What counts, by path."""
        app: Any = self.parent
        root = Path(app._format_collect_path(app.extracted_directory))
        chosen = Chooser(self._notebooks(app.coursedir), self.log, self.platform).choose(root)
        return {
            str(root / path): {
                "student_id": submission.number,
                "file_id": f"{notebook}.ipynb",
                **({"timestamp": submission.time.strftime(TIME)} if submission.time else {}),
            }
            for path, (submission, notebook) in chosen.items()
        }

    def _notebooks(self, folders: Any) -> list[str]:
        """The assignment's notebooks, by name."""
        assignment = folders.assignment_id
        released = Path(folders.format_path(folders.release_directory, ".", assignment))
        found = sorted(path.stem for path in released.glob("*.ipynb"))
        if not found:
            self.log.error(NO_RELEASE, released, assignment)
        return found


def _plugins(platform: Platform) -> tuple[type, type]:
    """The extractor and the collector for a platform: nbgrader asks for classes."""
    own = {"platform": platform}
    return type("Extractor", (MoodleExtractor,), own), type("Collector", (MoodleCollector,), own)


PLATFORMS = {
    "moodle": (MoodleExtractor, MoodleCollector),
    "canvas": _plugins(canvas.PLATFORM),
    "brightspace": _plugins(brightspace.PLATFORM),
    "folder": _plugins(folder.PLATFORM),
}


def collect_from(c: Any, platform: str) -> None:
    """Have `nbgrader zip_collect` read what a learning platform offers for download: moodle, canvas or
    brightspace, or a plain folder. `c` is what nbgrader_config.py gets from get_config(). Raises ValueError
    for another name."""
    if platform not in PLATFORMS:
        raise ValueError(UNKNOWN.format(name=platform, known=", ".join(PLATFORMS)))
    c.ZipCollectApp.extractor_plugin, c.ZipCollectApp.collector_plugin = PLATFORMS[platform]


def configure(c: Any) -> None:
    """The same for Moodle."""
    collect_from(c, "moodle")
