"""From a fork of the fork server to a student's process: what happens before any student code."""

import contextlib
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from . import linux, server, shell
from .confinement import ENFORCE, Plan, confine, enter_namespaces
from .public import Modules, names_beside
from .workspace import copy_material, fresh_state

LOG = os.dup(2)  # the grader's error output, until student code runs
FORK_SERVER = os.pidfd_open(os.getpid())  # readable, in every fork, when it has ended


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
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - half the time of Path
        number = int(name)
        if number > 2 and number not in (descriptor, LOG, FORK_SERVER):
            try:
                os.close(number)
            except OSError:
                continue  # the folder's own, closed already
    os.set_inheritable(descriptor, False)


def _fill_workspace(plan: Plan, material: Sequence[str], modules: Modules) -> None:
    """Copy the files that lie beside the notebook; they are the student's own copies."""
    for words in copy_material(material, plan.workspace, names_beside(modules)):
        os.write(LOG, f"{words}\n".encode())
    if material and plan.user is not None:
        for path in Path(plan.workspace).rglob("*"):
            os.chown(path, plan.user, plan.user)


def _end_if_orphaned() -> None:
    """End if the fork server has ended already: the signal at its death comes only to who asked before."""
    if select.select([FORK_SERVER], [], [], 0)[0]:
        os._exit(1)


def become_student(
    student_shell: shell.Shell, connection: int, plan: Plan, material: Sequence[str], modules: Modules
) -> None:
    """Go from a fork of the fork server to a student's process that serves requests. `modules` are
    those of the exercise's public half."""
    os.setsid()
    _keep_only(connection)
    os.chdir("/")
    if "workspace" in plan.parts:
        ENFORCE["workspace"](plan)
    _fill_workspace(plan, material, modules)
    os.chdir(plan.workspace)
    signal.set_wakeup_fd(-1)
    fresh_state(plan.workspace)
    sys.modules.update(modules)
    confine(replace(plan, parts=plan.parts - {"workspace"}))
    shell.take_over(student_shell)
    server.interruptible()
    _end_if_orphaned()
    for descriptor in (LOG, FORK_SERVER):
        os.close(descriptor)
    server.serve(student_shell, socket.socket(fileno=connection))


# Forking


def in_child(work: Callable[[], None]) -> None:
    """Do the work and end; what goes wrong is written to the fork server's error output."""
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        _log_error()
    finally:
        os._exit(code)


def fork(work: Callable[[], None]) -> int:
    """Do the work in a child; return its number."""
    pid = os.fork()
    if pid == 0:
        in_child(work)
    return pid


def _fork_as_root(work: Callable[[], None]) -> int:
    """Fork a process that is the first of its own namespaces, but for the network, which ends here.
    Root may take a new namespace of processes for its next child, and return to its own."""

    def apart() -> None:
        linux.unshare(linux.NEWNS | linux.NEWIPC)
        work()

    ours = os.open("/proc/self/ns/pid", os.O_RDONLY)
    try:
        linux.unshare(linux.NEWPID)
        try:
            return fork(apart)
        finally:
            linux.setns(ours, linux.NEWPID)
    finally:
        os.close(ours)


def _fork_in_namespaces(work: Callable[[], None], plan: Plan) -> tuple[int, int]:
    """Do the same for an ordinary user; return our child, and the number of the process from here.

    The helper between lives as long as it: if we die, the helper dies, and so does the student's
    process, which asks for that signal when it has become who it is going to be.
    """
    reader, writer = os.pipe()

    def between() -> None:
        linux.prctl(linux.PDEATHSIG, signal.SIGKILL)
        _end_if_orphaned()
        enter_namespaces(plan)
        student = fork(work)
        os.write(writer, str(student).encode())
        os.close(writer)
        os.waitpid(student, 0)

    helper = fork(between)
    os.close(writer)
    found = os.read(reader, 64)
    os.close(reader)
    if not found:
        raise OSError("no new namespaces")
    return helper, int(found)


def fork_student(work: Callable[[], None], plan: Plan) -> tuple[int, int]:
    """Fork a student's process; return the child of ours that lives as long as it, and its number."""
    if "namespaces" in plan.parts and os.getuid():
        return _fork_in_namespaces(work, plan)
    student = _fork_as_root(work) if "namespaces" in plan.parts else fork(work)
    return student, student
