"""Which system calls a student's process may make: those that are named here, with the arguments that are
named here, and no others.

What is missing is missing on purpose: among others mounts, namespaces, tracing, sockets but for pairs, keys,
io_uring and asynchronous input, message queues, shared memory, quotas, watching folders (inotify and fanotify
tell the names of new files in closed ones), and whatever changes the mode, owner, times or attributes of a
file: Landlock does not govern these, and the grader's files may belong to the same user.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

EPERM, ENOTTY, ENOSYS, EAFNOSUPPORT = 1, 25, 38, 97

FILES = (
    "access", "chdir", "close", "close_range", "copy_file_range", "creat", "dup", "dup2", "dup3",
    "faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir", "fdatasync", "fgetxattr", "flistxattr",
    "flock", "fstat", "fstatfs", "fsync", "ftruncate", "getcwd", "getdents", "getdents64", "getxattr",
    "lgetxattr", "link", "linkat", "listxattr", "llistxattr", "lseek", "lstat", "mkdir", "mkdirat", "mknod",
    "mknodat", "newfstatat", "open", "openat", "pread64", "preadv", "preadv2", "pwrite64", "pwritev",
    "pwritev2", "read", "readahead", "readlink", "readlinkat", "readv", "rename", "renameat", "renameat2",
    "rmdir", "sendfile", "splice", "stat", "statfs", "statx", "symlink", "symlinkat", "tee", "truncate",
    "umask", "unlink", "unlinkat", "write", "writev",
)  # fmt: skip
WAITING = (
    "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd",
    "eventfd2", "pipe", "pipe2", "poll", "ppoll", "pselect6", "select",
)  # fmt: skip
PAIRS = (  # of a socketpair, and the connection to the grader
    "getpeername", "getsockname", "getsockopt", "recvfrom", "recvmsg", "sendmsg", "sendto", "shutdown",
)  # fmt: skip
MEMORY = (
    "brk", "madvise", "membarrier", "mincore", "mlock", "mlock2", "mmap", "mprotect", "mremap", "msync",
    "munlock", "munmap",
)  # fmt: skip
PROCESSES = (
    "arch_prctl", "capget", "execve", "execveat", "exit", "exit_group", "fork", "futex", "futex_waitv",
    "getcpu", "getegid", "geteuid", "getgid", "getgroups", "getpgid", "getpgrp", "getpid", "getppid",
    "getpriority", "getresgid", "getresuid", "getrlimit", "getrusage", "getsid", "gettid", "getuid",
    "pidfd_open", "rseq", "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity",
    "sched_getattr", "sched_getparam", "sched_getscheduler", "sched_rr_get_interval", "sched_yield",
    "set_robust_list", "set_tid_address", "setpgid", "setrlimit", "setsid", "sysinfo", "times", "uname",
    "vfork", "wait4", "waitid",
)  # fmt: skip
TIME = (
    "alarm", "clock_getres", "clock_gettime", "clock_nanosleep", "getitimer", "gettimeofday", "nanosleep",
    "setitimer", "time", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime", "timer_settime",
    "timerfd_create", "timerfd_gettime", "timerfd_settime",
)  # fmt: skip
OWN_SIGNALS = (
    "pause", "restart_syscall", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn",
    "rt_sigsuspend", "rt_sigtimedwait", "sigaltstack", "signalfd", "signalfd4",
)  # fmt: skip
RANDOM = ("getrandom",)
SIGNALS = ("kill", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "tgkill", "tkill")


# Arguments


@dataclass(frozen=True)
class Argument:
    """The values that an argument may have, of the bits in `mask`. All of these arguments are of 32 bits,
    of which the kernel looks at no more than that."""

    position: int
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF
    error: int = EPERM


NEW_NAMESPACES, SIBLING = 0x7E020000, 0x8000  # flags of clone
SELF = (0,)
UNIX, STREAM, PACKETS, KIND = 1, 1, 5, 0xF
# Not F_SETOWN and F_SETSIG (signals to others), F_NOTIFY (names of new files), F_SETLEASE (others wait).
DUPLICATE, FLAGS, LOCKS, PIPE_SIZE, SEALS = (
    (0, 1030),
    (1, 2, 3, 4),
    (5, 6, 7, 36, 37, 38),
    (1031, 1032),
    (1034,),
)
# isatty, the size of the window, close-on-exec, non-blocking, how much can be read, a copy by reference.
REQUESTS = (0x5401, 0x5413, 0x5450, 0x5451, 0x5421, 0x541B, 0x40049409)
NAMES, NAME_OF_MEMORY = (15, 16), 0x53564D41  # prctl
READ_ONLY, WRITE_ONLY, READ_AND_WRITE, NEITHER, CUT, HOW = 0, 1, 2, 3, 0x200, 0x203  # open

ARGUMENTS: Mapping[str, tuple[Argument, ...]] = {
    "clone": (Argument(0, (0,), NEW_NAMESPACES | SIBLING),),
    "fcntl": (Argument(1, (*DUPLICATE, *FLAGS, *LOCKS, *PIPE_SIZE, *SEALS)),),
    "ioctl": (Argument(1, REQUESTS, error=ENOTTY),),
    "prctl": (Argument(0, (*NAMES, NAME_OF_MEMORY)),),
    "prlimit64": (Argument(0, SELF),),
    "sched_setaffinity": (Argument(0, SELF),),
    "sched_setattr": (Argument(0, SELF),),
    "sched_setparam": (Argument(0, SELF),),
    "sched_setscheduler": (Argument(0, SELF),),
    "setpriority": (Argument(0, SELF), Argument(1, SELF)),  # a process, not a group or a user
    # No datagrams: these can be sent to the name of any socket of the machine.
    "socketpair": (Argument(0, (UNIX,), error=EAFNOSUPPORT), Argument(1, (STREAM, PACKETS), KIND)),
}
# A file that is opened for reading is cut off all the same; Landlock looks at it since its third version.
OPENED_AS_IT_SAYS = (READ_ONLY, WRITE_ONLY, READ_AND_WRITE, NEITHER, CUT | WRITE_ONLY, CUT | READ_AND_WRITE)
OPEN = {
    "open": (Argument(1, OPENED_AS_IT_SAYS, HOW),),
    "openat": (Argument(2, OPENED_AS_IT_SAYS, HOW),),
}
SEES_CUTS = 3


# The policy


@dataclass(frozen=True)
class Policy:
    """The calls that are allowed, the arguments on which some of them depend, and what is answered to calls
    that are refused by another word than EPERM."""

    allowed: frozenset[str]
    arguments: Mapping[str, tuple[Argument, ...]]
    refused: Mapping[str, int]


# What clone3 and openat2 are asked for lies behind a pointer. Callers fall back to the older call.
REFUSED = {"clone3": ENOSYS, "openat2": ENOSYS, "socket": EAFNOSUPPORT}
EVERYWHERE = frozenset(
    (*FILES, *WAITING, *PAIRS, *MEMORY, *PROCESSES, *TIME, *OWN_SIGNALS, *RANDOM),
)


def policy(landlock: int, signals_to: int | None = None) -> Policy:
    """Return the policy beside this version of Landlock. Signals may go to every process that is seen or,
    if `signals_to` is a process, to that one only."""
    if signals_to is None:
        made = Policy(EVERYWHERE | set(SIGNALS), ARGUMENTS, REFUSED)
    else:
        only = (Argument(0, (signals_to,)),)
        made = Policy(EVERYWHERE, {**ARGUMENTS, "kill": only, "tgkill": only}, REFUSED)
    if landlock >= SEES_CUTS:
        return made
    return replace(made, allowed=made.allowed - {"truncate", *OPEN}, arguments={**made.arguments, **OPEN})
