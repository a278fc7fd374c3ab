"""What the student's process may do, and which part of the system sees to it.

`confine` is called in the forked process before any student code. Reading is allowed in Python and
its packages, less the autograder; everything in the workspace; nothing else.
"""

import os
import resource  # at once: whoever left root may not be able to read it any more
import signal
import sys
import sysconfig
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ..limits import Limits, rlimits
from . import linux, seccomp
from .policy import policy

LANDLOCK = linux.landlock_version()
FILTER = seccomp.program(policy(LANDLOCK)) if seccomp.offered() else b""
READ_SEARCH = 2  # the capability that lets root's own Python be read after leaving root
USERS = range(62_000, 64_000)  # of nobody in particular, above accounts and below dynamic ones

SYSTEM = (
    "/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/bin", "/usr/sbin", "/bin", "/sbin", "/lib", "/lib64",
    "/usr/share/zoneinfo", "/usr/share/fonts", "/usr/share/fontconfig", "/usr/share/locale",
    "/usr/share/misc", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/localtime", "/etc/fonts",
    "/etc/mime.types", "/etc/alternatives", "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random",
    "/sys/devices/system/cpu",
)  # fmt: skip
PACKAGES = ("numpy", "matplotlib", "IPython")


# Which files


def _python_folders() -> set[str]:
    """Return where Python, its library and the packages that notebooks use lie; not the whole of sys.path,
    which may hold the autograder's own checkout."""
    base, prefix = Path(sys.base_prefix), Path(sys.prefix)
    folders = {base / "lib", base / "bin", prefix / "lib", prefix / "lib64", prefix / "bin"}
    folders |= {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found = [find_spec(package) for package in PACKAGES]
    folders |= {Path(str(spec.origin)).parents[1] for spec in found if spec}
    return {str(f.resolve()) for f in folders} | {str(prefix / "pyvenv.cfg")}


def _spread(folder: str, hidden: set[str], read: set[str], listed: set[str]) -> None:
    """Allow a folder, but for what is hidden in it: then each of its entries but that one."""
    if folder in hidden:
        return
    if not any(h.startswith(folder + os.sep) for h in hidden):
        read.add(folder)
        return
    listed.add(folder)
    for entry in os.scandir(folder):
        _spread(entry.path, hidden, read, listed)


def readable(hidden: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the folders that may be read, and those that may only be listed because they hold one of
    `hidden`."""
    read: set[str] = set()
    listed: set[str] = set()
    for folder in [*_python_folders(), *SYSTEM]:
        _spread(folder, {os.path.realpath(h) for h in hidden}, read, listed)
    return sorted(read), sorted(listed)


def capability_to_read(paths: Iterable[str]) -> int | None:
    """Return the capability that a user who owns nothing needs to reach these folders; None if none."""
    folders = {parent for path in paths for parent in (Path(path), *Path(path).parents)}
    open_to_all = all(f.stat().st_mode & 0o005 == 0o005 for f in folders if f.is_dir())
    return None if open_to_all else READ_SEARCH


# The parts, in the order in which they are put in force


@dataclass(frozen=True)
class Plan:
    """What is to be put in force for one process."""

    workspace: str
    limits: Limits
    read: tuple[str, ...]
    listed: tuple[str, ...]
    parts: frozenset[str]
    user: int | None  # the user to become, when root is to be left
    capability: int | None = None  # which that user keeps


def _bound_workspace(plan: Plan) -> None:
    user = os.getuid() if plan.user is None else plan.user
    group = os.getgid() if plan.user is None else plan.user
    linux.mount_workspace(plan.workspace, plan.limits.workspace, user, group)


def _leave_root(plan: Plan) -> None:
    if plan.user is None:
        if "namespaces" in plan.parts:  # an ordinary user may do as much as root in a new one of users
            linux.keep_only_capability(None)
        return
    os.chown(plan.workspace, plan.user, plan.user)
    linux.prctl(linux.KEEPCAPS, int(plan.capability is not None))
    os.setgroups([])
    os.setresgid(plan.user, plan.user, plan.user)
    os.setresuid(plan.user, plan.user, plan.user)
    linux.keep_only_capability(plan.capability)


def _processes_of(user: int) -> int:
    """Return how many processes a user has: the limit counts them all."""
    count = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                count += folder.stat().st_uid == user
            except OSError:
                continue  # it ended meanwhile
    return count


def _limit(plan: Plan) -> None:
    values = rlimits(plan.limits)
    if "namespaces" not in plan.parts and plan.user is None:
        values["RLIMIT_NPROC"] += _processes_of(os.getuid())
    for name, value in values.items():
        what = getattr(resource, name)
        hard = resource.getrlimit(what)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))


def _close_files(plan: Plan) -> None:
    if not LANDLOCK:
        raise OSError("the kernel offers no Landlock (Linux 5.13 or later has it)")
    linux.landlock(LANDLOCK, plan.read, plan.listed, [plan.workspace])


def _filter_calls(plan: Plan) -> None:
    if not seccomp.offered():
        raise OSError("system calls are filtered on x86_64 and aarch64 only")
    alone = "namespaces" not in plan.parts
    seccomp.install(seccomp.program(policy(LANDLOCK, os.getpid())) if alone else FILTER)


ENFORCE: dict[str, Callable[[Plan], None]] = {
    "workspace": _bound_workspace,
    "user": _leave_root,
    "files": _close_files,
    "calls": _filter_calls,
    "limits": _limit,
}


def confine(plan: Plan) -> None:
    """Put the parts of the plan in force, for this process and all that it starts, for good.

    The namespaces are entered before (they are for the children of who enters them). Raise
    OSError if a part cannot be put in force.
    """
    for name in ("workspace", "user", "limits", "files", "calls"):
        if name in plan.parts:
            ENFORCE[name](plan)
        if name == "user":  # leaving root forgets it
            linux.prctl(linux.PDEATHSIG, signal.SIGKILL)
