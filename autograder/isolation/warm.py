"""The warm process: Python with all that notebooks use, started once, forked for each student.

It is executed fresh, never forked from the grader, so that neither the reference nor the gradebook
has ever been in its memory. Started as `python -I -m autograder.isolation.warm DESCRIPTOR CONFIG`;
it serves requests over that socket and ends when the grader does.
"""

import contextlib
import gc
import json
import os
import random
import select
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from . import confine, linux, shell
from .confine import PARTS, Limits, Plan

LOG = os.dup(2)  # the grader's error output, until student code runs

# Cells that are run once, so that every student's process inherits the caches that they fill.
REHEARSAL = (
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


# The student's process, before any student code


def _log_error() -> None:
    """Write the exception that is being handled to the grader's error output, while it is ours."""
    with contextlib.suppress(OSError):
        os.write(LOG, traceback.format_exc().encode())


def _keep_only(descriptor: int) -> None:
    """Close every file but the connection and our log; standard input is empty, output a file in
    memory."""
    null, output = os.open(os.devnull, os.O_RDWR), os.memfd_create("output")
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for entry in list(Path("/proc/self/fd").iterdir()):
        number = int(entry.name)
        if number > 2 and number not in (descriptor, LOG):
            try:
                os.close(number)
            except OSError:
                continue  # the folder's own, closed already
    os.set_inheritable(descriptor, False)


def _copy_material(folder: str, scratch: str) -> None:
    """Copy the files that lie beside the notebook: no links, which may lead anywhere, no notebooks,
    in which hidden tests may stand, and no more than there is room for."""

    def left_out(parent: str, names: list[str]) -> set[str]:
        return {name for name in names if Path(parent, name).is_symlink() or name.endswith(".ipynb")}

    try:
        shutil.copytree(folder, scratch, ignore=left_out, dirs_exist_ok=True)
    except (shutil.Error, OSError):
        _log_error()


def _fresh_state(folder: str) -> None:
    """What must not be the same for every student: environment, random numbers, folders, signals."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    own = {"HOME": folder, "TMPDIR": folder, "USER": "student", "MPLCONFIGDIR": folder}
    quick = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "NBGRADER_EXECUTION": "autograde"}
    os.environ.clear()
    os.environ.update({**kept, **own, **quick, "MPLBACKEND": "module://matplotlib_inline.backend_inline"})
    np.random.seed()
    random.seed()
    tempfile.tempdir = None
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    sys.path.insert(0, "")


def become_student(student_shell: shell.Shell, connection: int, plan: Plan, material: str) -> None:
    """From a fork of the warm process to a student's process that serves requests."""
    os.setsid()
    _keep_only(connection)
    os.chdir("/")
    if "scratch" in plan.parts:
        confine.PARTS["scratch"][0](plan)
    _copy_material(material, plan.scratch)
    rest = frozenset(plan.parts - {"scratch"})
    if plan.user is not None:
        for path in Path(plan.scratch).rglob("*"):
            os.chown(path, plan.user, plan.user)
    os.chdir(plan.scratch)
    _fresh_state(plan.scratch)
    confine.confine(Plan(plan.scratch, plan.limits, plan.read, plan.listed, rest, plan.user))
    shell.take_over(student_shell)
    shell.interruptible()
    os.close(LOG)
    shell.serve(student_shell, socket.socket(fileno=connection))


# Forking


def _in_child(work: Callable[[], None]) -> None:
    """Do the work and end; what goes wrong is written to the warm process's error output."""
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        _log_error()
    finally:
        os._exit(code)


def _fork(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        _in_child(work)
    return pid


def _fork_in_namespaces(work: Callable[[], None], plan: Plan) -> tuple[int, int]:
    """Fork a process that is the first of its own namespaces: our child, and its number from here.

    The helper between lives as long as it: if we die, the helper dies, and so does the student's
    process, which asks for that signal when it has become who it is going to be.
    """
    reader, writer = os.pipe()

    def between() -> None:
        linux.prctl(linux.PDEATHSIG, signal.SIGKILL)
        confine.enter_namespaces(plan)
        student = _fork(work)
        os.write(writer, str(student).encode())
        os.close(writer)
        os.waitpid(student, 0)

    helper = _fork(between)
    os.close(writer)
    found = os.read(reader, 64)
    os.close(reader)
    if not found:
        raise OSError("no new namespaces")
    return helper, int(found)


def fork_student(work: Callable[[], None], plan: Plan) -> tuple[int, int]:
    """Fork a student's process: the child of ours that lives as long as it, and its number."""
    if "namespaces" in plan.parts:
        return _fork_in_namespaces(work, plan)
    student = _fork(work)
    return student, student


# What is in force here


def _works(part: str, plan: Plan) -> str:
    """Why a part of the isolation cannot be put in force; "" if it can. Tried in a process."""
    reader, writer = os.pipe()

    def attempt() -> None:
        try:
            if part == "scratch":
                confine.enter_namespaces(plan)
            PARTS[part][0](plan)
        except OSError as error:
            os.write(writer, str(error).encode()[:500] or b"unknown")

    child = _fork(attempt)
    os.close(writer)
    reason = os.read(reader, 512).decode()
    os.close(reader)
    _, status = os.waitpid(child, 0)
    return reason or ("" if status == 0 else "the attempt failed")


def probe(plan: Plan, without: frozenset[str]) -> dict[str, str]:
    """For each part "" if it can be put in force here, or why not."""
    reasons: dict[str, str] = {}
    for part in PARTS:
        if part in without:
            reasons[part] = "switched off"
        elif part == "scratch" and reasons["namespaces"]:
            reasons[part] = "needs namespaces"
        else:
            reasons[part] = _works(part, plan)
    return reasons


# The loop


class Warm:
    """The warm process: its shell, its plan, and the students' processes that live."""

    def __init__(self, connection: socket.socket, config: dict[str, Any]) -> None:
        self.connection = connection
        self.limits = Limits(**config["limits"])
        self.read, self.listed = confine.readable(config["hidden"])
        self.students: set[int] = set()  # our children
        self.next_user = 0
        self.shell = shell.make_shell()
        rehearse(self.shell)
        with tempfile.TemporaryDirectory() as folder:
            everything = self.plan(folder, frozenset(PARTS))
            self.reasons = probe(everything, frozenset(config["without"]))
        self.parts = frozenset(part for part, reason in self.reasons.items() if not reason)
        gc.collect()
        gc.freeze()  # or the first collection in a student's process would copy all of this memory

    def plan(self, scratch: str, parts: frozenset[str]) -> Plan:
        """The plan for the next process; as root every one gets a user of its own."""
        self.next_user = (self.next_user + 1) % len(confine.USERS)
        user = confine.USERS[self.next_user] if os.getuid() == 0 and "user" in parts else None
        return Plan(scratch, self.limits, tuple(self.read), tuple(self.listed), parts, user)

    def start(self, request: dict[str, Any], connection: int) -> dict[str, Any]:
        """Start a student's process for a request; the answer holds its number."""
        plan = self.plan(request["scratch"], self.parts)
        try:
            child, pid = fork_student(
                lambda: become_student(self.shell, connection, plan, request["material"]), plan
            )
        except OSError as error:
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
        """Answer one request; False when the grader is gone."""
        content, descriptors, _, _ = socket.recv_fds(self.connection, 1 << 16, 1)
        if not content:
            return False
        answer = self.start(json.loads(content), descriptors[0])
        for descriptor in descriptors:
            os.close(descriptor)
        self.connection.send(json.dumps(answer).encode())
        return True


def main() -> None:
    """Be the warm process."""
    linux.prctl(linux.PDEATHSIG, signal.SIGKILL)
    linux.prctl(linux.SUBREAPER, 1)
    connection = socket.socket(fileno=int(sys.argv[1]))
    warm = Warm(connection, json.loads(sys.argv[2]))
    connection.send(json.dumps(warm.reasons).encode())
    warm.serve()
    os._exit(0)  # no exit handlers: student processes end with us


if __name__ == "__main__":
    main()
