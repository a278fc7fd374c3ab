"""Answers that are nearly right: correct forms with one thing changed, and what is true of each of them.

The truth comes from the forward pass alone, by the complex step, at many inputs that no judge has seen.
"""

import ast
import copy
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from autograder.judging.exercise import GradedExercise
from autograder.judging.gradient_check import numerical
from autograder.judging.mistakes.common import computed
from autograder.judging.mistakes.known import Mistake
from autograder.judging.sample import Sample, sample_at
from backprop_lab import functions, tolerance
from backprop_lab.model import Question
from backprop_lab.validation import Rejected, numeric

from .forms import RIGHT

FRESH = 120  # inputs that tell what is true of a mutant
FRESH_SEED = 20_261_126
# Changes of one expression

OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div)
PIECEWISE = ("np.abs({})", "np.maximum({}, 0)", "np.minimum({}, 0)", "np.clip({}, -1, 1)",
             "np.clip({}, -5, 5)", "np.sort({})", "np.sign({})", "np.round({})", "np.trunc({})")  # fmt: skip
WRAPS = (*PIECEWISE, "np.round({}, 3)", "np.round({}, 6)", "({} + 1e-8)", "({} * 0.1)", "(-0.01 * {})",
         "({} / 2)", "(2 * {})", "({} / 3)", "({}) ** 2", "np.sum({})", "np.mean({})",
         "np.sum({}, keepdims=True)",
         "np.transpose({})", "np.ravel({})", "np.reshape({}, (-1, 1))", "np.zeros_like({})", "np.diag({})",
         "np.asarray({}).astype(np.float32)", "np.asarray({}).astype(np.float16)", "sigma({})",
         "np.tanh({})")  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A source of a question's function, and how it was changed."""

    question: str
    source: str
    change: str


def _expressions(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Where the expressions stand: a node, a field of it, and a place in that."""
    for parent in ast.walk(tree):
        if isinstance(parent, ast.arguments) or not isinstance(parent, ast.AST):
            continue
        for field, value in ast.iter_fields(parent):
            if field in ("func", "decorator_list", "args") and not isinstance(parent, ast.Call):
                continue
            if field == "func" or (isinstance(parent, ast.Subscript) and field == "slice"):
                continue
            if isinstance(value, ast.expr) and isinstance(getattr(value, "ctx", ast.Load()), ast.Load):
                yield parent, field, None
            for place, item in enumerate(value if isinstance(value, list) else ()):
                if isinstance(item, ast.expr) and isinstance(getattr(item, "ctx", ast.Load()), ast.Load):
                    yield parent, field, place


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _others(node: ast.expr, names: Sequence[str]) -> Iterator[tuple[str, ast.expr]]:
    """What can stand in place of an expression, and what that change is called."""
    text = ast.unparse(node)
    if isinstance(node, ast.BinOp):
        yield "left only", node.left
        yield "right only", node.right
        yield "other way round", ast.BinOp(node.right, node.op, node.left)
        for operator in OPERATORS:
            if not isinstance(node.op, operator):
                yield f"{operator.__name__}", ast.BinOp(node.left, operator(), node.right)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and node.value is not True:
        for value in (node.value + 1, -node.value, 2 * node.value, node.value / 2):
            yield f"{text} to {value}", ast.Constant(value)
    if isinstance(node, ast.Name) and node.id in names:
        for name in names:
            if name != node.id:
                yield f"{node.id} to {name}", ast.Name(name, ast.Load())
    if isinstance(node, ast.Call) and node.args:
        yield "call dropped", node.args[0]
        if len(node.args) == 2:
            yield "arguments swapped", ast.Call(node.func, node.args[::-1], node.keywords)
    if not isinstance(node, ast.Constant | ast.Slice | ast.Starred | ast.GeneratorExp | ast.Lambda):
        yield "sign", ast.UnaryOp(ast.USub(), node)
        for wrap in WRAPS:
            yield wrap, _parsed(wrap.format(f"({text})"))


def mutants(question: str, source: str, names: Sequence[str]) -> Iterator[Mutant]:
    """All that one change makes of a source; `names` are those of the arguments and of the notebook."""
    seen = {ast.unparse(ast.parse(source))}
    for number, (parent, field, place) in enumerate(_expressions(ast.parse(source))):
        value = getattr(parent, field)
        for change, other in _others(value if place is None else value[place], names):
            tree = ast.parse(source)
            changed, _, _ = list(_expressions(tree))[number]
            if place is None:
                setattr(changed, field, copy.deepcopy(other))
            else:
                getattr(changed, field)[place] = copy.deepcopy(other)
            text = ast.unparse(ast.fix_missing_locations(tree))
            if text not in seen:
                seen.add(text)
                yield Mutant(question, text, change)


def forms(exercise: GradedExercise) -> Iterator[tuple[str, str]]:
    """Right forms of every question about one gradient."""
    right = RIGHT[exercise.public.name]
    for question in exercise.public.questions:
        yield from ((question.name, source) for source in right[question.name])


@cache
def all_mutants(exercise: GradedExercise) -> tuple[Mutant, ...]:
    """The mutants of all right forms, each source once."""
    notebook = [n for n in exercise.public.forward(exercise.public.example()) if n != exercise.public.loss]
    found: dict[str, Mutant] = {}
    for question, source in forms(exercise):
        arguments = exercise.public.arguments(exercise.public.asked[question])
        for mutant in mutants(question, source, [*arguments, *notebook]):
            found.setdefault(mutant.source, mutant)
    return tuple(found.values())


# Running them


def function_of(exercise: GradedExercise, mutant: Mutant) -> Callable[..., Any] | None:
    """Its function, in a notebook that has run; None if its cell raises an error."""
    public = exercise.public
    names = {
        "np": np,
        "sigma": functions.sigma,
        "softmax": functions.softmax,
        **public.forward(public.example()),
    }
    try:
        exec(mutant.source, names)
    except Exception:
        return None
    return names.get(mutant.question)


def answers_of(
    exercise: GradedExercise,
    function: Callable[..., Any] | None,
    question: Question,
    samples: Sequence[Sample],
) -> list[Any] | None:
    """What a function gives at the samples; None where it fails or gives no numbers."""
    found = []
    for sample in samples:
        given = copy.deepcopy(exercise.public.values_given(question, sample.values, sample.gradients))
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                found.append(np.array(numeric(function(*given))))  # type: ignore[misc]
        except (Exception, Rejected):
            return None
    return found


# What is true of them


@cache
def fresh(exercise: GradedExercise) -> tuple[Sample, ...]:
    """Inputs that no judge has seen, with the gradients by the complex step."""
    source, found = random.Random(FRESH_SEED), []
    while len(found) < FRESH:
        values = exercise.public.forward(exercise.draw(source))
        if exercise.well_posed(values):
            sample = sample_at(exercise, {n: values[n] for n in exercise.public.inputs})
            exact = numerical(exercise, sample, exercise.public.quantities).complex_step
            found.append(Sample(values, dict(exact)))
    return tuple(found)


def is_true(exercise: GradedExercise, question: Question, answers: Sequence[Any]) -> bool:
    """Whether answers at the fresh inputs are right at all of them."""
    for sample, answer in zip(fresh(exercise), answers, strict=True):
        right = np.asarray(sample.gradients[question.wrt])
        given = exercise.public.values_given(question, sample.values, sample.gradients)
        if answer.shape != right.shape or not np.isfinite(answer).all():
            return False
        if not tolerance.is_right(answer, right, given):
            return False
    return True


def _is(mistake: Mistake, given: Sequence[Any], answer: Any) -> bool:
    wrong = computed(mistake.wrong, given)
    if wrong is None or not np.isfinite(wrong).all():
        return False
    return tolerance.near(answer, wrong, tolerance.MISTAKE * tolerance.scale(wrong, given))


def true_mistakes(
    exercise: GradedExercise, question: Question, answers: Sequence[Any]
) -> tuple[Mistake, ...]:
    """The known mistakes that an answer is, at all fresh inputs."""
    left = exercise.mistakes_by_question[question.name]
    for sample, answer in zip(fresh(exercise), answers, strict=True):
        given = exercise.public.values_given(question, sample.values, sample.gradients)
        left = tuple(m for m in left if _is(m, given, answer))
        if not left:
            break
    return left
