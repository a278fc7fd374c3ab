"""The Linux system calls that Python does not offer, by ctypes: each does one thing or raises OSError.

Sources: the manual pages landlock(7), namespaces(7), capabilities(7), prctl(2).
"""

import ctypes
import os
import select
import stat
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

libc: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None

NEWNS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
PDEATHSIG, KEEPCAPS, SUBREAPER, NO_NEW_PRIVS = 1, 8, 36, 38
NOSUID_NODEV, RECURSIVELY_PRIVATE = 2 | 4, 0x44000


def check(result: int, what: str) -> int:
    """Return the result of a system call; raise OSError, with `what` failed, if it is an error."""
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def prctl(option: int, value: int = 0) -> None:
    """Call prctl(option, value, 0, 0, 0)."""
    arguments = [ctypes.c_ulong(v) for v in (value, 0, 0, 0)]
    check(libc.prctl(option, *arguments), f"prctl {option}")


def end_if_gone(pidfd: int) -> None:
    """End this process if that one has ended: the signal at a parent's death comes only to who asked
    before."""
    if select.select([pidfd], [], [], 0)[0]:
        os._exit(1)


def unshare(flags: int) -> None:
    """Give this process new namespaces; the one of processes is for its children."""
    check(libc.unshare(ctypes.c_int(flags)), "unshare")


def setns(descriptor: int, kind: int) -> None:
    """Enter the namespace of that kind that a file of /proc/…/ns stands for."""
    check(libc.setns(descriptor, kind), "setns")


def map_user(uid: int, gid: int) -> None:
    """Be the user that one was, in a new user namespace."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        Path("/proc/self", name).write_text(text)


def mount_workspace(folder: str, size: int, uid: int, gid: int) -> None:
    """Mount a file system in memory of `size` bytes over the folder, in this mount namespace only."""
    none = ctypes.c_char_p(b"none")
    private = libc.mount(none, b"/", None, ctypes.c_ulong(RECURSIVELY_PRIVATE), None)
    check(private, "mount / private")
    options = f"size={size},mode=700,uid={uid},gid={gid}".encode()
    flags = ctypes.c_ulong(NOSUID_NODEV)
    check(libc.mount(b"tmpfs", folder.encode(), b"tmpfs", flags, options), "mount tmpfs")


def keep_only_capability(number: int | None) -> None:
    """Drop every capability but this one."""
    mask = 1 << number if number is not None else 0
    header = struct.pack("=Ii", 0x20080522, 0)
    data = struct.pack("=6I", mask, mask, 0, 0, 0, 0)
    check(libc.capset(ctypes.create_string_buffer(header), ctypes.create_string_buffer(data)), "capset")


# Landlock: the same numbers on every architecture

RIGHTS = (
    "execute", "write_file", "read_file", "read_dir", "remove_dir", "remove_file", "make_char",
    "make_dir", "make_reg", "make_sock", "make_fifo", "make_block", "make_sym", "refer", "truncate",
    "ioctl_dev",
)  # fmt: skip
BIT = {name: 1 << position for position, name in enumerate(RIGHTS)}
READ_FILE = BIT["read_file"] | BIT["execute"]
READ_TREE = READ_FILE | BIT["read_dir"]
ON_FILES = READ_FILE | BIT["write_file"] | BIT["truncate"] | BIT["ioctl_dev"]


def landlock_version() -> int:
    """Return which version of Landlock the kernel offers; 0 if none."""
    return max(0, int(libc.syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint32(1))))


def _handled(version: int) -> int:
    """Return all rights that this version knows: what is not allowed below is refused."""
    return (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no rule
    try:
        access &= access if stat.S_ISDIR(os.fstat(handle).st_mode) else ON_FILES
        rule = ctypes.create_string_buffer(struct.pack("=Qi", access, handle), 12)
        check(libc.syscall(445, ruleset, 1, rule, ctypes.c_uint32(0)), f"landlock rule for {path}")
    finally:
        os.close(handle)


def landlock(version: int, read: Iterable[str], listed: Iterable[str], write: Iterable[str]) -> None:
    """Allow reading below `read`, listing the folders `listed`, everything below `write`; nothing
    else of the file system, no TCP, and no signals or abstract sockets to processes outside, as far as
    this version of Landlock knows them."""
    handled = _handled(version)
    attributes = struct.pack("=QQQ", handled, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    buffer = ctypes.create_string_buffer(attributes[:size], size)
    ruleset = check(libc.syscall(444, buffer, ctypes.c_size_t(size), ctypes.c_uint32(0)), "landlock")
    for paths, access in ((read, READ_TREE), (listed, BIT["read_dir"]), (write, handled)):
        for path in paths:
            _allow(ruleset, path, access & handled)
    prctl(NO_NEW_PRIVS, 1)
    check(libc.syscall(446, ruleset, ctypes.c_uint32(0)), "landlock_restrict_self")
    os.close(ruleset)
