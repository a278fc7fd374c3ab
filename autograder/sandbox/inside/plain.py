"""In the student's process: cells that are plain Python, told from those with IPython's own syntax.

IPython takes each cell apart into tokens, to look for magics, commands of the system and questions for help;
that is half of the time that it takes for a cell. In what Python compiles there is nothing to be found.
"""

import ast
import re
from typing import Any

from IPython.core import async_helpers
from IPython.core.inputtransformer2 import (
    EscapedCommand,
    HelpEnd,
    MagicAssign,
    SystemAssign,
    TransformerManager,
)
from IPython.core.interactiveshell import InteractiveShell
from traitlets import default

SOUGHT = [MagicAssign, SystemAssign, EscapedCommand, HelpEnd]  # none of these is Python
# As IPython compiles a cell to see whether it awaits anything: with what is imported from the future there.
FUTURE = getattr(async_helpers, "annotations", None)
FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | (FUTURE.compiler_flag if FUTURE else 0)
UNSURE = re.compile(
    "async|await"
    r"|^\s*[%!?,;/]|=\s*[%!](?!=)|\?[ \t]*$"  # what may be IPython's, or stands in a string
    r"|[\r\v\f\x1c-\x1e\x85\u2028\u2029]|^[ \t]*\\$",  # where IPython's tokens have other lines than Python
    re.MULTILINE,
)


class PlainShell(InteractiveShell):
    """A shell that takes less time for cells that are plain Python, and does with them what IPython does."""

    _awaits_nothing = ""  # the cell of which this is known

    @default("input_transformer_manager")
    def _make_transformer(self) -> "Transformer":
        return Transformer(self)

    def is_python(self, text: str) -> bool:
        """Return whether a cell is Python beyond doubt.

        IPython's question whether it awaits anything is then answered, too: both take the same compilation,
        which shows the cell's warnings.
        """
        if not self.autoawait or UNSURE.search(text):
            return False
        try:
            compile(text, "<>", "exec", FLAGS, dont_inherit=True)
        except RecursionError:  # IPython's own will meet it, too
            return False
        except (SyntaxError, ValueError, MemoryError):
            self._awaits_nothing = text
            return False
        self._awaits_nothing = text
        return True

    def should_run_async(self, raw_cell: str, **cell: Any) -> bool:
        """Return whether a cell awaits anything."""
        known, self._awaits_nothing = self._awaits_nothing, ""
        return cell.get("transformed_cell") != known and super().should_run_async(raw_cell, **cell)


class Transformer(TransformerManager):
    """IPython's own, which does not look for what cannot be there."""

    def __init__(self, shell: PlainShell) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._shell = shell

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        """Return the cell without IPython's own syntax."""
        several = len(lines) > 1  # what becomes of a single line depends on names and magics, too
        if several and self.token_transformers == SOUGHT and self._shell.is_python("".join(lines)):
            return lines
        made: list[str] = super().do_token_transforms(lines)  # type: ignore[no-untyped-call]
        return made
