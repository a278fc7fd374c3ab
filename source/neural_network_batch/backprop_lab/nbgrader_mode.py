"""Student code without a trace: for nbgrader, which reads points off what a cell shows."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any


def run_by() -> str:
    """Who runs this notebook: "" for a person, "autograde" or "validate" for nbgrader."""
    return os.environ.get("NBGRADER_EXECUTION", "")


def shell() -> Any:
    """The IPython shell that runs this notebook, None outside of one."""
    interactive = sys.modules.get("IPython.core.interactiveshell")
    return interactive.InteractiveShell._instance if interactive else None


@contextmanager
def _descriptors_muted() -> Iterator[None]:
    """Send what is written to descriptors 1 and 2 themselves (child processes, C) nowhere."""
    with Path(os.devnull).open("wb") as nowhere:
        saved = {fd: os.dup(fd) for fd in (1, 2)}
        try:
            for fd in saved:
                os.dup2(nowhere.fileno(), fd)
            yield
        finally:
            for fd, copy in saved.items():
                os.dup2(copy, fd)
                os.close(copy)


def _open_figures() -> set[int]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot else set()


@contextmanager
def _figures_closed() -> Iterator[None]:
    """Close the figures that were opened meanwhile, before the notebook draws them."""
    before = _open_figures()
    try:
        yield
    finally:
        for number in _open_figures() - before:
            sys.modules["matplotlib.pyplot"].close(number)


@contextmanager
def quiet() -> Iterator[None]:
    """Let student code print, warn, log and plot without a trace.

    nbgrader takes anything on stderr for a wrong answer, and the first result that a cell shows
    for its points. What a logging handler sent to the notebook's old stderr is cleared at the end.
    """
    with ExitStack() as stack:
        stack.enter_context(_descriptors_muted())
        stack.enter_context(redirect_stdout(StringIO()))
        stack.enter_context(redirect_stderr(StringIO()))
        stack.enter_context(_figures_closed())
        yield
    if run_by() and (notebook := shell()):
        notebook.display_pub.clear_output()
