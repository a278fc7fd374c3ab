"""The grader's side of a student's process: start it, run cells, call functions, notice its death."""

import select
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from backprop_lab.parts import Parts

from . import protocol
from .limits import Limits
from .processes import FAILED, GRACE, NOT_STARTED, START_TIME, Sandbox

DIED = "the notebook's process ended"
BAD_COUNT = "answers to more steps than there are"

Request = Mapping[str, Any]


def to_run(code: str) -> Request:
    """Return the request to run a cell; its answer holds what the cell shows, and its number."""
    return {"do": "run", "code": code}


def to_look(name: str) -> Request:
    """Return the request to tell what a name stands for."""
    return {"do": "look", "name": name}


class ProcessDied(Exception):
    """The student's process ended, or stopped to speak the protocol and was ended."""


class OutOfPatience(Exception):
    """The student's process did not answer in time, not even to an interrupt, and was ended."""


class StudentProcess:
    """One student's process. A context manager: everything of it is gone afterwards.

    `run`, `look`, `take` and `calls` raise ProcessDied or OutOfPatience; the process is gone then.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        material: Sequence[Path],
        limits: Limits,
        public: Path | None = None,
        draws: bool = False,
    ) -> None:
        """Start it, and wait until it is confined.

        `material` are folders whose files lie beside the notebook, `public` is the folder of the
        exercise's public half; a process that `draws` finds matplotlib loaded. Raise OSError or
        RuntimeError if that fails: no code of the student's has run before.
        """
        self.workspace = tempfile.mkdtemp(prefix="autograder-")
        self._received = bytearray()
        self._coming: Iterator[dict[str, Any]] = iter(())
        try:
            started = sandbox.start(self.workspace, material, limits, public, draws)
            self.process, self.connection = started
        except BaseException:
            shutil.rmtree(self.workspace, ignore_errors=True)
            raise
        self.alive = True
        self._await_ready()

    def _await_ready(self) -> None:
        try:
            answer = self._answer(START_TIME)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError | ProcessDied | protocol.NotTheProtocol):
                raise RuntimeError(NOT_STARTED) from None
            raise
        if "failed" in answer:
            self.close()
            raise RuntimeError(FAILED.format(reason=answer["failed"]))

    def processor_time(self) -> float:
        """Return the seconds of processor time that it took so far."""
        return self.process.processor_time()

    def __enter__(self) -> "StudentProcess":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and all that it started, and remove its workspace."""
        if not self.alive:
            return
        self.alive = False
        try:
            self.process.end()
        finally:  # it may be interrupted: to wait for the end takes longer than all else here
            self.connection.close()
            shutil.rmtree(self.workspace, ignore_errors=True)

    # The conversation

    def _receive(self, deadline: float) -> None:
        """Take what has come; raise TimeoutError or ProcessDied if nothing comes any more."""
        death = self.process.descriptor
        watched = [self.connection.fileno(), *([] if death is None else [death])]
        ready, _, _ = select.select(watched, [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        if self.connection.fileno() not in ready:  # a child of it may hold the connection open
            raise ProcessDied(DIED)
        piece = self.connection.recv(1 << 16)
        if not piece:
            raise ProcessDied(DIED)
        self._received += piece

    def _read(self, count: int, deadline: float) -> bytes:
        while len(self._received) < count:
            self._receive(deadline)
        content = bytes(self._received[:count])
        del self._received[:count]
        return content

    def _answer(self, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        length = protocol.length_of(self._read(protocol.HEADER.size, deadline))
        return protocol.parse(self._read(length, deadline))

    def _interrupt(self) -> dict[str, Any]:
        self.process.interrupt()
        return self._answer(GRACE)

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """Close the process whatever goes wrong: an interrupted conversation is never taken up again."""
        try:
            yield
        except TimeoutError:
            self.close()
            raise OutOfPatience from None
        except (OSError, protocol.NotTheProtocol) as error:
            self.close()
            raise ProcessDied(str(error) or DIED) from None
        except BaseException:
            self.close()
            raise

    def _send(self, request: Request, seconds: float) -> None:
        if not self.alive:
            raise ProcessDied(DIED)
        with self._all_or_nothing():
            self.connection.settimeout(seconds)
            protocol.send(self.connection, request)

    def _await_answer(self, seconds: float) -> tuple[dict[str, Any], bool]:
        """Return an answer, and whether the process had to be interrupted for it."""
        with self._all_or_nothing():
            try:
                return self._answer(seconds), False
            except TimeoutError:
                return self._interrupt(), True

    def _ask(self, request: Request, seconds: float) -> tuple[dict[str, Any], bool]:
        self._send(request, seconds)
        return self._await_answer(seconds)

    def run(self, code: str, seconds: float) -> tuple[dict[str, Any], bool]:
        """Run a cell; return the answer, and whether the process had to be interrupted for it."""
        return self._ask(to_run(code), seconds)

    def look(self, name: str, seconds: float) -> dict[str, Any]:
        """Return what a name stands for."""
        return self._ask(to_look(name), seconds)[0]

    def take(self, steps: Sequence[Request], seconds: float) -> tuple[list[dict[str, Any]], bool]:
        """Have it run cells and look names up until SOON is over; return the answers to those that it came
        to, at least one, and whether the process had to be interrupted for the last.

        `seconds` is the time for each. None begins later than SOON after the first, so who has not answered
        for both together is in a step that took too long, and that is the last.
        """
        found, late = self._ask({"do": "steps", "steps": steps}, seconds + protocol.SOON)
        count, until = found.get("count"), time.monotonic() + GRACE
        with self._all_or_nothing():
            if type(count) is not int or not 0 < count <= len(steps):
                raise protocol.NotTheProtocol(BAD_COUNT)
            return [self._answer(until - time.monotonic()) for _ in range(count)], late

    def calls(
        self, name: str, cases: Sequence[Sequence[Any]], seconds: float, parts: Sequence[Parts] = ()
    ) -> Iterator[dict[str, Any]]:
        """Call a function of the student's with the arguments of each case; yield the answers as they are
        asked for, up to the first that is no value. `seconds` is the time for each, `parts` the
        functions that it calls, in each case, if it is to survive these."""
        self._coming = self._call(name, cases, seconds, parts)
        return self._coming

    def _call(
        self, name: str, cases: Sequence[Sequence[Any]], seconds: float, parts: Sequence[Parts]
    ) -> Iterator[dict[str, Any]]:
        given = [[protocol.encode(argument) for argument in arguments] for arguments in cases]
        request = {
            "do": "call",
            "name": name,
            "cases": given,
            "seconds": seconds,
            "parts": [vars(one) for one in parts],
        }
        self._send(request, seconds)
        for _ in cases:
            answer, late = self._await_answer(seconds + GRACE)
            yield {"late": True} if late else answer
            if late or "value" not in answer:
                return

    def settle(self) -> None:
        """Wait for answers to calls that nobody asked for in the end. It may not survive that."""
        with suppress(ProcessDied, OutOfPatience):
            deque(self._coming, maxlen=0)
