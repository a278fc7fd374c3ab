"""The entries of zip files that other people made: nothing of what they say of themselves is relied on."""

import struct
import zipfile
from collections.abc import Iterable
from datetime import datetime

from ...submission.notebook import LARGEST_FILE

PACKED = "it is packed in a way that is not read"
CUT_SHORT = "it is not as large as it says"
TOO_LARGE = "{size} MB large"
MINUTES, FARTHEST = 600.0, 14  # seconds that a download may take; hours between two clocks
UNIX_TIME, NO_TIME = 0x5455, (1980, 1, 1, 0, 0, 0)  # of an entry
READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others make gigabytes of a few bytes at a time


def unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The content of an entry, whatever size it says that it has; raises ValueError for too much of it."""
    if entry.compress_type not in READABLE:
        raise ValueError(PACKED)
    if entry.file_size > LARGEST_FILE:
        raise ValueError(TOO_LARGE.format(size=entry.file_size >> 20))
    content = bytearray()
    with archive.open(entry) as file:
        while part := file.read(1 << 16):  # never more at a time, or it is in memory before it is counted
            content += part
    if len(content) != entry.file_size:
        raise ValueError(CUT_SHORT)
    return bytes(content)


def time_of(entry: zipfile.ZipInfo) -> float:
    """When an entry was last changed, in seconds since 1970; 0 where it does not say. Archives of Unix hold
    it in UTC, others in the time of the place, which is taken for this one."""
    extra = entry.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == UNIX_TIME and size >= 5 and extra[4] & 1:
            return float(struct.unpack_from("<l", extra, 5)[0])
        extra = extra[4 + size :]
    if entry.date_time <= NO_TIME:
        return 0.0
    try:
        return datetime(*entry.date_time).timestamp()
    except ValueError:  # the 31st of February
        return 0.0


def are_of_the_download(times: Iterable[float], made: float) -> bool:
    """Whether entries have the time at which the archive was made, by the clock of another place perhaps:
    some platforms write it in place of the time of each submission."""
    known = [time for time in times if time]
    if not known or max(known) - min(known) > MINUTES:
        return False
    hours, rest = divmod(made - max(known) + MINUTES / 2, 3600)
    return abs(hours) <= FARTHEST and rest <= MINUTES
