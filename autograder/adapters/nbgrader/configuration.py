"""A course's own nbgrader configuration, read without starting anything of nbgrader's."""

import os
from pathlib import Path
from traceback import extract_tb

from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import Config, PyFileConfigLoader


class ConfigurationUnreadable(Exception):
    """The configuration is no Python that runs, or names impossible folders; the message says what."""


def reason_of(error: BaseException) -> str:
    """What is wrong with a configuration that was run, and in which line of it."""
    ran = [frame for frame in extract_tb(error.__traceback__) if frame.name == "<module>"]
    where = f" ({ran[-1].filename}, line {ran[-1].lineno})" if ran else ""
    return f"{type(error).__name__}: {error}{where}"


def _load(course: Path, name: str) -> Config:
    """Run the file of that name, as nbgrader does; an empty configuration if there is none."""
    config = Config()
    if (course / name).is_file():
        try:
            config = PyFileConfigLoader(name, path=str(course)).load_config()
        except (Exception, SystemExit) as error:
            raise ConfigurationUnreadable(reason_of(error)) from error
    config.CourseDirectory.setdefault("root", str(course))
    return config


def source_folder(course: Path, name: str, assignment: str) -> Path:
    """Return where the course keeps the source of an assignment, by the configuration file of that name."""
    config = _load(course, name)
    try:
        folders = CourseDirectory(config=config)
        place = folders.format_path(folders.source_directory, ".", assignment)
    except Exception as error:  # a folder that is a number, a structure with unknown names
        raise ConfigurationUnreadable(str(error)) from error
    return Path(os.path.normpath(place))
