"""The students' processes of the fork server: counted, timed, ended and buried."""

import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from . import linux
from .cgroup import Group, Groups

GRACE = 1.5  # seconds for what is left behind to end


def _end(processes: Iterable[int]) -> None:
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class Students:
    """The processes, each with its group, where there are groups. In namespaces of their own the kernel ends
    what they started; if `adopts`, that comes to us in their place."""

    def __init__(self, groups: Groups | None, adopts: bool) -> None:
        self.groups, self._adopts = groups, adopts
        self._processes: dict[int, Group | None] = {}
        if adopts:
            linux.prctl(linux.SUBREAPER, 1)

    def add(self, pid: int, group: Group | None) -> None:
        """Look after a process that was forked."""
        self._processes[pid] = group

    def _children(self) -> Collection[int]:
        """Return the processes, and what we adopted. (/proc has the numbers of another namespace, if there
        is one.)"""
        if not self._adopts:
            return list(self._processes)
        return [int(number) for number in Path("/proc/thread-self/children").read_text().split()]

    def _forget(self, pid: int) -> None:
        group = self._processes.pop(pid, None)
        if self.groups and group:
            self.groups.leave(group)

    def bury(self) -> None:
        """Wait for what has ended, and end what it left behind."""
        with contextlib.suppress(ChildProcessError):
            while pid := os.waitpid(-1, os.WNOHANG)[0]:
                self._forget(pid)
        _end(set(self._children()) - self._processes.keys())

    def end_late(self) -> None:
        """End the groups that took more processor time than they have; remove those without processes."""
        for group in self._processes.values():
            if group and group.is_late():
                group.end()
        if self.groups:
            self.groups.remove()

    def end_all(self) -> None:
        """End every process, and whatever we adopt meanwhile."""
        until = time.monotonic() + GRACE
        with contextlib.suppress(ChildProcessError):
            while time.monotonic() < until:
                _end(self._children())
                self._forget(os.waitpid(-1, 0)[0])
        if self.groups:
            self.groups.close()
