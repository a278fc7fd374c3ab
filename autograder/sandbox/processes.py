"""Where students' processes come from, as the grader sees it: from a warm process that forks them or,
where there is no such thing, from a cold start of each."""

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from .inside.confinement import Limits

START_TIME = 60.0  # seconds for a process to get ready
GRACE = 2.0  # seconds for a process to end by itself
ORDINARY = Limits()

REFUSED = (
    "the student's code cannot be isolated on this machine: {missing}. Nothing was run. Grade on Linux 5.13 "
    "or later, or, if you trust the hand-ins, accept the risk explicitly (see the README, Isolation)."
)
NOT_STARTED = "the student's process did not start; its error output says why"


class CannotIsolate(Exception):
    """A part of the isolation that is needed is not to be had here."""


class Life(Protocol):
    """A process that was started. `descriptor` becomes readable when it ends, where there is one."""

    descriptor: int | None

    def interrupt(self) -> None:
        """Have it raise KeyboardInterrupt, where the system offers that."""

    def end(self) -> None:
        """End it and all that it started, and wait until it is gone."""


class Origin(Protocol):
    """What starts students' processes."""

    @property
    def alive(self) -> bool:
        """Whether it still can; the processes of one that died are dead as well."""

    def start(self, scratch: str, material: Sequence[Path]) -> tuple[Life, socket.socket]:
        """A new process in that scratch folder, and the connection over which it answers.

        `material` are folders whose files lie beside the notebook. Raises OSError or RuntimeError.
        """

    def require(self, unconfined: bool) -> None:
        """Wait until it is ready; raises CannotIsolate if what is needed is missing here and not
        given up explicitly."""

    def report(self) -> list[str]:
        """A line for each part of the isolation: in force, or why not."""

    def close(self) -> None:
        """End every process that it started."""


def environment(home: str) -> dict[str, str]:
    kept = {n: os.environ[n] for n in ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT") if n in os.environ}
    quick = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    inline = "module://matplotlib_inline.backend_inline"
    return {**kept, **quick, "HOME": home, "MPLCONFIGDIR": home, "MPLBACKEND": inline}


def ordinary_origin(limits: Limits = ORDINARY) -> Origin:
    """What starts students' processes on this system."""
    if sys.platform == "linux":
        from .forkserver import WarmProcess

        return WarmProcess(limits)
    from .spawn import ColdStart

    return ColdStart(limits)
