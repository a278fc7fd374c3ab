"""The files of an assignment: the two halves of its exercise, and its notebook."""

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop_lab.model import Exercise, Question, Upstream, Values

from .forward_pass import ForwardPass
from .templates import template
from .visible import DECIMALS, MANY_DIGITS, is_label

IMPORTS = """\
from pathlib import Path

import numpy as np

from backprop_lab import complex_step, numerical_gradient
from backprop_lab.hints import FILE
from backprop_lab.model import Exercise, Question, Upstream, WholePass
from backprop_lab.progress import Lab

"""
WORTH, WHOLE_WORTH = 2, 3  # points of a question about one gradient, and of the whole pass


def points_of(exercise: Exercise) -> dict[str, float]:
    """What each question is worth to begin with."""
    return {**{question.name: WORTH for question in exercise.questions}, exercise.whole.name: WHOLE_WORTH}


def _question_code(question: Question) -> str:
    given = [f'Upstream("{g.of}")' if isinstance(g, Upstream) else f'"{g}"' for g in question.given]
    listed = ", ".join(given) + ("," if len(given) == 1 else "")
    return f'Question("{question.name}", wrt="{question.wrt}", given=({listed}))'


def _number(value: Any) -> str:
    """A number or an array as it is written in Python."""
    array = np.asarray(value, dtype=float)
    return f"np.array({array.tolist()!r})" if array.ndim else repr(float(array))


def _written(example: Any, value: Any) -> str:
    """Numbers of the visible check as they are written: labels as they are, others as short numbers."""
    if is_label(example):
        return _number(value)
    return f"MANY_DIGITS * {_number(np.round(value / MANY_DIGITS, DECIMALS))}"


def _head_and_rest(text: str) -> tuple[str, str]:
    """A module cut after its docstring and what has to come first."""
    body = ast.parse(text).body
    docstring = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    first = [body[0]] if docstring else []
    first += [s for s in body if isinstance(s, ast.ImportFrom) and s.module == "__future__"]
    end = max((statement.end_lineno or 0 for statement in first), default=0)
    lines = text.splitlines(keepends=True)
    return "".join(lines[:end]), "".join(lines[end:]).lstrip("\n")


def public_half(forward: ForwardPass, exercise: Exercise, others: Sequence[Values]) -> str:
    """`exercise.py`: the forward pass as it is, and below it the questions."""
    head, rest = _head_and_rest(forward.text)
    example = exercise.example()
    added = template("added.py.j2").render(
        exercise=exercise,
        others=[{n: _written(example[n], value) for n, value in inputs.items()} for inputs in others],
        points=points_of(exercise),
        question_code=_question_code,
        example_name=exercise.example.__name__,
    )
    return "\n".join(filter(None, [head, IMPORTS + rest.rstrip("\n")])) + "\n" + added


def private_half(forward: ForwardPass, exercise: Exercise, shape_words: Any) -> dict[str, str]:
    """The files of the private half, by name."""
    words = {"title": forward.title, "exercise": exercise, "positive": forward.positive}
    return {
        "__init__.py": template("private.py.j2").render(**words),
        "gradients.py": template("gradients.py.j2").render(shape_words=shape_words, **words),
        "mistakes.py": template("mistakes.py.j2").render(**words),
    }
