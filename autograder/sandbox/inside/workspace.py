"""In a student's process, before any student code: its workspace, and a state of its own."""

import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from ..limits import LOADED, environment


def copy_material(folders: Sequence[str], workspace: str, loaded: Collection[str] = ()) -> list[str]:
    """Copy the files that lie beside the notebook: no links, which may lead anywhere, no notebooks,
    in which hidden tests may stand, not what is loaded already, and no more than there is room for.
    Of two files of one name that of the last folder counts. Return what could not be copied.

    `loaded` are names of files and folders of which others are loaded already.
    """

    def left_out(parent: str, names: list[str]) -> set[str]:
        links = {name for name in names if Path(parent, name).is_symlink()}
        notebooks = {name for name in names if name.endswith(".ipynb")}
        return links | notebooks | LOADED | (set(loaded) if parent in folders else set())

    failed = []
    for folder in folders:
        try:
            shutil.copytree(folder, workspace, ignore=left_out, dirs_exist_ok=True)
        except (shutil.Error, OSError) as error:
            failed.append(f"{folder}: {error}")
    return failed


def fresh_state(folder: str) -> None:
    """Set what must not be the same for every student: environment, random numbers, folders, signals."""
    variables = environment(folder)
    os.environ.clear()
    os.environ.update(variables)
    np.random.seed(int.from_bytes(os.urandom(4), "little"))  # a tenth of the time of no number
    random.seed()
    tempfile.tempdir = None
    for name in ("SIGTERM", "SIGCHLD", "SIGPIPE"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    sys.path.insert(0, "")
