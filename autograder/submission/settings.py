"""The course that a notebook is graded in: its folder and its settings."""

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SETTINGS = "autograder.toml"
MARKS = ("nbgrader_config.py", "gradebook.db", SETTINGS)

BAD_TOML = "{path} is not valid TOML: {reason}. Correct it; nothing was graded with it."
UNKNOWN_KEY = "{path}: unknown setting {key!r}. Known are: kept, secret_file."
BAD_KEPT = "{path}: [kept] must give a share from 0 to 1 for a known mistake, not {name!r} = {share!r}."
BAD_FILE = "{path}: secret_file must be the path of a file, not {place!r}."


class ConfigurationError(Exception):
    """The course's settings cannot be used; the message says which, where, and what to do."""


@dataclass(frozen=True)
class Settings:
    """What a course may set in its autograder.toml.

    `kept` gives the share of the points that a known mistake keeps, by its name (none by
    default); `secret_file` is where the secret lies, if not in the course folder.
    """

    kept: Mapping[str, float] = field(default_factory=dict)
    secret_file: Path | None = None


def find_course(folder: Path) -> Path | None:
    """The nearest folder that looks like a course, above the one that a notebook is graded in.

    The search starts above …/<student>/<assignment>: what lies in these two a student submitted.
    """
    candidates = folder.parents[1:]
    return next((f for f in candidates if any((f / mark).is_file() for mark in MARKS)), None)


def _check_kept(path: Path, kept: object, known: Callable[[], Collection[str]]) -> Mapping[str, float]:
    if not isinstance(kept, dict):
        raise ConfigurationError(BAD_KEPT.format(path=path, name="kept", share=kept))
    names = known() if kept else ()
    for name, share in kept.items():
        is_share = isinstance(share, int | float) and share is not True and 0 <= share <= 1
        if name not in names or not is_share:
            raise ConfigurationError(BAD_KEPT.format(path=path, name=name, share=share))
    return kept


def read_settings(course: Path | None, known: Callable[[], Collection[str]]) -> Settings:
    """Return the settings of a course folder, the defaults if it has none.

    `known` gives the names of the mistakes that the course's exercises know. To find them out takes its time,
    and is asked for only where the file names some.

    Raises ConfigurationError for a file that is damaged or holds what is not known.
    """
    path = course / SETTINGS if course else None
    if path is None or not path.is_file():
        return Settings()
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(BAD_TOML.format(path=path, reason=error)) from None
    for key in found.keys() - {"kept", "secret_file"}:
        raise ConfigurationError(UNKNOWN_KEY.format(path=path, key=key))
    place = found.get("secret_file")
    if not isinstance(place, str | None) or place == "":
        raise ConfigurationError(BAD_FILE.format(path=path, place=place))
    secret_file = path.parent / Path(place).expanduser() if place else None
    return Settings(_check_kept(path, found.get("kept", {}), known), secret_file)
