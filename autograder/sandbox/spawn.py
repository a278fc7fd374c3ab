"""The cold start of a student's process, for systems on which files and network cannot be closed off."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .inside.confinement import Limits
from .processes import NOT_STARTED, ORDINARY, REFUSED, START_TIME, CannotIsolate, Life, environment

COMMAND = [sys.executable, "-I", "-m", "autograder.sandbox.inside.spawn"]
ONLY_LINUX = "files and network can be closed off on Linux only, and this is {system}"
COLD_REPORT = (
    "  NOT ISOLATED: files and network are open to the student's code",
    "  ✓ process    a process of its own: no reference, no points, no gradebook in it",
    "  ✓ limits     time for a call, a cell and a notebook; and what {system} offers of the rest",
)


class Child:
    """A process that was started cold."""

    descriptor: int | None = None  # its death shows by the end of the connection

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def interrupt(self) -> None:
        """SIGINT, where there are signals."""
        if sys.platform != "win32":
            self._process.send_signal(signal.SIGINT)

    def end(self) -> None:
        """End it and, where there are process groups, what it started and did not move elsewhere."""
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()


class ColdStart:
    """Starts each student's process from nothing: slower, and neither files nor network are closed
    off. What stays is the boundary of the process and the limits that the system has."""

    def __init__(self, limits: Limits = ORDINARY) -> None:
        self._limits = limits
        self._children: list[Child] = []

    @property
    def alive(self) -> bool:
        """Always: there is nothing that could die."""
        return True

    def require(self, unconfined: bool) -> None:
        """Raises CannotIsolate if the missing isolation is not given up explicitly."""
        if not unconfined:
            raise CannotIsolate(REFUSED.format(missing=ONLY_LINUX.format(system=sys.platform)))

    def start(self, scratch: str, material: Sequence[Path]) -> tuple[Life, socket.socket]:
        """Start a process for a student, which calls back over the loopback interface and proves by a
        token that it is the one."""
        token = secrets.token_hex(16)
        with socket.create_server(("127.0.0.1", 0)) as server:
            config = {
                "port": server.getsockname()[1],
                "token": token,
                "scratch": scratch,
                "material": [str(folder) for folder in material],
                "limits": asdict(self._limits),
            }
            process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                env=environment(scratch),
                cwd=scratch,
                start_new_session=True,
            )
            assert process.stdin
            process.stdin.write(json.dumps(config).encode())
            process.stdin.close()
            child = Child(process)
            self._children = [c for c in self._children if c.alive] + [child]
            return child, _accept(server, token, child)

    def report(self) -> list[str]:
        """What is in force."""
        return [line.format(system=sys.platform) for line in COLD_REPORT]

    def close(self) -> None:
        """End every process that it started."""
        for child in self._children:
            child.end()


def _accept(server: socket.socket, token: str, child: Child) -> socket.socket:
    """The connection of the process that knows the token; raises RuntimeError if none comes."""
    server.settimeout(START_TIME)
    with contextlib.suppress(TimeoutError):
        connection, _ = server.accept()
        connection.settimeout(START_TIME)
        said = connection.recv(len(token), socket.MSG_WAITALL)
        if secrets.compare_digest(said, token.encode()):
            return connection
        connection.close()
    child.end()
    raise RuntimeError(NOT_STARTED)
