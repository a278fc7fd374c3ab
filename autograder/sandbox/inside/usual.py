"""In the student's process: whether IPython still does with cells what it did before any student code ran."""

import builtins
import sys
import warnings
from typing import Any

from IPython.core import interactiveshell
from IPython.core.compilerop import CachingCompiler
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell

# The steps on a cell's way that what is known of it depends on.
STEPS = ("run_cell_async", "should_run_async", "transform_ast", "run_ast_nodes")
TAKEN_APART = ("do_token_transforms", "do_one_token_transform")
WATCHED = (
    (builtins, ("compile",)),
    (interactiveshell, ("_should_be_async",)),
    (InteractiveShell, STEPS),
    (CachingCompiler, ("__call__", "ast_parse", "get_code_name", "extra_flags")),
    (TransformerManager, ("transform_cell", *TAKEN_APART)),
)


def values(owner: Any, names: tuple[str, ...]) -> list[Any]:
    """Return what the names stand for now; other versions of IPython may not have all of them."""
    return [getattr(owner, name, None) for name in names]


BEFORE = [values(owner, names) for owner, names in WATCHED]
COMPILER = vars(CachingCompiler())  # type: ignore[no-untyped-call]
TRANSFORMER = vars(TransformerManager())  # type: ignore[no-untyped-call]


def functions_are() -> bool:
    """Return whether nobody put another function or method in place of one that is called with a cell."""
    return [values(*watched) for watched in WATCHED] == BEFORE and sys.modules.get("warnings") is warnings


def compiler_is(compiler: Any) -> bool:
    """Return whether this is IPython's own compiler, and no cell imported anything from the future."""
    own = type(compiler) is CachingCompiler and vars(compiler).keys() == COMPILER.keys()
    return own and compiler.flags == COMPILER["flags"]


def transformer_is(transformer: Any) -> bool:
    """Return whether IPython's own transformers are there, and no others."""
    own = {name: value for name, value in vars(transformer).items() if name != "_shell"}
    return own == TRANSFORMER and vars(type(transformer)).keys().isdisjoint(TAKEN_APART)
