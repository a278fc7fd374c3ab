"""What NumPy or Python refused to compute, in a sentence: its own words are about signatures and casts."""

import ast
import linecache
import re
from collections.abc import Iterator
from types import FrameType, TracebackType

import numpy as np

from .validation import Cause

ONE_ENTRY = "Which two numbers make one entry of the gradient, and how many entries are there?"
MATRIX_PRODUCT = "raised {kind}: NumPy cannot multiply {shapes} with {operator}. " + ONE_ENTRY
ENTRYWISE = "raised {kind}: NumPy cannot combine {shapes} entry by entry. " + ONE_ENTRY
INTO = "raised {kind}: NumPy cannot fill one array with the other: they have {shapes}. " + ONE_ENTRY
UNKNOWN = "two arrays whose shapes do not fit"
A_NUMBER, THE_SHAPE, TWO_SHAPES = "a single number", "the shape {}", "the shapes {} and {}"
POWER = "raised {kind}: `^` is no power in Python, it compares bits. How does Python write t²?"
INTEGERS = (
    "raised {kind}: an array of whole numbers cannot hold the result. What type of numbers does the "
    "array hold that you fill, and which one should it be?"
)

SHAPES = re.compile(r"shapes? (\([\d, ]*\)),? (?:and |into shape )?(\([\d, ]*\))")
SAFE = (  # what may be computed once more: it calls nothing
    ast.Name, ast.Attribute, ast.Constant, ast.Subscript, ast.BinOp, ast.UnaryOp, ast.Slice, ast.Tuple,
    ast.operator, ast.unaryop, ast.expr_context,
)  # fmt: skip


def _own_frames(cause: Cause) -> Iterator[TracebackType]:
    """The steps of the traceback that are in the cell of the function, from the innermost."""
    name = getattr(getattr(cause.function, "__code__", None), "co_filename", None)
    trace, found = cause.error.__traceback__ if cause.error else None, []
    while trace:
        found += [trace] if trace.tb_frame.f_code.co_filename == name else []
        trace = trace.tb_next
    return reversed(found)


def _position(trace: TracebackType) -> tuple[int | None, ...]:
    """Lines and columns of what a step of the traceback was computing."""
    return list(trace.tb_frame.f_code.co_positions())[trace.tb_lasti // 2]


def _computed(trace: TracebackType) -> ast.expr | None:
    """What a step of the traceback was computing, as far as the source of the cell can be had."""
    try:
        tree = ast.parse("".join(linecache.getlines(trace.tb_frame.f_code.co_filename)))
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp | ast.Call):
            here = node.lineno, node.end_lineno, node.col_offset, node.end_col_offset
            if here == _position(trace):
                return node
    return None


def _operands(node: ast.expr | None) -> list[ast.expr]:
    """The two sides of an operation, or the two arguments of a call."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    return node.args[:2] if isinstance(node, ast.Call) and len(node.args) > 1 else []


def _shape(node: ast.expr, frame: FrameType) -> tuple[int, ...] | None:
    """The shape of an operand where it was computed, if it can be computed again without calling anything."""
    if not all(isinstance(part, SAFE) for part in ast.walk(node)):
        return None
    code = compile(ast.Expression(node), "<operand>", "eval")
    try:
        shape: tuple[int, ...] = np.shape(eval(code, frame.f_globals, frame.f_locals))
    except Exception:  # the variable has gone, or has no shape
        return None
    return shape


def _shapes(cause: Cause, text: str) -> list[str]:
    """The two shapes that do not fit: NumPy says them, or the operands have them."""
    if found := SHAPES.search(text):
        return list(found.groups())
    for trace in _own_frames(cause):
        shapes = [_shape(operand, trace.tb_frame) for operand in _operands(_computed(trace))]
        return [str(shape) for shape in shapes if shape is not None]
    return []


def _in_words(shapes: list[str]) -> str:
    if len(shapes) != 2:
        return UNKNOWN
    if "()" in shapes:
        return " and ".join(A_NUMBER if shape == "()" else THE_SHAPE.format(shape) for shape in shapes)
    return TWO_SHAPES.format(*shapes)


def _template(text: str) -> str:
    """The sentence for what an exception says; "" if it speaks for itself."""
    beginnings = {
        "matmul: ": MATRIX_PRODUCT.replace("{operator}", "`@`"),
        "operands could not be broadcast": ENTRYWISE,
        "could not broadcast input": INTO,
        "Cannot cast ufunc": INTEGERS,
        "ufunc 'bitwise_xor'": POWER,
        "unsupported operand type(s) for ^": POWER,
    }
    if "not aligned" in text:
        return MATRIX_PRODUCT.replace("{operator}", "`dot`")
    return next((words for beginning, words in beginnings.items() if text.startswith(beginning)), "")


def refused(cause: Cause) -> str:
    """What was refused and, at the end, a question; "" if the exception speaks for itself."""
    text = str(cause.error) if isinstance(cause.error, ValueError | TypeError) else ""
    if not (template := _template(text)):
        return ""
    shapes = _in_words(_shapes(cause, text)) if "{shapes}" in template else ""
    kind = next(base.__name__ for base in type(cause.error).__mro__ if base.__module__ == "builtins")
    return template.format(kind=kind, shapes=shapes)
