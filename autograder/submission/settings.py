"""The course that a notebook is graded in: its folder, its settings, its secret."""

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir

from ..judging.mistakes import NAMES

SETTINGS = "autograder.toml"
SECRET = ".autograder_secret"
SECRET_VARIABLE = "AUTOGRADER_SECRET"
MARKS = ("nbgrader_config.py", "gradebook.db", SETTINGS)

BAD_TOML = "{path} is not valid TOML: {reason}. Correct it; nothing was graded with it."
UNKNOWN_KEY = "{path}: unknown setting {key!r}. Known are: kept, secret_file."
BAD_KEPT = "{path}: [kept] must give a share from 0 to 1 for a known mistake, not {name!r} = {share!r}."
BAD_FILE = "{path}: secret_file must be the path of a file, not {place!r}."
BAD_SECRET = (
    "{path} holds no secret (at least 16 bytes). Restore it from a backup, or delete it for a new one."
)


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

    The search starts above …/<student>/<assignment>: what lies in these two a student handed in.
    """
    candidates = folder.parents[1:]
    return next((f for f in candidates if any((f / mark).is_file() for mark in MARKS)), None)


def _check_kept(path: Path, kept: object) -> Mapping[str, float]:
    if not isinstance(kept, dict):
        raise ConfigurationError(BAD_KEPT.format(path=path, name="kept", share=kept))
    for name, share in kept.items():
        is_share = isinstance(share, int | float) and share is not True and 0 <= share <= 1
        if name not in NAMES or not is_share:
            raise ConfigurationError(BAD_KEPT.format(path=path, name=name, share=share))
    return kept


def read_settings(course: Path | None) -> Settings:
    """The settings of a course folder, the defaults if it has none.

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
    return Settings(_check_kept(path, found.get("kept", {})), secret_file)


def secret_path(course: Path | None, settings: Settings) -> Path:
    """Where the secret lies: where the settings say, in the course folder, or in the user's own
    data folder. Never in source/ or release/: the course folder is above them."""
    if settings.secret_file:
        return settings.secret_file
    return (course or Path(jupyter_data_dir()) / "backprop_autograder") / SECRET


def _create(path: Path) -> None:
    """Write a new secret, readable by its owner only; leave one that is there as it is.

    It is written aside and then linked into place, so that of two graders who start at once
    both read the same whole file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32) + "\n")
    try:
        os.link(aside, path)
    except FileExistsError:
        return  # the other grader's secret counts
    finally:
        aside.unlink()


def find_secret(course: Path | None, settings: Settings) -> bytes:
    """The course's secret: from the environment variable AUTOGRADER_SECRET, or from its file,
    which is made on first use.

    Raises ConfigurationError if the file is empty or cut short, OSError if it cannot be written.
    """
    if value := os.environ.get(SECRET_VARIABLE, "").strip():
        return value.encode()
    path = secret_path(course, settings)
    if not path.exists():
        _create(path)
    secret = path.read_bytes().strip()
    if len(secret) < 16:
        raise ConfigurationError(BAD_SECRET.format(path=path))
    return secret
