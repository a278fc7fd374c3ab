"""The secret of a course, which the hidden test inputs are drawn with."""

import os
import secrets
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir

from .settings import ConfigurationError, Settings
from .sharing import share

SECRET = ".autograder_secret"
SECRET_VARIABLE = "AUTOGRADER_SECRET"
SHORTEST = 16  # bytes

CLOSED = (
    "{path} holds the course's secret and cannot be read ({reason}). Run this as its owner; or let the owner "
    "set c.CourseDirectory.groupshared = True, which shares the course with its group, and run "
    "`autograder grade`"
)
LOST = (
    "{path}, the course's secret, is missing, and {assignment} was graded with it. With a new one the hidden "
    "test inputs are others, and points may change. Restore it from a copy; or run `autograder grade "
    "--new-secret {assignment}`, which makes a new one"
)
SHARED = "{path}: the group {group} may read the course's secret from now on, for the course is groupshared"
BAD_SECRET = (
    "{path} holds no secret (at least 16 bytes). Restore it from a backup, or delete it for a new one."
)


def secret_path(course: Path | None, settings: Settings) -> Path:
    """Return where the secret lies: where the settings say, in the course folder, or in the user's own
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
    """Return the course's secret: from the environment variable AUTOGRADER_SECRET, or from its file,
    which is made on first use.

    Raises ConfigurationError if the file cannot be read, is empty or cut short, OSError if it cannot be
    written.
    """
    if value := os.environ.get(SECRET_VARIABLE, "").strip():
        return value.encode()
    path = secret_path(course, settings)
    if not path.exists():
        _create(path)
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise ConfigurationError(CLOSED.format(path=path, reason=error.strerror)) from None
    if len(secret) < SHORTEST:
        raise ConfigurationError(BAD_SECRET.format(path=path))
    return secret


def has_secret(course: Path | None, settings: Settings) -> bool:
    """Whether there is a secret, or a new one would be made."""
    return bool(os.environ.get(SECRET_VARIABLE, "").strip()) or secret_path(course, settings).exists()


def check_secret(course: Path | None, settings: Settings, assignment: str) -> None:
    """Raise ConfigurationError if the secret that an assignment was graded with is not there."""
    if not has_secret(course, settings):
        raise ConfigurationError(LOST.format(path=secret_path(course, settings), assignment=assignment))


def _group(path: Path) -> str:
    """The name of a file's group, its number if it has none."""
    try:
        return path.group()
    except KeyError:
        return str(path.stat().st_gid)


def share_secret(path: Path) -> str:
    """Let the group of a shared course read its secret; what to say of it, "" if it could already."""
    try:
        changed = share(path)
    except OSError:  # somebody else's, or there is none
        return ""
    return SHARED.format(path=path, group=_group(path)) if changed else ""
