"""Which functions of a notebook are no longer what their cells say.

A function that was defined once stays, even if its cell was run again since and failed, or defines another
name by now. IPython tells after each cell; without IPython nothing is known, and nothing said.
"""

import re
from collections.abc import Collection
from typing import Any

DEFINES = re.compile(r"^def (\w+)\(", re.MULTILINE)

FAILED = (
    "{name} is that of an earlier run: its cell stopped with {error} when it was run last. Correct the cell, "
    "run it, then run this check again."
)
RENAMED = (
    "{name} is that of an earlier run: its cell does not define {name} any more. Look at the name after "
    "`def`, run the cell, then run this check again."
)
NOT_YET = "→ {name} is not defined yet: run its cell above, then this one again."
FROM_THE_TOP = "→ {name} is not defined yet: run the cells from the top, in their order."


def what_to_run(error: BaseException | None, asked: Collection[str], given: Collection[str]) -> str:
    """What to do about a name that is not defined, because its cell was not run: a function that is `asked`
    for, or a name that is `given` at the beginning of the notebook. "" for everything else."""
    name = getattr(error, "name", None) if isinstance(error, NameError) else None
    if name in asked:
        return NOT_YET.format(name=name)
    return FROM_THE_TOP.format(name=name) if name in given else ""


class Cells:
    """The cells that define some functions, as they are run."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._cells: dict[str, Any] = {}  # by function the id of the cell that defined it last
        self._stale: dict[str, str] = {}  # by function why it is not what its cell says

    def ran(self, result: Any) -> None:
        """Take note of a cell that was run; IPython calls this, with the result of the cell."""
        source, cell = result.info.raw_cell or "", getattr(result.info, "cell_id", None)
        defined = set(DEFINES.findall(source)) & set(self._names)
        here = {name for name, known in self._cells.items() if cell is not None and known == cell}
        error = result.error_before_exec or result.error_in_exec
        for name in defined | here:
            self._stale.pop(name, None)
            if error is not None:
                self._stale[name] = FAILED.format(name=name, error=type(error).__name__)
            elif name not in defined:
                self._stale[name] = RENAMED.format(name=name)
        self._cells |= dict.fromkeys(defined, cell)

    def stale(self, name: str) -> str:
        """Why a function is not what its cell says, in a sentence; "" if nothing is known against it."""
        return self._stale.get(name, "")
