"""Namespaces: one of processes and of networks for the fork server, and within it some for each student.

In the fork server's own it is the first process: it may open further ones and return from them, as root and,
in a user namespace, as an ordinary user as well.
"""

import os
import signal
from collections.abc import Callable

from . import linux
from .children import attempt, fork

OWN = linux.NEWPID | linux.NEWNET  # one network for all students, none: the kernel is slow to end many
STUDENTS = linux.NEWNS | linux.NEWIPC


def _unshare(flags: int) -> None:
    """Enter new namespaces; an ordinary user enters one of users, too, and stays who it was there."""
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(flags if uid == 0 else flags | linux.NEWUSER)
    if uid:
        linux.map_user(uid, gid)


def enter() -> None:
    """Enter the fork server's own: the next child is the first process there. Raise OSError."""
    _unshare(OWN)


def enter_students() -> None:
    """Enter a student's own. Raise OSError."""
    _unshare(STUDENTS)


def fork_first(work: Callable[[], None]) -> int:
    """Do the work in a child that is the first process of a new namespace; return its number."""
    ours = os.open("/proc/self/ns/pid", os.O_RDONLY)
    try:
        linux.unshare(linux.NEWPID)
        try:
            return fork(work)
        finally:
            linux.setns(ours, linux.NEWPID)
    finally:
        os.close(ours)


def _try_within() -> None:
    if os.waitpid(fork_first(enter_students), 0)[1]:
        raise OSError("no namespaces within namespaces")


def _try_all() -> None:
    enter()
    if reason := attempt(_try_within):
        raise OSError(reason)


def missing() -> str:
    """Return why there are no namespaces to be had here, "" if there are."""
    return attempt(_try_all)


def _go_on_in_child() -> None:
    """Go on in a child, which ends with who was there before; that one waits for it."""
    before = os.pidfd_open(os.getpid())
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        os._exit(0 if status == 0 else 1)
    linux.prctl(linux.PDEATHSIG, signal.SIGKILL)
    linux.end_if_gone(before)
    os.close(before)


def become_first() -> None:
    """Go on as the first process of new namespaces. The end of any of those who were there before is its
    end, and so the end of all that was started there, however it hides. Raise OSError."""
    _go_on_in_child()  # new namespaces are for who has a single thread, and libraries may have started some
    enter()
    _go_on_in_child()
