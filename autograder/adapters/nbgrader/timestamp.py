"""When something was submitted: nbgrader's timestamp.txt, which students may put anything into."""

import stat
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

LONGEST_TIMESTAMP = 200  # bytes


def read_timestamp(path: Path) -> datetime | None:
    """The time in a time stamp's file, None if there is none; raises ValueError for anything else, as
    students may put there whatever they like."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is not a file")
        if status.st_size > LONGEST_TIMESTAMP:
            raise ValueError("it is too long")
        text = path.read_text(encoding="utf-8").strip()
        return parse_utc(text) if text else None
    except FileNotFoundError:
        return None
    except ValueError:
        raise
    except Exception as error:  # whatever the parser of dates makes of it
        raise ValueError(getattr(error, "strerror", None) or error) from None
