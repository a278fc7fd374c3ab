"""The Linux system calls that Python does not offer, by ctypes: each does one thing or raises OSError.

Sources: the manual pages landlock(7), seccomp(2), namespaces(7), capabilities(7), prctl(2).
"""

import ctypes
import os
import platform
import stat
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

libc: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None

NEWNS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
PDEATHSIG, KEEPCAPS, SUBREAPER, NO_NEW_PRIVS = 1, 8, 36, 38
NOSUID_NODEV, RECURSIVELY_PRIVATE = 2 | 4, 0x44000


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def prctl(option: int, value: int = 0) -> None:
    """prctl(option, value, 0, 0, 0)."""
    arguments = [ctypes.c_ulong(v) for v in (value, 0, 0, 0)]
    _check(libc.prctl(option, *arguments), f"prctl {option}")


def unshare(flags: int) -> None:
    """New namespaces for this process; the one of processes is for its children."""
    _check(libc.unshare(ctypes.c_int(flags)), "unshare")


def setns(descriptor: int, kind: int) -> None:
    """Enter the namespace of that kind that a file of /proc/…/ns stands for."""
    _check(libc.setns(descriptor, kind), "setns")


def map_user(uid: int, gid: int) -> None:
    """In a new user namespace, be the user that one was."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        Path("/proc/self", name).write_text(text)


def mount_scratch(folder: str, size: int, uid: int, gid: int) -> None:
    """A file system in memory of `size` bytes over the folder, in this mount namespace only."""
    none = ctypes.c_char_p(b"none")
    private = libc.mount(none, b"/", None, ctypes.c_ulong(RECURSIVELY_PRIVATE), None)
    _check(private, "mount / private")
    options = f"size={size},mode=700,uid={uid},gid={gid}".encode()
    flags = ctypes.c_ulong(NOSUID_NODEV)
    _check(libc.mount(b"tmpfs", folder.encode(), b"tmpfs", flags, options), "mount tmpfs")


def keep_only_capability(number: int | None) -> None:
    """Drop every capability but this one."""
    mask = 1 << number if number is not None else 0
    header = struct.pack("=Ii", 0x20080522, 0)
    data = struct.pack("=6I", mask, mask, 0, 0, 0, 0)
    _check(libc.capset(ctypes.create_string_buffer(header), ctypes.create_string_buffer(data)), "capset")


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
    """Which version of Landlock the kernel offers; 0 if none."""
    return max(0, int(libc.syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint32(1))))


def _handled(version: int) -> int:
    """All rights that this version knows: what is not allowed below is refused."""
    return (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no rule
    try:
        access &= access if stat.S_ISDIR(os.fstat(handle).st_mode) else ON_FILES
        rule = ctypes.create_string_buffer(struct.pack("=Qi", access, handle), 12)
        _check(libc.syscall(445, ruleset, 1, rule, ctypes.c_uint32(0)), f"landlock rule for {path}")
    finally:
        os.close(handle)


def landlock(read: Iterable[str], listed: Iterable[str], write: Iterable[str]) -> None:
    """Allow reading below `read`, listing the folders `listed`, everything below `write`; nothing
    else of the file system, no TCP, and no signals or abstract sockets to processes outside."""
    version = landlock_version()
    handled = _handled(version)
    attributes = struct.pack("=QQQ", handled, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    buffer = ctypes.create_string_buffer(attributes[:size], size)
    ruleset = _check(libc.syscall(444, buffer, ctypes.c_size_t(size), ctypes.c_uint32(0)), "landlock")
    for paths, access in ((read, READ_TREE), (listed, BIT["read_dir"]), (write, handled)):
        for path in paths:
            _allow(ruleset, path, access & handled)
    prctl(NO_NEW_PRIVS, 1)
    _check(libc.syscall(446, ruleset, ctypes.c_uint32(0)), "landlock_restrict_self")
    os.close(ruleset)


# seccomp: a classic BPF program over the number and the arguments of a system call

AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CALLS: dict[str, dict[str, int | None]] = {  # None where a machine does without
    name: dict(zip(AUDIT, numbers, strict=True))
    for name, numbers in {
        "add_key": (248, 217), "bpf": (321, 280), "chmod": (90, None), "chown": (92, None),
        "chroot": (161, 51), "clone": (56, 220), "fchmodat": (268, 53), "fchmodat2": (452, 452),
        "fchownat": (260, 54), "futimesat": (261, None), "lchown": (94, None), "lremovexattr": (198, 15),
        "lsetxattr": (189, 6), "removexattr": (197, 14), "removexattrat": (466, 466),
        "setxattr": (188, 5), "setxattrat": (463, 463), "utime": (132, None), "utimensat": (280, 88),
        "utimes": (235, None),
        "clone3": (435, 435), "connect": (42, 203), "finit_module": (313, 273),
        "init_module": (175, 105), "io_uring_setup": (425, 425), "kcmp": (312, 272),
        "kexec_load": (246, 104), "keyctl": (250, 219), "kill": (62, 129), "memfd_create": (319, 279),
        "mount": (165, 40), "msgget": (68, 186), "open_by_handle_at": (304, 265),
        "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
        "perf_event_open": (298, 241), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
        "pivot_root": (155, 41), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
        "ptrace": (101, 117), "request_key": (249, 218), "rt_sigqueueinfo": (129, 138),
        "rt_tgsigqueueinfo": (297, 240), "semget": (64, 190), "sendmmsg": (307, 269), "setns": (308, 268),
        "shmget": (29, 194), "socket": (41, 198), "tgkill": (234, 131), "tkill": (200, 130),
        "umount2": (166, 39), "unshare": (272, 97), "userfaultfd": (323, 282),
    }.items()
}  # fmt: skip
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x50000
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ANY_NAMESPACE = 0x7E020000


def _step(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, operand)


def _refuse(number: int, error: int) -> bytes:
    return _step(EQUAL, number, 0, 1) + _step(RETURN, REFUSE | error)


def _refuse_by_argument(number: int, test: bytes, error: int) -> bytes:
    """Refuse the call if `test`, a step with one jump over the refusal, is true of its argument."""
    body = _step(LOAD, FIRST_ARGUMENT) + test + _step(RETURN, REFUSE | error) + _step(RETURN, ALLOW)
    return _step(EQUAL, number, 0, 4) + body


def seccomp_offered() -> bool:
    """Whether system calls can be filtered on this kind of machine."""
    return platform.machine() in AUDIT


def filter_program(refused: Iterable[str], signals_to: int | None = None) -> bytes:
    """The filter that refuses these system calls, sockets, new namespaces and, if `signals_to` is a
    process, signals to any other."""
    machine = platform.machine()
    offered = {name: numbers[machine] for name, numbers in CALLS.items()}
    call = {name: number for name, number in offered.items() if number is not None}
    steps = [_step(LOAD, ARCHITECTURE), _step(EQUAL, AUDIT[machine], 1, 0), _step(RETURN, KILL)]
    steps += [_step(LOAD, NUMBER)]
    if machine == "x86_64":  # the x32 numbers of the same calls
        steps += [_step(AT_LEAST, 0x40000000, 0, 1), _step(RETURN, REFUSE | EPERM)]
    steps += [_refuse(call["clone3"], ENOSYS)]  # its flags lie behind a pointer; glibc falls back to clone
    steps += [_refuse(call["socket"], EAFNOSUPPORT)]
    steps += [_refuse(call[name], EPERM) for name in refused if name in call]
    steps += [_refuse_by_argument(call["clone"], _step(ANY_BIT, ANY_NAMESPACE, 0, 1), EPERM)]
    if signals_to is not None:
        for name in ("kill", "tgkill"):
            steps += [_refuse_by_argument(call[name], _step(EQUAL, signals_to, 1, 0), EPERM)]
    return b"".join([*steps, _step(RETURN, ALLOW)])


class _Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_void_p)]


def seccomp(program: bytes) -> None:
    """Put a filter in force."""
    buffer = ctypes.create_string_buffer(program, len(program))
    given = _Filter(len(program) // 8, ctypes.addressof(buffer))
    prctl(NO_NEW_PRIVS, 1)
    number = {"x86_64": 317, "aarch64": 277}[platform.machine()]
    every_thread = 1
    _check(libc.syscall(number, 1, every_thread, ctypes.byref(given)), "seccomp")
