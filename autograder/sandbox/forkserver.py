"""The fork server, seen from the grader: it is started once and forks each student's process."""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .limits import NEEDED, PARTS, Limits, environment
from .processes import (
    FAILED,
    GRACE,
    NOT_STARTED,
    REFUSED,
    START_TIME,
    CannotIsolate,
    Process,
    start_request,
)

HERE = Path(__file__).parents[1]


class ForkedProcess:
    """A process that the fork server forked."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.descriptor: int | None = os.pidfd_open(pid)

    def interrupt(self) -> None:
        """Send SIGINT."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.descriptor or 0, signal.SIGINT)

    def end(self) -> None:
        """Send SIGKILL to it and its group; with its namespace, or by the reaper, all it started goes."""
        descriptor, self.descriptor = self.descriptor or 0, None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        select.select([descriptor], [], [], GRACE)
        os.close(descriptor)


class ForkServer:
    """The fork server. It gets ready while others work; what it has to say is waited for."""

    def __init__(self, without: frozenset[str] = frozenset()) -> None:
        """Start it; `without` are parts of the isolation that it does without."""
        self._without = without
        self._reasons: dict[str, str] | None = None  # until it is ready
        self._lock, self._ready = threading.Lock(), threading.Lock()
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._home = tempfile.mkdtemp(prefix="autograder-")
        with theirs:
            self.process = self._launch(theirs.fileno())

    def _launch(self, connection: int) -> "subprocess.Popen[bytes]":
        config = {"hidden": [str(HERE)], "without": sorted(self._without)}
        command = [sys.executable, "-I", "-m", "autograder.sandbox.inside.forkserver", str(connection)]
        return subprocess.Popen(
            [*command, json.dumps(config)],
            pass_fds=[connection],
            stdin=subprocess.DEVNULL,
            env=environment(self._home),
            cwd="/",
            start_new_session=True,
        )

    @property
    def alive(self) -> bool:
        """Return whether the fork server runs."""
        return self.process.poll() is None

    def _receive(self) -> Any:
        ready, _, _ = select.select([self._ours], [], [], START_TIME)
        content = self._ours.recv(1 << 16) if ready else b""
        if not content:
            self.close()
            raise RuntimeError(NOT_STARTED)
        return json.loads(content)

    def _wait_until_ready(self) -> dict[str, str]:
        with self._ready:
            if self._reasons is None:
                self._reasons = self._receive()
            return self._reasons

    @property
    def reasons(self) -> dict[str, str]:
        """Return for each part of the isolation "" if it is in force, or why not."""
        return self._wait_until_ready()

    def require(self, unconfined: bool) -> None:
        """Raise CannotIsolate if a part that is needed is missing and not given up explicitly."""
        reasons = self.reasons
        missing = [f"{part} ({reasons[part]})" for part in NEEDED if reasons[part]]
        if missing and not unconfined:
            self.close()
            raise CannotIsolate(REFUSED.format(missing="; ".join(missing)))

    def _ask(self, request: dict[str, Any], connection: int) -> Any:
        with self._lock:
            socket.send_fds(self._ours, [json.dumps(request).encode()], [connection])
            return self._receive()

    def start(
        self, workspace: str, material: Sequence[Path], limits: Limits, public: Path | None = None
    ) -> tuple[Process, socket.socket]:
        """Fork a process for a student."""
        self._wait_until_ready()
        ours, theirs = socket.socketpair()
        with theirs:
            answer = self._ask(start_request(workspace, material, limits, public), theirs.fileno())
        if "pid" not in answer:
            ours.close()
            raise RuntimeError(FAILED.format(reason=answer["failed"]))
        return ForkedProcess(int(answer["pid"])), ours

    def report(self) -> list[str]:
        """Return a line for each part of the isolation: in force, or why not."""
        reasons = self.reasons
        return [
            f"  {'✓' if not reasons[part] else '✗'} {part:10} {purpose}"
            + (f" — NOT in force: {reasons[part]}" if reasons[part] else "")
            for part, purpose in PARTS.items()
        ]

    def renewed(self) -> "ForkServer":
        """Start another one with the same parts of the isolation."""
        return ForkServer(self._without)

    def close(self) -> None:
        """End the fork server, and with it every student's process."""
        self._ours.close()
        if self._reasons is not None:  # else it has started nobody, and need not be waited for
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(GRACE)
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self._home, ignore_errors=True)
