"""The policy of the sandbox: the one list of a student's process's limits, of its environment variables, and
of the parts of its isolation. No other module holds a second one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

UNKNOWN = "there is no limit {name!r} of a student's process. There are: {known}."
NOT_WHOLE = "the limit {name!r} of a student's process must be a positive whole number, not {value!r}."


@dataclass(frozen=True)
class Limits:
    """For one student's process: seconds of processor time, bytes of memory (each process), of one
    file and of the workspace, numbers of processes and of open files.

    Raises ValueError for what is no positive whole number.
    """

    processor_time: int = 60
    memory: int = 2 << 30
    file_size: int = 32 << 20
    workspace: int = 64 << 20
    processes: int = 48
    open_files: int = 256

    def __post_init__(self) -> None:
        for name in NAMES:
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(NOT_WHOLE.format(name=name, value=value))

    @classmethod
    def of(cls, settings: Mapping[str, int]) -> "Limits":
        """Return the ordinary limits, but for those that are set; raise ValueError for one that does not
        exist, too."""
        for name in settings:
            if name not in NAMES:
                raise ValueError(UNKNOWN.format(name=name, known=", ".join(NAMES)))
        return cls(**settings)


NAMES = tuple(field.name for field in fields(Limits))

# Which limit the system itself counts, by its names for them; the workspace is a file system of its size.
RLIMITS = {
    "RLIMIT_CPU": "processor_time",
    "RLIMIT_AS": "memory",
    "RLIMIT_FSIZE": "file_size",
    "RLIMIT_NPROC": "processes",
    "RLIMIT_NOFILE": "open_files",
}
NO_CORE_FILES = {"RLIMIT_CORE": 0}


def rlimits(limits: Limits) -> dict[str, int]:
    """Return the limits that the system counts, by the names of the module `resource`."""
    return {name: getattr(limits, ours) for name, ours in RLIMITS.items()} | NO_CORE_FILES


# The environment

KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")  # of the grader's environment
FIXED = {
    "USER": "student",
    "NBGRADER_EXECUTION": "autograde",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
FOLDERS = ("HOME", "TMPDIR", "MPLCONFIGDIR")  # all of them the workspace


def environment(folder: str) -> dict[str, str]:
    """Return all environment variables of a process whose own folder this is."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, **FIXED, **dict.fromkeys(FOLDERS, folder)}


# The isolation

PARTS = {  # what each is good for, in the order in which they are tried
    "namespaces": "no other processes, no network, ends with all it started",
    "workspace": "the workspace is bounded",
    "user": "runs as an ordinary user",
    "files": "no files but Python's and its workspace",
    "calls": "no sockets, no tracing, no mounts",
    "limits": "processor time, memory, processes, files",
    "cgroup": "the same for all that it started together",
}
NEEDED = ("files", "calls")  # without these the grader refuses

# What of the files beside a notebook never goes into a workspace; the first is in the process already.
LOADED = frozenset({"backprop_lab", "__pycache__", ".ipynb_checkpoints"})
