"""What starts students' processes, and such a process, as the rest of the grader sees them."""

import signal
import socket
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from .limits import Limits

STOPS = (signal.SIGINT, signal.SIGTERM)  # what a person, or the system, ends the grader with
START_TIME = 60.0  # seconds for a process to get ready
GRACE = 2.0  # seconds for a process to end by itself

REFUSED = (
    "the student's code cannot be isolated on this machine: {missing}. Nothing was run. Grade on Linux 5.13 "
    "or later, or, if you trust the submissions, accept the risk explicitly (see the README, The sandbox)."
)
NOT_STARTED = "the student's process did not start; its error output says why"
FAILED = "the student's process did not start: {reason}"


class CannotIsolate(Exception):
    """A part of the isolation that is needed is not to be had here."""


class Process(Protocol):
    """A student's process. `descriptor` becomes readable when it ends, where there is one."""

    descriptor: int | None

    def processor_time(self) -> float:
        """Return the seconds of processor time that it took so far, 0 where the system does not tell."""

    def interrupt(self) -> None:
        """Have it raise KeyboardInterrupt, where the system offers that."""

    def end(self) -> None:
        """End it and all that it started, and wait until it is gone."""


class Sandbox(Protocol):
    """What starts students' processes: a fork server or, where there is no such thing, a spawn of each."""

    @property
    def alive(self) -> bool:
        """Return whether it still can; the processes of one that died are dead as well."""

    @property
    def keeps_apart(self) -> bool:
        """Return whether several students' processes may run at a time without one reaching another."""

    @property
    def processor_time(self) -> float:
        """Return the seconds of processor time that it took so far, and that its processes took which have
        ended; 0 where it does not know."""

    def require(self, unconfined: bool) -> None:
        """Wait until it is ready; raise CannotIsolate if what is needed is missing here and not
        given up explicitly."""

    def start(
        self,
        workspace: str,
        material: Sequence[Path],
        limits: Limits,
        public: Path | None = None,
        draws: bool = False,
    ) -> tuple[Process, socket.socket]:
        """Start a process in that workspace; return it, and the connection over which it answers.

        `material` are folders whose files lie beside the notebook; `public` is the folder of the
        exercise's public half, whose modules the process finds loaded; one that `draws` finds matplotlib
        loaded, others can import it. Raise OSError or RuntimeError.
        """

    def report(self) -> list[str]:
        """Return a line for each part of the isolation: in force, or why not."""

    def renewed(self) -> "Sandbox":
        """Start another one like this, in its place."""

    def close(self) -> None:
        """End every process that it started."""


def start_request(
    workspace: str, material: Sequence[Path], limits: Limits, public: Path | None, draws: bool
) -> dict[str, Any]:
    """Return what a process has to be told at its start, as JSON data."""
    return {
        "workspace": workspace,
        "material": [str(folder) for folder in material],
        "limits": asdict(limits),
        "public": None if public is None else str(public.resolve()),
        "draws": draws,
    }
