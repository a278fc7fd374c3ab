"""In a student's process, before any student code: its scratch folder, and a state of its own."""

import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

LOADED = {"backprop_lab", "__pycache__", ".ipynb_checkpoints"}  # the first is in the process already


def copy_material(folders: Sequence[str], scratch: str) -> list[str]:
    """Copy the files that lie beside the notebook: no links, which may lead anywhere, no notebooks,
    in which hidden tests may stand, not what is loaded already, and no more than there is room for.
    Of two files of one name that of the last folder counts. What could not be copied is returned."""

    def left_out(parent: str, names: list[str]) -> set[str]:
        links = {name for name in names if Path(parent, name).is_symlink()}
        return links | LOADED | {name for name in names if name.endswith(".ipynb")}

    failed = []
    for folder in folders:
        try:
            shutil.copytree(folder, scratch, ignore=left_out, dirs_exist_ok=True)
        except (shutil.Error, OSError) as error:
            failed.append(f"{folder}: {error}")
    return failed


def fresh_state(folder: str) -> None:
    """What must not be the same for every student: environment, random numbers, folders, signals."""
    kept = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    own = {"HOME": folder, "TMPDIR": folder, "USER": "student", "MPLCONFIGDIR": folder}
    quick = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "NBGRADER_EXECUTION": "autograde"}
    inline = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    os.environ.clear()
    os.environ.update({**environment, **own, **quick, **inline})
    np.random.seed(int.from_bytes(os.urandom(4), "little"))  # a tenth of the time of no number
    random.seed()
    tempfile.tempdir = None
    for name in ("SIGTERM", "SIGCHLD", "SIGPIPE"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    sys.path.insert(0, "")
