"""The secret of a course, which the hidden test inputs are drawn with."""

import os
import secrets
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir

from .settings import ConfigurationError, Settings

SECRET = ".autograder_secret"
SECRET_VARIABLE = "AUTOGRADER_SECRET"
SHORTEST = 16  # bytes

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

    Raises ConfigurationError if the file is empty or cut short, OSError if it cannot be written.
    """
    if value := os.environ.get(SECRET_VARIABLE, "").strip():
        return value.encode()
    path = secret_path(course, settings)
    if not path.exists():
        _create(path)
    secret = path.read_bytes().strip()
    if len(secret) < SHORTEST:
        raise ConfigurationError(BAD_SECRET.format(path=path))
    return secret
