"""In the student's process: cells that are plain Python, told from those with IPython's own syntax.

IPython takes each cell apart into tokens, to look for magics, commands of the system and questions for help,
and compiles it three times, which is most of what a cell costs. In what Python compiles there is nothing to
be found, and once is enough. All else that IPython does with a cell is left to IPython.
"""

import re
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from traitlets import default

from . import usual
from .ahead import Ahead

# What to look for in a cell that stands after a line's end. That each begins with a character of its own, and
# not with a class of them, makes the search ten times as fast.
UNSURE = re.compile(
    r"async|await|__future__"
    r"|\n[^\S\n]*(?:[%!?,;/]|>>>)|=\s*[%!](?!=)|\?[ \t]*\n"  # what may be IPython's, or stands in a string
    r"|\n\.\.\.|\.\.\.:|In \["  # likewise, the prompts
    r"|\n[^\S\n]+\n"  # where IPython takes spaces away
    r"|\n[ \t]*\\\n|\r|\v|\f|\x1c|\x1d|\x1e|\x85|\u2028|\u2029"  # where IPython has other lines than Python
)
OWN_STEPS = (*usual.STEPS, "is_python")


class PlainShell(InteractiveShell):
    """A shell that takes less time for cells that are plain Python, and does with them what IPython does."""

    _ahead: Ahead | None = None  # the cell that was compiled last, until it runs

    @default("input_transformer_manager")
    def _make_transformer(self) -> "Transformer":
        return Transformer(self)

    def is_python(self, text: str) -> bool:
        """Return whether a cell is Python beyond doubt, and its compiler has nothing to say.

        It is compiled then, and IPython gets what this made when it asks for it.
        """
        if self._ahead:
            self._ahead.let_go()
            self._ahead = None
        if text[0].isspace() or UNSURE.search(f"\n{text}") or not is_usual(self):
            return False
        try:
            self._ahead = Ahead(self, text)
        except Exception:  # or a warning: when IPython meets it, it is shown
            return False
        return True

    def should_run_async(self, raw_cell: str, **cell: Any) -> bool:
        """Return whether a cell awaits anything."""
        if self._ahead and self._ahead.text == cell.get("transformed_cell"):
            self._ahead.stand_in()
            return False
        return super().should_run_async(raw_cell, **cell)

    def run_ast_nodes(self, nodelist: Any, cell_name: Any, *args: Any, **options: Any) -> Any:
        """Return the coroutine that runs a cell's statements. It is IPython's own: student code sees every
        frame below its own, and counts them when it goes too deep."""
        ahead, self._ahead = self._ahead, None
        if ahead and ahead.holds(nodelist, options.get("interactivity")):
            options["compiler"] = ahead
        return super().run_ast_nodes(nodelist, cell_name, *args, **options)


OWN = usual.values(PlainShell, OWN_STEPS)


def is_usual(shell: PlainShell) -> bool:
    """Return whether nobody changed how this shell runs cells."""
    own = vars(shell).keys().isdisjoint(OWN_STEPS) and usual.values(type(shell), OWN_STEPS) == OWN
    return own and usual.compiler_is(shell.compile) and usual.functions_are()


class Transformer(TransformerManager):
    """IPython's own, which does not look for what cannot be there."""

    def __init__(self, shell: PlainShell) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._shell = shell

    def transform_cell(self, cell: str) -> str:
        """Return the cell without IPython's own syntax."""
        text = cell if cell.endswith("\n") else f"{cell}\n"
        if usual.transformer_is(self) and self._shell.is_python(text):
            return text
        made: str = super().transform_cell(cell)
        return made
