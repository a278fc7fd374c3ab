"""nbgrader's commands and the sandbox, without the seconds that each of them takes to start.

A process of its own imports nbgrader once, and nothing of ours, and is forked for each command: what the
command sees is what `python -m nbgrader` sees in a new process. A fork server stays from one run to the
next, as it does on a cluster for a whole term.
"""

import atexit
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from nbgrader.dbutil import ALEMBIC_DIR

from autograder.sandbox import open_sandbox
from autograder.sandbox.forkserver import ForkServer
from autograder.sandbox.processes import Sandbox

SERVER = """
import json, os, sys
from nbgrader import api
from nbgrader.apps.nbgraderapp import main
import alembic.config, jsonschema, nbconvert.exporters.html, nbconvert.preprocessors
import sqlalchemy.dialects.sqlite

version = sys.argv[1]
api.get_alembic_version = lambda: version

def run(command):
    os.chdir(command["course"])
    os.environ.clear()
    os.environ.update(command["environment"])
    log = os.open(command["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    sys.stdout, sys.stderr = (os.fdopen(os.dup(d), "w", buffering=1) for d in (1, 2))
    sys.argv = ["nbgrader", *command["arguments"]]
    sys.path.insert(0, command["course"])
    main()

for line in sys.stdin:
    child = os.fork()
    if not child:
        code = 1
        try:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            run(json.loads(line))
            code = 0
        except SystemExit as stopped:
            code = stopped.code if isinstance(stopped.code, int) else int(bool(stopped.code))
        except BaseException:
            import traceback
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@cache
def alembic_version() -> str:
    """The version of a new gradebook's tables, for which nbgrader starts a process each time."""
    return str(ScriptDirectory(ALEMBIC_DIR).get_current_head())


@cache
def _server() -> Any:
    """The process that is forked; one for each process of the tests."""
    command = [sys.executable, "-c", SERVER, alembic_version()]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/")
    atexit.register(server.kill)
    return server


def nbgrader(course: Path, log: Path, *arguments: str) -> int:
    """Run one nbgrader command in the course folder; its exit code."""
    own = Path(sys.executable).parent  # nbgrader calls alembic, which has to be on the PATH
    environment = {**os.environ, "PATH": f"{own}{os.pathsep}{os.environ['PATH']}"}
    command = {"course": str(course), "log": str(log), "arguments": arguments, "environment": environment}
    server = _server()
    server.stdin.write(json.dumps(command) + "\n")
    server.stdin.flush()
    return int(server.stdout.readline())


class _Kept(ForkServer):
    """A fork server that the next run uses, too."""

    def close(self) -> None:
        """Stay: no student's process is left when a run has come to its end."""


@cache
def _kept() -> _Kept:
    made = _Kept()
    atexit.register(ForkServer.close, made)
    return made


def sandbox() -> Sandbox:
    """A sandbox that may be there already, in place of `open_sandbox`."""
    if sys.platform != "linux":
        return open_sandbox()
    if not _kept().alive:
        _kept.cache_clear()
    return _kept()
