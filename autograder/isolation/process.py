"""The grader's side of a student's process: start it, run cells, call functions, notice its death."""

import select
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import wire
from .origin import GRACE, Origin

DIED = "the notebook's process ended"


class ProcessDied(Exception):
    """The student's process ended, or stopped to speak the protocol and was ended."""


class OutOfPatience(Exception):
    """The student's process did not answer in time, not even to an interrupt, and was ended."""


class StudentProcess:
    """One student's process. A context manager: everything of it is gone afterwards.

    `material` are folders whose files lie beside the notebook.
    """

    def __init__(self, origin: Origin, material: Sequence[Path]) -> None:
        self.scratch = tempfile.mkdtemp(prefix="autograder-")
        try:
            self.life, self.connection = origin.start(self.scratch, material)
        except BaseException:
            shutil.rmtree(self.scratch, ignore_errors=True)
            raise
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
        self.life.end()
        self.connection.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    # The conversation

    def _read(self, count: int, deadline: float) -> bytes:
        content = bytearray()
        death = self.life.descriptor
        watched = [self.connection.fileno(), *([] if death is None else [death])]
        while len(content) < count:
            wait = max(0.0, deadline - time.monotonic())
            ready, _, _ = select.select(watched, [], [], wait)
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
        self.life.interrupt()
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
