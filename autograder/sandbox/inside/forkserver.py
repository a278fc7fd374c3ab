"""The fork server: Python with all that notebooks use, started once, forked for each student.

It is executed fresh, never forked from the grader, so that neither the reference nor the gradebook
has ever been in its memory. Started as `python -I -m autograder.sandbox.inside.forkserver DESCRIPTOR CONFIG`;
it serves requests over that socket and ends when the grader does.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..limits import PARTS, Limits
from . import confinement, fork, linux, shell
from .confinement import ENFORCE, Plan
from .public import ExerciseBroken, Exercises, Modules, load_lab

# Cells that are run once, so that every student's process inherits the caches that they fill.
REHEARSAL = (
    "from backprop_lab import *",  # its pictures too: later, its files may be closed off
    "import numpy as np\nimport matplotlib.pyplot as plt",
    "def f(x):\n    '''doc'''\n    return [y for y in x if y > 1 and not undefined]",
    "f([1, 2])",
    "np.linalg.solve(np.ones((2, 2)), np.ones(2))",
    "assert np.allclose(np.eye(2), 2), 'no'",
    "class A:\n    def __init__(self): self.x = {}['key']\nA()",
    "fig, ax = plt.subplots(); ax.plot(np.arange(9) / 3, label='$x^2$'); ax.set_title('a')\n"
    "ax.legend(); plt.show()",
    "np.random.default_rng(0).normal(size=3)",
)


def rehearse(student_shell: Any) -> None:
    """Run the rehearsal, and forget what it defined."""
    import matplotlib.pyplot as plt

    streams, before = (sys.stdout, sys.stderr), set(student_shell.user_ns)
    shell.take_over(student_shell)
    for source in REHEARSAL:
        student_shell.outputs = shell.Outputs()
        student_shell.run_cell(source, store_history=True)
    plt.close("all")
    sys.stdout, sys.stderr = streams
    for name in set(student_shell.user_ns) - before:
        del student_shell.user_ns[name]
    student_shell.history_manager.reset(new_session=False)
    student_shell.execution_count = 1
    student_shell.displayhook.flush()
    student_shell._last_traceback = None


# What is in force here


def _works(part: str, plan: Plan) -> str:
    """Return why a part of the isolation cannot be put in force, "" if it can; try it in a process."""
    reader, writer = os.pipe()

    def attempt() -> None:
        try:
            if part == "workspace":
                confinement.enter_namespaces(plan)
            ENFORCE[part](plan)
        except OSError as error:
            os.write(writer, str(error).encode()[:500] or b"unknown")

    child = fork.fork(attempt)
    os.close(writer)
    reason = os.read(reader, 512).decode()
    os.close(reader)
    _, status = os.waitpid(child, 0)
    return reason or ("" if status == 0 else "the attempt failed")


def probe(plan: Plan, without: frozenset[str]) -> dict[str, str]:
    """Return for each part "" if it can be put in force here, or why not."""
    reasons: dict[str, str] = {}
    for part in PARTS:
        if part in without:
            reasons[part] = "switched off"
        elif part == "workspace" and reasons["namespaces"]:
            reasons[part] = "needs namespaces"
        else:
            reasons[part] = _works(part, plan)
    return reasons


# The loop


class Server:
    """The fork server: its shell, the exercises that are loaded, and the students' processes that live."""

    def __init__(self, connection: socket.socket, config: dict[str, Any]) -> None:
        self.connection = connection
        self.read, self.listed = confinement.readable(config["hidden"])
        self.capability = confinement.capability_to_read(self.read)
        self.students: set[int] = set()  # our children
        self.next_user = 0
        self.exercises = Exercises()
        self.shell = shell.make_shell()
        rehearse(self.shell)
        load_lab()
        self.reasons = self._probe(frozenset(config["without"]))
        self.parts = frozenset(part for part, reason in self.reasons.items() if not reason)
        if "namespaces" in self.parts and os.getuid() == 0:
            linux.unshare(linux.NEWNET)  # one without a network, for all: the kernel is slow to end many
        _freeze()

    def _probe(self, without: frozenset[str]) -> dict[str, str]:
        with tempfile.TemporaryDirectory() as folder:
            return probe(self.plan(folder, Limits(), frozenset(PARTS)), without)

    def plan(self, workspace: str, limits: Limits, parts: frozenset[str]) -> Plan:
        """Return the plan for the next process; as root every one gets a user of its own."""
        self.next_user = (self.next_user + 1) % len(confinement.USERS)
        user = confinement.USERS[self.next_user] if os.getuid() == 0 and "user" in parts else None
        capability = self.capability if "files" in parts else None  # without, it would open everything
        return Plan(workspace, limits, tuple(self.read), tuple(self.listed), parts, user, capability)

    def public_half(self, folder: str | None) -> Modules:
        """Return the modules of an exercise's public half; raise ExerciseBroken."""
        modules, new = self.exercises.modules(folder)
        if new:
            _freeze()
        return modules

    def start(self, request: dict[str, Any], connection: int) -> dict[str, Any]:
        """Start a student's process for a request; the answer holds its number."""
        try:
            modules = self.public_half(request["public"])
            plan = self.plan(request["workspace"], Limits(**request["limits"]), self.parts)
            material = request["material"]
            child, pid = fork.fork_student(
                lambda: fork.become_student(self.shell, connection, plan, material, modules), plan
            )
        except (OSError, ExerciseBroken) as error:
            return {"failed": str(error)}
        self.students.add(child)
        return {"pid": pid}

    def bury(self) -> None:
        """Wait for what has ended; when no student is left, end what they left behind."""
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                break
            self.students.discard(pid)
        self.reap_strays()

    def reap_strays(self) -> None:
        """End what came to us, the subreaper, from a student's process: it has no parent any more."""
        me = os.getpid()
        children = Path(f"/proc/{me}/task/{me}/children").read_text().split()
        for pid in {int(c) for c in children} - self.students:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def serve(self) -> None:
        """Fork and bury until the grader closes its end."""
        bell, rope = os.pipe()
        for end in (bell, rope):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *a: None)
        signal.set_wakeup_fd(rope)
        while True:
            ready, _, _ = select.select([self.connection.fileno(), bell], [], [])
            if bell in ready:
                os.read(bell, 4096)
                self.bury()
            if self.connection.fileno() in ready and not self.answer():
                return

    def answer(self) -> bool:
        """Answer one request; return False when the grader is gone."""
        try:
            content, descriptors, _, _ = socket.recv_fds(self.connection, 1 << 16, 1)
        except ConnectionError:
            return False
        if not content:
            return False
        answer = self.start(json.loads(content), descriptors[0])
        for descriptor in descriptors:
            os.close(descriptor)
        self.connection.send(json.dumps(answer).encode())
        return True


def _freeze() -> None:
    """Have the collector leave alone what is there: the first collection in a student's process would
    copy all of this memory."""
    gc.collect()
    gc.freeze()


def main() -> None:
    """Be the fork server."""
    linux.prctl(linux.PDEATHSIG, signal.SIGKILL)
    linux.prctl(linux.SUBREAPER, 1)
    connection = socket.socket(fileno=int(sys.argv[1]))
    server = Server(connection, json.loads(sys.argv[2]))
    with contextlib.suppress(ConnectionError):  # the grader may have gone meanwhile, which is no error
        connection.send(json.dumps(server.reasons).encode())
        server.serve()
    os._exit(0)  # no exit handlers: student processes end with us


if __name__ == "__main__":
    main()
