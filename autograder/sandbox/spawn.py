"""The spawn of each student's process, for systems on which files and network cannot be closed off."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .limits import Limits, environment
from .processes import NOT_STARTED, REFUSED, START_TIME, CannotIsolate, Process, start_request

COMMAND = [sys.executable, "-I", "-m", "autograder.sandbox.inside.spawn"]
ONLY_LINUX = "files and network can be closed off on Linux only, and this is {system}"
REPORT = (
    "  NOT ISOLATED: files and network are open to the student's code",
    "  ✓ process    a process of its own: no reference, no test inputs, no gradebook in it",
    "  ✓ limits     time for a call, a cell and a notebook; and what {system} offers of the rest",
)


class SpawnedProcess:
    """A process that was spawned."""

    descriptor: int | None = None  # its death shows by the end of the connection

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    @property
    def alive(self) -> bool:
        """Return whether it still runs."""
        return self._process.poll() is None

    def processor_time(self) -> float:
        """Return 0: nobody asked for more here."""
        return 0.0

    def interrupt(self) -> None:
        """Send SIGINT, where there are signals."""
        if sys.platform != "win32":
            self._process.send_signal(signal.SIGINT)

    def end(self) -> None:
        """End it and, where there are process groups, what it started and did not move elsewhere."""
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()


class Spawn:
    """Spawns each student's process: slower, and neither files nor network are closed off. What stays
    is the boundary of the process and the limits that the system has."""

    def __init__(self) -> None:
        self._processes: list[SpawnedProcess] = []

    @property
    def alive(self) -> bool:
        """Return True: there is nothing that could die."""
        return True

    @property
    def keeps_apart(self) -> bool:
        """Return True: who accepts that files and network are open has accepted that, too."""
        return True

    @property
    def processor_time(self) -> float:
        """Return 0: nobody asked for more here."""
        return 0.0

    def require(self, unconfined: bool) -> None:
        """Raise CannotIsolate if the missing isolation is not given up explicitly."""
        if not unconfined:
            raise CannotIsolate(REFUSED.format(missing=ONLY_LINUX.format(system=sys.platform)))

    def start(
        self,
        workspace: str,
        material: Sequence[Path],
        limits: Limits,
        public: Path | None = None,
        draws: bool = False,
    ) -> tuple[Process, socket.socket]:
        """Spawn a process for a student, which calls back over the loopback interface and proves by a
        token that it is the one."""
        token = secrets.token_hex(16)
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = {"port": server.getsockname()[1], "token": token}
            process = _spawn({**start_request(workspace, material, limits, public, draws), **address})
            self._processes = [p for p in self._processes if p.alive] + [process]
            return process, _accept(server, token, process)

    def report(self) -> list[str]:
        """Return what is in force."""
        return [line.format(system=sys.platform) for line in REPORT]

    def renewed(self) -> "Spawn":
        """Begin anew."""
        return Spawn()

    def close(self) -> None:
        """End every process that it started."""
        for process in self._processes:
            process.end()


def _spawn(config: Mapping[str, Any]) -> SpawnedProcess:
    """Start a Python that reads its configuration from standard input."""
    folder = config["workspace"]
    process = subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, env=environment(folder), cwd=folder, start_new_session=True
    )
    if process.stdin:
        with contextlib.suppress(BrokenPipeError), process.stdin:  # one that ended will not call back
            process.stdin.write(json.dumps(config).encode())
    return SpawnedProcess(process)


def _accept(server: socket.socket, token: str, process: SpawnedProcess) -> socket.socket:
    """Return the connection of the process that knows the token; raise RuntimeError if none comes."""
    server.settimeout(START_TIME)
    with contextlib.suppress(TimeoutError):
        connection, _ = server.accept()
        connection.settimeout(START_TIME)
        said = connection.recv(len(token), socket.MSG_WAITALL)
        if secrets.compare_digest(said, token.encode()):
            return connection
        connection.close()
    process.end()
    raise RuntimeError(NOT_STARTED)
