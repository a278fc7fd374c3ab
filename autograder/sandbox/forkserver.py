"""The fork server, seen from the grader: it is started once and forks each student's process.

Whoever is forked from the grader meanwhile may use it, too.
"""

import contextlib
import json
import multiprocessing
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
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

ONE_AT_A_TIME = (
    "  · one student at a time: without namespaces, and unless started as root, students' processes would "
    "share one user"
)

HERE = Path(__file__).parents[1]
PROCESS_CLOCK = 2  # Linux's clock of a process's processor time, beside the process's number


class ForkedProcess:
    """A process that the fork server forked, by its pidfd."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor: int | None = descriptor
        self.pid = _number_of(descriptor)

    def processor_time(self) -> float:
        """Return the seconds of processor time that it took so far, 0 if it has ended."""
        try:
            return time.clock_gettime(~self.pid << 3 | PROCESS_CLOCK) if self.pid > 0 else 0.0
        except OSError:
            return 0.0

    def interrupt(self) -> None:
        """Send SIGINT."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.descriptor or 0, signal.SIGINT)

    def end(self) -> None:
        """Send SIGKILL to it and its group; with its namespace, or by the reaper, all it started goes."""
        descriptor, self.descriptor = self.descriptor or 0, None
        if self.pid > 0:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        select.select([descriptor], [], [], GRACE)
        os.close(descriptor)


def _number_of(pidfd: int) -> int:
    """Return the number that a process has here, whatever namespace it is in; -1 if it has ended."""
    lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("Pid:")), -1)


class ForkServer:
    """The fork server. It gets ready while others work; what it has to say is waited for."""

    def __init__(self, without: frozenset[str] = frozenset()) -> None:
        """Start it; `without` are parts of the isolation that it does without."""
        self._without = without
        self._reasons: dict[str, str] | None = None  # until it is ready
        self._lock = multiprocessing.get_context("fork").Lock()  # also of who is forked from here
        self._ready = threading.Lock()
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.processor_time = 0.0
        self._home = tempfile.mkdtemp(prefix="autograder-")
        with theirs:
            self.process = self._launch(theirs.fileno())
        self._pidfd = os.pidfd_open(self.process.pid)

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
        return self._pidfd >= 0 and not select.select([self._pidfd], [], [], 0)[0]

    def _receive(self) -> tuple[dict[str, Any], list[int]]:
        ready, _, _ = select.select([self._ours], [], [], START_TIME)
        content, descriptors = socket.recv_fds(self._ours, 1 << 16, 1)[:2] if ready else (b"", [])
        if not content:
            self.close()
            raise RuntimeError(NOT_STARTED)
        return json.loads(content), descriptors

    def _wait_until_ready(self) -> dict[str, str]:
        with self._ready:
            if self._reasons is None:
                self._reasons, _ = self._receive()
            return self._reasons

    @property
    def reasons(self) -> dict[str, str]:
        """Return for each part of the isolation "" if it is in force, or why not."""
        return self._wait_until_ready()

    @property
    def keeps_apart(self) -> bool:
        """Return whether each student's process has namespaces or a user of its own."""
        own_user = os.getuid() == 0 and not self.reasons["user"]
        return own_user or not self.reasons["namespaces"]

    def require(self, unconfined: bool) -> None:
        """Raise CannotIsolate if a part that is needed is missing and not given up explicitly."""
        reasons = self.reasons
        missing = [f"{part} ({reasons[part]})" for part in NEEDED if reasons[part]]
        if missing and not unconfined:
            self.close()
            raise CannotIsolate(REFUSED.format(missing="; ".join(missing)))

    def _ask(self, request: dict[str, Any], connection: int) -> tuple[dict[str, Any], list[int]]:
        if not self._lock.acquire(timeout=START_TIME):  # somebody was killed who had it
            raise RuntimeError(NOT_STARTED)
        try:
            socket.send_fds(self._ours, [json.dumps(request).encode()], [connection])
            return self._receive()
        finally:
            self._lock.release()

    def start(
        self,
        workspace: str,
        material: Sequence[Path],
        limits: Limits,
        public: Path | None = None,
        draws: bool = False,
    ) -> tuple[Process, socket.socket]:
        """Fork a process for a student."""
        self._wait_until_ready()
        ours, theirs = socket.socketpair()
        request = start_request(workspace, material, limits, public, draws)
        with theirs:
            answer, pidfds = self._ask(request, theirs.fileno())
        self.processor_time = answer["processor_time"]
        if not pidfds:
            ours.close()
            raise RuntimeError(FAILED.format(reason=answer["failed"]))
        return ForkedProcess(pidfds[0]), ours

    def report(self) -> list[str]:
        """Return a line for each part of the isolation: in force, or why not."""
        reasons = self.reasons
        lines = [
            f"  {'✓' if not reasons[part] else '✗'} {part:10} {purpose}"
            + (f" — NOT in force: {reasons[part]}" if reasons[part] else "")
            for part, purpose in PARTS.items()
        ]
        return lines if self.keeps_apart else [*lines, ONE_AT_A_TIME]

    def renewed(self) -> "ForkServer":
        """Start another one with the same parts of the isolation."""
        return ForkServer(self._without)

    def close(self) -> None:
        """End the fork server, and with it every student's process, whoever else may use it."""
        if self._pidfd < 0:
            return
        descriptor, self._pidfd = self._pidfd, -1
        with contextlib.suppress(OSError):  # it has ended
            self._ours.shutdown(socket.SHUT_RDWR)
        self._ours.close()
        if self._reasons is not None:  # else it has started nobody, and need not be waited for
            select.select([descriptor], [], [], GRACE)
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os.close(descriptor)
        self.process.wait()
        shutil.rmtree(self._home, ignore_errors=True)
