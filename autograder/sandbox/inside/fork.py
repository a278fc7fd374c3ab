"""From a fork of the fork server to a student's process: what happens before any student code."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from . import linux, namespaces, server, shell
from .children import LOG, fork
from .confinement import ENFORCE, Plan, confine
from .public import Modules, names_beside
from .workspace import copy_material, fresh_state


def _keep_only(*descriptors: int) -> None:
    """Close every file but these; standard input is empty, output a file in memory."""
    null, output = os.open(os.devnull, os.O_RDWR), os.memfd_create("output")
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - half the time of Path
        number = int(name)
        if number > 2 and number not in descriptors:
            try:
                os.close(number)
            except OSError:
                continue  # the folder's own, closed already


def _fill_workspace(plan: Plan, material: Sequence[str], modules: Modules) -> None:
    """Copy the files that lie beside the notebook; they are the student's own copies."""
    for words in copy_material(material, plan.workspace, names_beside(modules)):
        os.write(LOG, f"{words}\n".encode())
    if material and plan.user is not None:
        for path in Path(plan.workspace).rglob("*"):
            os.chown(path, plan.user, plan.user)


def become_student(
    student_shell: shell.Shell,
    connection: int,
    plan: Plan,
    material: Sequence[str],
    modules: Modules,
    fork_server: int,
) -> None:
    """Go from a fork of the fork server, which a pidfd stands for, to a student's process that serves
    requests. `modules` are those of the exercise's public half."""
    os.setsid()
    _keep_only(connection, LOG, fork_server)
    os.set_inheritable(connection, False)
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
    linux.end_if_gone(fork_server)
    for descriptor in (LOG, fork_server):
        os.close(descriptor)
    server.serve(student_shell, socket.socket(fileno=connection))


def fork_student(work: Callable[[], None], plan: Plan) -> int:
    """Fork a student's process, the first of its own namespaces where there are some; return its
    number."""
    if "namespaces" not in plan.parts:
        return fork(work)

    def apart() -> None:
        namespaces.enter_students()
        work()

    return namespaces.fork_first(apart)
