"""A course's own nbgrader configuration: what it says, and what is wrong with it."""

import os
import sys
from pathlib import Path
from traceback import extract_tb
from typing import Any, NoReturn

from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import Config, PyFileConfigLoader

from ...class_run.gradebook import CourseError

BAD_CONFIG = "the course's configuration cannot be used: {reason}. Correct it; nothing was done"


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


class _App(NbGrader):
    """nbgrader's application, which raises where it would log a traceback and go on, or exit."""

    raise_config_file_errors = True

    def exit(self, exit_status: int | str | None = 0) -> NoReturn:
        raise CourseError(BAD_CONFIG.format(reason=sys.exc_info()[1]))


def load(folder: Path) -> Any:
    """nbgrader's application for a course folder: its configuration, and its folders as `coursedir`. Raises
    CourseError for a configuration that cannot be used."""
    app = _App(log_level=40)  # errors only: nbgrader says a lot at its start
    app.log.disabled = True
    try:
        app.initialize([], root=str(folder))
    except CourseError:
        raise
    except (Exception, SystemExit) as error:
        raise CourseError(BAD_CONFIG.format(reason=reason_of(error))) from None
    finally:
        app.log.disabled = False
    return app


# What `nbgrader autograde` would do: settings by class, all settings of a class if none is named.
NOT_HONOURED = {
    "Autograde": (
        "pre_convert_hook",
        "post_convert_hook",
        "autograde_preprocessors",
        "sanitize_preprocessors",
    ),
    "BaseConverter": ("pre_convert_hook", "post_convert_hook"),
    "Execute": (),
    "ExecutePreprocessor": (),
    "IgnorePattern": (),
    "LimitOutput": (),
}


def not_honoured(app: Any) -> list[str]:
    """The settings of a course that `autograder grade` passes over."""
    return [
        f"{kind}.{name}"
        for kind, names in NOT_HONOURED.items()
        for name in app.config.get(kind, {})
        if not names or name in names
    ]
