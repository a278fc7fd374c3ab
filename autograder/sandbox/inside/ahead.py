"""In the student's process: the statements of a cell, compiled before IPython asks for them.

IPython compiles a cell as a whole to see whether it awaits anything, which shows what the compiler warns of.
It then parses the cell, and compiles each statement just before that runs, which shows the warnings again.
Where all statements compile without a warning, the first of these compilations has nothing to tell.
"""

import ast
import contextlib
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import CodeType
from typing import Any

AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
NOTHING_CHANGES: AbstractContextManager[None] = nullcontext()


@contextmanager
def _raising(name: str) -> Iterator[None]:
    """Raise what the compiler warns of in the code of that name, and nothing else: a collection of garbage,
    or another thread, may warn of something meanwhile.

    `warnings` is not told that its filters have changed: it would forget what was shown once.
    """
    filters: Any = warnings.filters
    first = ("error", None, Warning, name, 0)
    filters.insert(0, first)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            filters.remove(first)


def _compiled(compiler: Any, body: list[ast.stmt], name: str) -> Iterator[CodeType]:
    """Compile the statements one by one, as IPython does; the value of the last is shown."""
    for node in body:
        if node is body[-1] and isinstance(node, ast.Expr):
            yield compiler(ast.Interactive([node]), name, "single")
        else:
            yield compiler(ast.Module([node], []), name, "exec")


class Ahead:
    """A cell that was parsed and compiled ahead, by IPython's own compiler. For IPython it is the compiler of
    this one cell, which gives one statement after another."""

    def __init__(self, shell: Any, text: str) -> None:
        """Compile the cell; raise any error that this meets, and any warning."""
        self.text, self._shell, self._compiler = text, shell, shell.compile
        self._name = self._compiler.get_code_name(text, text, shell.execution_count)
        self._flags, self._same = self._compiler.flags, True
        with _raising(self._name):
            self._tree = self._compiler.ast_parse(text, self._name)
            with self._compiler.extra_flags(AWAIT):
                self._codes = list(_compiled(self._compiler, self._tree.body, self._name))
        self._codes.reverse()  # each is given away, and lives no longer than IPython's own

    def stand_in(self) -> None:
        """Give the tree when IPython asks its compiler to parse."""
        self._compiler.ast_parse = self._parse

    def let_go(self) -> None:
        """Have the compiler parse for itself again."""
        vars(self._compiler).pop("ast_parse", None)

    def _parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> Any:
        """Return the tree once, if it is this cell's and no student's code will change it."""
        self.let_go()
        asked = source, filename, symbol
        if asked == (self.text, self._name, "exec") and not self._shell.ast_transformers:
            return self._tree
        return self._compiler.ast_parse(source, filename, symbol)

    def holds(self, body: Any, interactivity: Any) -> bool:
        """Return whether these statements were compiled, for this way to show values."""
        return body is self._tree.body and interactivity == "last_expr"

    def extra_flags(self, flags: int) -> AbstractContextManager[None]:
        """Note whether the next statement is to be compiled with the flags that all were compiled with."""
        self._same = flags == AWAIT and self._compiler.flags == self._flags
        return NOTHING_CHANGES if self._same else self._compiler.extra_flags(flags)

    def __call__(self, source: Any, filename: str, symbol: str) -> CodeType:
        """Return the code of the next statement."""
        code = self._codes.pop()
        return code if self._same else self._compiler(source, filename, symbol)
