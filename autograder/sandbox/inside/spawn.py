"""A student's process that is spawned, where there is no fork server.

Started as `python -I -m autograder.sandbox.inside.spawn` with its configuration on standard input. Neither
files nor network are closed off here; `sandbox.spawn.Spawn` says so.
"""

import contextlib
import json
import os
import socket
import sys
import tempfile
from typing import Any

from .. import protocol
from ..limits import Limits, rlimits
from . import public, server, shell, workspace

FOR_ALL = "RLIMIT_NPROC"  # counts every process of the user's, not of this one: left as it is


def _limit(limits: Limits) -> None:
    """Put in force what the system offers of the limits that count for one process."""
    try:
        import resource
    except ImportError:  # Windows has none
        return
    for name, value in rlimits(limits).items():
        if name != FOR_ALL:
            with contextlib.suppress(ValueError, OSError, AttributeError):  # macOS refuses some
                resource.setrlimit(getattr(resource, name), (value, value))


def _redirect_output() -> None:
    """Send standard output and error into a file, where the server finds what is written."""
    output = tempfile.TemporaryFile()  # noqa: SIM115 - for as long as the process lives
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for descriptor in (1, 2):
        os.dup2(output.fileno(), descriptor)


def _connect(config: dict[str, Any]) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", config["port"]))
    connection.sendall(config["token"].encode())
    return connection


def _load(folder: str | None, connection: socket.socket) -> public.Modules:
    """Load the public half; if it is broken, tell the grader, and end."""
    try:
        return public.load(folder) if folder else {}
    except public.ExerciseBroken as error:
        protocol.send(connection, {"failed": str(error)})
        raise SystemExit(1) from None


def main() -> None:
    """Be a student's process."""
    config: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    connection = _connect(config)
    modules = _load(config["public"], connection)
    workspace.copy_material(config["material"], config["workspace"], public.names_beside(modules))
    os.chdir(config["workspace"])
    workspace.fresh_state(config["workspace"])
    sys.modules.update(modules)
    student_shell = shell.make_shell()
    _limit(Limits(**config["limits"]))
    _redirect_output()
    shell.take_over(student_shell)
    server.interruptible()
    server.serve(student_shell, connection)
    os._exit(0)  # a thread of the student's would keep it alive


if __name__ == "__main__":
    main()
