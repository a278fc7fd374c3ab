"""Control groups, version 2: one for each student, which counts and ends all of a student's processes.

Where the system hands a group over to the grader (systemd calls it delegated), memory, processes and
processor time are limited for all of them together; the limits of getrlimit(2) count each process by itself.
See cgroups(7) and the kernel's Documentation/admin-guide/cgroup-v2.rst.
"""

import contextlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from ..limits import Limits

WANTED = ("memory", "pids")
MOUNT = re.compile(r" (/\S*) (/\S+) .* - cgroup2 ")
PREFIX, LEAF = "autograder-", "autograder.grader"
DELEGATED = ("user.delegate", "trusted.delegate")  # attributes that systemd gives what it hands over

NONE = "there is no cgroup v2"
NOT_OURS = "the group {folder} is not handed over (systemd-run --scope -p Delegate=yes does)"
NO_KILL = "the kernel ends no groups (Linux 5.14 or later does)"
LACKING = "{names} cannot be limited together here: only ended and timed together"


def _own_folder() -> Path | None:
    """Return the folder of the group that this process is in."""
    found = MOUNT.search(Path("/proc/self/mountinfo").read_text())
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    own = next((line[3:] for line in lines if line.startswith("0::")), None)
    if found is None or own is None:
        return None
    root, mounted = found.groups()
    folder = Path(mounted, os.path.relpath(own, root))
    return folder.parent if folder.name == LEAF else folder


def _is_ours(folder: Path) -> bool:
    """Return whether a group is handed over to us: by systemd, or as the root of all that is seen here."""
    if not (folder / "cgroup.kill").exists():  # the root of all has none
        return True
    for name in DELEGATED:
        with contextlib.suppress(OSError):
            if os.getxattr(folder, name) == b"1":
                return True
    return False


def _hand_on(folder: Path) -> list[str]:
    """Have the groups within a folder count what it can count itself; return what they do."""
    there, control = (folder / "cgroup.controllers").read_text().split(), folder / "cgroup.subtree_control"
    for name in (name for name in WANTED if name in there):
        with contextlib.suppress(OSError):
            control.write_text(f"+{name}")
    return [name for name in control.read_text().split() if name in WANTED]


def _move_down(folder: Path) -> None:
    """Move the processes of a group into one below it: a group with processes of its own hands nothing on."""
    leaf = folder / LEAF
    leaf.mkdir(exist_ok=True)
    for number in (folder / "cgroup.procs").read_text().split():
        with contextlib.suppress(OSError):  # it ended meanwhile
            (leaf / "cgroup.procs").write_text(number)


def _remove_stale(own: Path) -> None:
    """Remove the groups of fork servers that were killed. A group that is in use cannot be removed."""
    for folder in own.glob(f"{PREFIX}[0-9]*"):
        if not Path("/proc", folder.name.removeprefix(PREFIX)).exists():
            for path in (*(path for path in folder.iterdir() if path.is_dir()), folder):
                with contextlib.suppress(OSError):
                    path.rmdir()


@dataclass(frozen=True)
class Group:
    """The group of one student's processes, and the seconds of processor time that they have."""

    folder: Path
    seconds: int

    def enter(self) -> None:
        """Have this process, and all that it will start, counted there."""
        (self.folder / "cgroup.procs").write_text("0")

    def is_late(self) -> bool:
        """Return whether all of its processes together took more processor time than they have."""
        first, _ = (self.folder / "cpu.stat").read_text().split("\n", 1)
        return int(first.removeprefix("usage_usec ")) > self.seconds * 1_000_000

    def end(self) -> None:
        """Send SIGKILL to every process in it, and to what these are about to start."""
        (self.folder / "cgroup.kill").write_text("1")


class Groups:
    """The groups of all students, within one of the fork server's. Raise OSError where there can be none."""

    def __init__(self, own: Path | None = None) -> None:
        own = own or _own_folder()
        if own is None:
            raise OSError(NONE)
        if not _is_ours(own):
            raise OSError(NOT_OURS.format(folder=own))
        if not _hand_on(own) and (own / "cgroup.kill").exists():
            _move_down(own)
            _hand_on(own)
        _remove_stale(own)
        self.folder = own / f"{PREFIX}{os.getpid()}"
        self.folder.mkdir()
        self.controllers = _hand_on(self.folder)
        self._made, self._left = 0, list[Group]()
        if not (self.folder / "cgroup.kill").exists():
            self.close()
            raise OSError(NO_KILL)

    @property
    def lacking(self) -> str:
        """Return what is not limited for all of a student's processes together, "" if all is."""
        names = [name for name in WANTED if name not in self.controllers]
        return LACKING.format(names=" and ".join(names)) if names else ""

    def make(self, limits: Limits) -> Group:
        """Return a new group with these limits."""
        self._made += 1
        folder = self.folder / str(self._made)
        folder.mkdir()
        if "memory" in self.controllers:
            (folder / "memory.max").write_text(str(limits.memory))
            (folder / "memory.oom.group").write_text("1")
            with contextlib.suppress(OSError):  # not there without swap
                (folder / "memory.swap.max").write_text("0")
        if "pids" in self.controllers:
            (folder / "pids.max").write_text(str(limits.processes))
        return Group(folder, limits.processor_time)

    def leave(self, group: Group) -> None:
        """End what is left in a group; it is removed when that has ended."""
        group.end()
        self._left.append(group)
        self.remove()

    def remove(self) -> None:
        """Remove the groups that were left and have no process any more."""
        for group in list(self._left):
            with contextlib.suppress(OSError):
                group.folder.rmdir()
                self._left.remove(group)

    def close(self) -> None:
        """Remove all; every process has ended."""
        self.remove()
        with contextlib.suppress(OSError):
            self.folder.rmdir()
