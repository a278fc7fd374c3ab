"""What the source of a function says of itself, where it can be had."""

import ast
import dis
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, ModuleType
from typing import Any

HANDED_OUT = "forward"  # called in a line of the whole pass that is in the notebook from the start
INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)  # have code of their own


def code_of(function: Any) -> CodeType | None:
    """The code of a function, None for what has none that Python tells."""
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None


def arguments_of(function: Any) -> tuple[str, ...]:
    """The names of the arguments that a function takes by position."""
    code = code_of(function)
    return code.co_varnames[: code.co_argcount] if code else ()


def _globals_of(code: CodeType) -> Iterator[str]:
    """The names that code looks up outside of its function, with those in functions within."""
    yield from (i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL")
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _globals_of(inner)


def variables_read(function: Any) -> tuple[str, ...]:
    """The variables of the notebook that a function reads: what is neither a function nor a module."""
    code, names = code_of(function), getattr(function, "__globals__", {})
    read = dict.fromkeys(_globals_of(code)) if code else {}
    return tuple(
        n for n in read if n in names and not (callable(names[n]) or isinstance(names[n], ModuleType))
    )


def _is_work(statement: ast.stmt) -> bool:
    """Whether a statement is the student's: no docstring, no `pass`, no line that was handed out."""
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    calls = (node.func for node in ast.walk(statement) if isinstance(node, ast.Call))
    handed_out = any(isinstance(called, ast.Name) and called.id == HANDED_OUT for called in calls)
    return not (constant or handed_out or isinstance(statement, ast.Pass))


@dataclass(frozen=True)
class Source:
    """The definition of a function, which begins in line `first` of its cell."""

    definition: ast.FunctionDef
    first: int

    def _own(self) -> Iterator[ast.AST]:
        """Everything in it but what is in functions within."""
        left: list[ast.AST] = list(self.definition.body)
        while left:
            yield (node := left.pop())
            left += [] if isinstance(node, INNER) else ast.iter_child_nodes(node)

    def hands_back(self) -> bool:
        """Whether there is a `return` with a value."""
        return any(isinstance(node, ast.Return) and node.value is not None for node in self._own())

    def ends_with_print(self) -> bool:
        """Whether the last thing it does is to print."""
        last = self.definition.body[-1]
        called = last.value.func if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) else None
        return isinstance(called, ast.Name) and called.id == "print"

    def work_beside(self, line: int) -> tuple[bool, bool]:
        """Whether there is code of the student's above and below a line of the cell."""
        line -= self.first - 1
        work = [statement for statement in self.definition.body if _is_work(statement)]
        above = any((statement.end_lineno or line) < line for statement in work)
        return above, any(statement.lineno > line for statement in work)


def read_source(function: Any) -> Source | None:
    """The source of a function that was written with `def`, None where it cannot be had."""
    code = code_of(function)
    try:
        lines, first = inspect.getsourcelines(code) if code else ([], 0)
        definition = ast.parse(textwrap.dedent("".join(lines))).body[0]
    except (OSError, SyntaxError, IndexError, ValueError):
        return None
    return Source(definition, first) if isinstance(definition, ast.FunctionDef) else None
