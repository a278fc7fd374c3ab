"""Whole passes with slips in some of their steps, for any exercise, in the ways that people write them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.judging.assess import assess
from autograder.judging.exercise import GradedExercise
from autograder.judging.sample import Sample
from autograder.judging.verdict import Verdict
from backprop_lab.model import Question, Upstream, Values

CALLS, INLINED, WRITTEN_OUT = "calls the functions", "formulas inlined", "each entry written out"
STYLES = (CALLS, INLINED, WRITTEN_OUT)


def _fail(error: type[Exception]) -> Callable[[Any], Any]:
    def failing(right: Any) -> Any:
        raise error("a slip")

    return failing


def _transposed(right: Any) -> Any:
    return np.transpose(right) if np.ndim(right) == 2 else np.reshape(right, (-1, 1))


def _shape(right: Any) -> Any:
    return np.ravel(right) if np.ndim(right) == 2 else right * np.ones((3, *np.shape(right)))


# What becomes of the right answer of a step. In shapes, a number has no transpose but a column.
KINDS: Mapping[str, Callable[[Any], Any]] = {
    "sign": np.negative,
    "factor": lambda right: 2 * right,
    "offset": lambda right: right + 0.1 * np.max(np.abs(right)),
    "transposed": _transposed,
    "shape": _shape,
    "missing": lambda right: right,
    "None": lambda right: None,
    "NaN": lambda right: right * np.nan,
    "zero": lambda right: 0 * right,
    "constant": np.ones_like,
    "raises": _fail(ValueError),
    "open": _fail(NotImplementedError),
}
# In formulas that are inlined: what `backward` itself raises leaves nothing to judge, and from zeros or a
# constant nothing can follow.
OF_FUNCTIONS = ("raises", "open", "zero", "constant")


def has(style: str, kind: str) -> bool:
    """Whether a slip of this kind can be made in a whole pass of this style."""
    return style == CALLS or kind not in OF_FUNCTIONS


def _given(question: Question, gradients: str) -> str:
    return ", ".join(
        f"{gradients}[{given.of!r}]" if isinstance(given, Upstream) else f"values[{given!r}]"
        for given in question.given
    )


def _source(exercise: GradedExercise, style: str, slips: Mapping[str, str]) -> str:
    lines = ["def whole(*inputs):", "values, own = forward(*inputs), {}", "right = backward(values)"]
    only_in_dict = ("missing",) if style == CALLS else ("missing", "None", "NaN")
    later = []
    for q in exercise.public.questions:
        name = q.name if style == CALLS else f"_{q.name}"
        step = f"{name}({_given(q, 'right' if style == WRITTEN_OUT else 'own')})"
        kind = slips.get(q.wrt, "")
        lines.append(f"own[{q.wrt!r}] = {step}")
        if kind == "missing":
            later.append(f"del own[{q.wrt!r}]")
        elif kind in only_in_dict:
            later.append(f"own[{q.wrt!r}] = KINDS[{kind!r}](own[{q.wrt!r}])")
        elif kind and style != CALLS:
            lines.append(f"own[{q.wrt!r}] = KINDS[{kind!r}](own[{q.wrt!r}])")
    return "\n    ".join([*lines, *later, "return own"])


def _slipped(right: Callable[..., Any], kind: str) -> Callable[..., Any]:
    return lambda *arguments: KINDS[kind](right(*arguments))


def whole_pass(exercise: GradedExercise, style: str, slips: Mapping[str, str]) -> Callable[..., Any]:
    """A whole pass with these kinds of slips, by the letters of the steps."""

    def forward(*inputs: Any) -> Values:
        return exercise.public.forward(dict(zip(exercise.public.inputs, inputs, strict=True)))

    names: dict[str, Any] = {"KINDS": KINDS, "forward": forward, "backward": exercise.backward}
    for question in exercise.public.questions:
        right = exercise.gradients[question.name]
        kind = slips.get(question.wrt)
        names[f"_{question.name}"] = right
        names[question.name] = _slipped(right, kind) if kind else right
    exec(_source(exercise, style, slips), names)
    made: Callable[..., Any] = names["whole"]
    return made


def verdict_on(
    exercise: GradedExercise, samples: Sequence[Sample], style: str, slips: Mapping[str, str]
) -> Verdict:
    """The verdict on such a whole pass."""
    with np.errstate(all="ignore"):
        function = whole_pass(exercise, style, slips)
        return assess(exercise, exercise.public.whole.name, function, samples, {})


def cost(verdict: Verdict, exercise: GradedExercise) -> float:
    """How many entries' shares a verdict costs."""
    return round((1 - verdict.share) * len(exercise.public.questions), 6)
