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
from typing import Any

from ..limits import PARTS, Limits
from . import confinement, fork, in_force, linux, shell
from .confinement import Plan
from .public import ExerciseBroken, Exercises, Modules, load_lab
from .rehearsal import DRAWING, rehearse
from .students import Students

APART = 61  # users between what two fork servers on one machine begin with
PLOTS = "matplotlib.pyplot"
OFTEN = 0.5  # seconds between two looks at the processor time that students took


class Server:
    """The fork server: its shell, the exercises that are loaded, and the students' processes that live."""

    def __init__(self, connection: socket.socket, config: dict[str, Any]) -> None:
        """Get all ready that notebooks use, and go on in namespaces of its own, if there are any."""
        self.connection = connection
        self.read, self.listed = confinement.readable(config["hidden"])
        self.capability = confinement.capability_to_read(self.read)
        self.next_user = os.getpid() * APART % len(confinement.USERS)
        self.exercises = Exercises()
        self.shell = shell.make_shell()
        self.draws = False
        rehearse(self.shell)
        load_lab()
        _freeze()
        without = frozenset(config["without"])
        groups, no_groups = in_force.groups(without)
        no_namespaces = in_force.apart(without)
        self.reasons = self._probe(without, no_namespaces) | {"cgroup": no_groups}
        self.parts = frozenset(part for part, reason in self.reasons.items() if not reason)
        self.pidfd = os.pidfd_open(os.getpid())
        self.began = sum(os.times()[:4])  # seconds of processor time
        self.students = Students(groups, adopts=bool(no_namespaces))

    def _probe(self, without: frozenset[str], no_namespaces: str) -> dict[str, str]:
        parts = frozenset(PARTS) - ({"namespaces"} if no_namespaces else set())
        with tempfile.TemporaryDirectory() as folder:
            return in_force.probe(self.plan(folder, Limits(), parts), without, no_namespaces)

    def plan(self, workspace: str, limits: Limits, parts: frozenset[str]) -> Plan:
        """Return the plan for the next process; as root every one gets a user of its own."""
        self.next_user = (self.next_user + 1) % len(confinement.USERS)
        user = confinement.USERS[self.next_user] if os.getuid() == 0 and "user" in parts else None
        capability = self.capability if "files" in parts else None  # without, it would open everything
        return Plan(workspace, limits, tuple(self.read), tuple(self.listed), parts, user, capability)

    def get_ready_to_draw(self) -> None:
        """Load matplotlib, once, for this process and all that are started from now on."""
        if not self.draws:
            self.draws = True
            rehearse(self.shell, DRAWING)
            _freeze()

    def public_half(self, folder: str | None) -> Modules:
        """Return the modules of an exercise's public half; raise ExerciseBroken."""
        modules, new = self.exercises.modules(folder)
        if new:
            _freeze()
        return modules

    def start(self, request: dict[str, Any], connection: int) -> int:
        """Start a student's process for a request; return its pidfd. Raise OSError or ExerciseBroken."""
        modules = self.public_half(request["public"])
        if request["draws"] or PLOTS in sys.modules:  # as of the exercise itself
            self.get_ready_to_draw()
        plan = self.plan(request["workspace"], Limits(**request["limits"]), self.parts)
        material, pidfd = request["material"], self.pidfd
        group = self.students.groups.make(plan.limits) if self.students.groups else None

        def become() -> None:
            if group:
                group.enter()
            fork.become_student(self.shell, connection, plan, material, modules, pidfd)

        student = fork.fork_student(become, plan)
        self.students.add(student, group)
        return os.pidfd_open(student)

    def serve(self) -> None:
        """Fork and bury until the grader closes its end."""
        bell, rope = os.pipe()
        for end in (bell, rope):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *a: None)
        signal.set_wakeup_fd(rope)
        wait = OFTEN if self.students.groups else None
        while True:
            ready, _, _ = select.select([self.connection.fileno(), bell], [], [], wait)
            self.students.end_late()
            if bell in ready:
                os.read(bell, 4096)
                self.students.bury()
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
        failed, started = "", list[int]()
        try:
            started.append(self.start(json.loads(content), descriptors[0]))
        except (OSError, ExerciseBroken) as error:
            failed = str(error)
        answer = {"failed": failed, "processor_time": sum(os.times()[:4]) - self.began}
        socket.send_fds(self.connection, [json.dumps(answer).encode()], started)
        for descriptor in (*descriptors, *started):
            os.close(descriptor)
        return True

    def leave(self) -> None:
        """End, and nothing is left of what was started here."""
        self.students.end_all()
        os._exit(0)  # no exit handlers


def _freeze() -> None:
    """Have the collector leave alone what is there: the first collection in a student's process would
    copy all of this memory."""
    gc.collect()
    gc.freeze()


def main() -> None:
    """Be the fork server."""
    linux.prctl(linux.PDEATHSIG, signal.SIGKILL)
    connection = socket.socket(fileno=int(sys.argv[1]))
    server = Server(connection, json.loads(sys.argv[2]))
    if server.reasons["namespaces"]:  # then nobody else ends what students' processes leave behind
        signal.signal(signal.SIGTERM, lambda *a: server.leave())
        linux.prctl(linux.PDEATHSIG, signal.SIGTERM)
    with contextlib.suppress(ConnectionError):  # the grader may have gone meanwhile, which is no error
        connection.send(json.dumps(server.reasons).encode())
        server.serve()
    server.leave()


if __name__ == "__main__":
    main()
