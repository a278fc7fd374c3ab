"""Waiting for conditions, with bounds that are generous: the machine may have other work."""

import time
from collections.abc import Callable
from pathlib import Path

GENEROUS = 120.0  # seconds


def comes_true(condition: Callable[[], object], seconds: float = GENEROUS) -> bool:
    """Whether the condition comes true within these seconds."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def wait_until(condition: Callable[[], object], seconds: float = GENEROUS) -> None:
    """Wait for the condition; an AssertionError if it does not come true."""
    assert comes_true(condition, seconds), "it did not come to that"


def sleeping(token: str) -> list[Path]:
    """The processes that have the token among their arguments."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [path] if token in path.read_bytes().decode(errors="replace").split("\0") else []
        except OSError:
            continue
    return found


def gone(token: str) -> bool:
    """Whether the processes end: the kernel takes its time to bury them."""
    return comes_true(lambda: not sleeping(token), 30)


def descendants(pid: int) -> list[int]:
    """The children of a process, theirs, and so on."""
    try:
        children = [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return []
    return [*children, *(further for child in children for further in descendants(child))]
