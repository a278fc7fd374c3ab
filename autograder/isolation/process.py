"""The grader's side of a student's process: start it, run cells, call functions, notice its death."""

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
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import wire
from .confine import NEEDED, PARTS, Limits

START_TIME = 60.0  # seconds for the warm process to get ready
GRACE = 2.0  # seconds for a process to react to an interrupt
HERE = Path(__file__).parents[1]

ORDINARY = Limits()

REFUSED = (
    "the student's code cannot be isolated on this machine: {missing}. Nothing was run. Grade on Linux 5.13 "
    "or later, or accept the risk explicitly (see the README, Isolation)."
)
DIED = "the notebook's process ended"


class CannotIsolate(Exception):
    """A part of the isolation that is needed is not to be had here."""


class ProcessDied(Exception):
    """The student's process ended, or stopped to speak the protocol and was ended."""


class OutOfPatience(Exception):
    """The student's process did not answer in time, not even to an interrupt, and was ended."""


class WarmProcess:
    """The warm process, and what it says is in force (`reasons`: "" for a part, or why not)."""

    def __init__(
        self, limits: Limits = ORDINARY, without: frozenset[str] = frozenset(), unconfined: bool = False
    ) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        config = {"limits": asdict(limits), "hidden": [str(HERE)], "without": sorted(without)}
        command = [sys.executable, "-I", "-m", "autograder.isolation.warm", str(theirs.fileno())]
        self.lock = threading.Lock()
        self.socket = ours
        self.home = tempfile.mkdtemp(prefix="autograder-")
        self.process = subprocess.Popen(
            [*command, json.dumps(config)],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=self._environment(),
            cwd="/",
            start_new_session=True,
        )
        theirs.close()
        self.reasons: dict[str, str] = self._receive()
        missing = [f"{p} ({self.reasons[p]})" for p in NEEDED if self.reasons[p]]
        if missing and not unconfined:
            self.close()
            raise CannotIsolate(REFUSED.format(missing="; ".join(missing)))

    def _environment(self) -> dict[str, str]:
        kept = {n: os.environ[n] for n in ("PATH", "LANG", "LC_ALL", "TZ") if n in os.environ}
        quick = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        inline = "module://matplotlib_inline.backend_inline"
        return {**kept, **quick, "HOME": self.home, "MPLCONFIGDIR": self.home, "MPLBACKEND": inline}

    def _receive(self) -> Any:
        ready, _, _ = select.select([self.socket], [], [], START_TIME)
        content = self.socket.recv(1 << 16) if ready else b""
        if not content:
            self.close()
            raise RuntimeError("the warm process did not start; its error output says why")
        return json.loads(content)

    def fork(self, connection: socket.socket, scratch: str, material: Sequence[Path]) -> int:
        """Fork a student's process that serves `connection`; its number."""
        request = {"scratch": scratch, "material": [str(folder) for folder in material]}
        with self.lock:
            socket.send_fds(self.socket, [json.dumps(request).encode()], [connection.fileno()])
            answer = self._receive()
        if "pid" not in answer:
            raise RuntimeError(f"no student's process: {answer.get('failed')}")
        return int(answer["pid"])

    def report(self) -> list[str]:
        """A line for each part of the isolation: in force, or why not."""
        return [
            f"  {'✓' if not self.reasons[part] else '✗'} {part:10} {purpose}"
            + (f" — NOT in force: {self.reasons[part]}" if self.reasons[part] else "")
            for part, (_, purpose) in PARTS.items()
        ]

    def close(self) -> None:
        """End the warm process, and with it every student's process."""
        self.socket.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE)
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


class StudentProcess:
    """One student's process. A context manager: everything of it is gone afterwards.

    `material` are folders whose files lie beside the notebook.
    """

    def __init__(self, warm: WarmProcess, material: Sequence[Path]) -> None:
        self.scratch = tempfile.mkdtemp(prefix="autograder-")
        self.connection, theirs = socket.socketpair()
        try:
            self.pid = warm.fork(theirs, self.scratch, material)
            self.pidfd = os.pidfd_open(self.pid)
        except BaseException:
            self.connection.close()
            shutil.rmtree(self.scratch, ignore_errors=True)
            raise
        finally:
            theirs.close()
        self.alive = True

    def __enter__(self) -> "StudentProcess":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and all that it started, and remove its scratch folder."""
        if not self.alive:
            return
        self.alive = False
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        select.select([self.pidfd], [], [], GRACE)
        os.close(self.pidfd)
        self.connection.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    # The conversation

    def _read(self, count: int, deadline: float) -> bytes:
        content = bytearray()
        while len(content) < count:
            wait = max(0.0, deadline - time.monotonic())
            ready, _, _ = select.select([self.connection.fileno(), self.pidfd], [], [], wait)
            if not ready:
                raise TimeoutError
            if self.connection.fileno() not in ready:  # a child of it may hold the connection open
                raise ProcessDied(DIED)
            piece = self.connection.recv(min(1 << 20, count - len(content)))
            if not piece:
                raise ProcessDied(DIED)
            content += piece
        return bytes(content)

    def _answer(self, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        length = wire.length_of(self._read(wire.HEADER.size, deadline))
        return wire.parse(self._read(length, deadline))

    def _interrupt(self) -> dict[str, Any]:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGINT)
        return self._answer(GRACE)

    def ask(self, request: Mapping[str, Any], seconds: float) -> tuple[dict[str, Any], bool]:
        """The answer to a request, and whether it had to be interrupted for it.

        Raises ProcessDied or OutOfPatience; the process is gone then. Whatever else happens on the
        way, an interrupted conversation is never taken up again.
        """
        if not self.alive:
            raise ProcessDied(DIED)
        try:
            self.connection.settimeout(seconds)
            wire.send(self.connection, request)
            try:
                return self._answer(seconds), False
            except TimeoutError:
                return self._interrupt(), True
        except TimeoutError:
            self.close()
            raise OutOfPatience from None
        except (OSError, wire.NotTheProtocol) as error:
            self.close()
            raise ProcessDied(str(error) or DIED) from None
        except BaseException:
            self.close()
            raise

    def run(self, code: str, seconds: float) -> tuple[dict[str, Any], bool]:
        """Run a cell; raises ProcessDied or OutOfPatience."""
        return self.ask({"do": "run", "code": code}, seconds)

    def look(self, name: str, seconds: float) -> dict[str, Any]:
        """What a name stands for; raises ProcessDied or OutOfPatience."""
        return self.ask({"do": "look", "name": name}, seconds)[0]

    def call(self, name: str, arguments: Sequence[Any], seconds: float) -> dict[str, Any]:
        """Call a function of the student's; raises ProcessDied or OutOfPatience."""
        given = [wire.encode(argument) for argument in arguments]
        request = {"do": "call", "name": name, "arguments": given, "seconds": seconds}
        answer, late = self.ask(request, seconds + GRACE)
        return {"late": True} if late else answer
