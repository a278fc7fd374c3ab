"""The warm process, seen from the grader: it is started once and forks each student's process."""

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
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

from .inside.confinement import NEEDED, PARTS, Limits
from .processes import GRACE, NOT_STARTED, ORDINARY, REFUSED, START_TIME, CannotIsolate, Life, environment

HERE = Path(__file__).parents[1]


class Fork:
    """A process that the warm process forked."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.descriptor: int | None = os.pidfd_open(pid)

    def interrupt(self) -> None:
        """SIGINT."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.descriptor or 0, signal.SIGINT)

    def end(self) -> None:
        """SIGKILL for it and its group; with its namespace, or by the reaper, all it started goes."""
        descriptor, self.descriptor = self.descriptor or 0, None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        select.select([descriptor], [], [], GRACE)
        os.close(descriptor)


class WarmProcess:
    """The warm process. It gets ready while others work; what it has to say is waited for."""

    def __init__(self, limits: Limits = ORDINARY, without: frozenset[str] = frozenset()) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        config = {"limits": asdict(limits), "hidden": [str(HERE)], "without": sorted(without)}
        command = [sys.executable, "-I", "-m", "autograder.sandbox.inside.forkserver", str(theirs.fileno())]
        self._lock = threading.Lock()
        self._home = tempfile.mkdtemp(prefix="autograder-")
        self.process = subprocess.Popen(
            [*command, json.dumps(config)],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=environment(self._home),
            cwd="/",
            start_new_session=True,
        )
        theirs.close()

    @property
    def alive(self) -> bool:
        """Whether the warm process runs."""
        return self.process.poll() is None

    def _receive(self) -> Any:
        ready, _, _ = select.select([self._ours], [], [], START_TIME)
        content = self._ours.recv(1 << 16) if ready else b""
        if not content:
            self.close()
            raise RuntimeError(NOT_STARTED)
        return json.loads(content)

    @cached_property
    def reasons(self) -> dict[str, str]:
        """For each part of the isolation "" if it is in force, or why not."""
        found: dict[str, str] = self._receive()
        return found

    def require(self, unconfined: bool) -> None:
        """Raises CannotIsolate if a part that is needed is missing and not given up explicitly."""
        missing = [f"{part} ({self.reasons[part]})" for part in NEEDED if self.reasons[part]]
        if missing and not unconfined:
            self.close()
            raise CannotIsolate(REFUSED.format(missing="; ".join(missing)))

    def start(self, scratch: str, material: Sequence[Path]) -> tuple[Life, socket.socket]:
        """Fork a process for a student."""
        request = {"scratch": scratch, "material": [str(folder) for folder in material]}
        ours, theirs = socket.socketpair()
        with self._lock, theirs:
            assert self.reasons
            socket.send_fds(self._ours, [json.dumps(request).encode()], [theirs.fileno()])
            answer = self._receive()
        if "pid" not in answer:
            ours.close()
            raise RuntimeError(f"no student's process: {answer.get('failed')}")
        return Fork(int(answer["pid"])), ours

    def report(self) -> list[str]:
        """A line for each part of the isolation: in force, or why not."""
        return [
            f"  {'✓' if not self.reasons[part] else '✗'} {part:10} {purpose}"
            + (f" — NOT in force: {self.reasons[part]}" if self.reasons[part] else "")
            for part, (_, purpose) in PARTS.items()
        ]

    def close(self) -> None:
        """End the warm process, and with it every student's process."""
        self._ours.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE)
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self._home, ignore_errors=True)
