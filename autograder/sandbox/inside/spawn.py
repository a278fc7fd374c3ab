"""A student's process that is started cold, where there is no warm process to fork it.

Started as `python -I -m autograder.sandbox.inside.spawn` with its configuration on standard input. Neither
files nor network are closed off here; `origin.ColdStart` says so.
"""

import contextlib
import json
import os
import socket
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

from . import server as serve
from . import shell
from . import workspace as scratch


def _limit(limits: Mapping[str, int]) -> None:
    """What the system offers of the limits that count for one process."""
    try:
        import resource
    except ImportError:  # Windows has none
        return
    for name, value in (
        ("RLIMIT_CPU", limits["cpu"]),
        ("RLIMIT_AS", limits["memory"]),
        ("RLIMIT_FSIZE", limits["file_size"]),
        ("RLIMIT_NOFILE", limits["open_files"]),
        ("RLIMIT_CORE", 0),
    ):
        with contextlib.suppress(ValueError, OSError, AttributeError):  # macOS refuses some
            resource.setrlimit(getattr(resource, name), (value, value))


def _redirect_output() -> None:
    """Standard output and error into a file, where `serve` finds what is written."""
    output = tempfile.TemporaryFile()  # noqa: SIM115 - for as long as the process lives
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for descriptor in (1, 2):
        os.dup2(output.fileno(), descriptor)


def main() -> None:
    """Be a student's process."""
    config: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    connection = socket.create_connection(("127.0.0.1", config["port"]))
    connection.sendall(config["token"].encode())
    scratch.copy_material(config["material"], config["scratch"])
    os.chdir(config["scratch"])
    scratch.fresh_state(config["scratch"])
    student_shell = shell.make_shell()
    _limit(config["limits"])
    _redirect_output()
    shell.take_over(student_shell)
    serve.interruptible()
    serve.serve(student_shell, connection)
    os._exit(0)  # a thread of the student's would keep it alive


if __name__ == "__main__":
    main()
