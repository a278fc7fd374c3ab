"""The source notebook of an exercise: statement, picture, questions, checks, hidden tests."""

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import nbformat

from backprop_lab import functions
from backprop_lab.description import listed, steps
from backprop_lab.graph import draw_graph
from backprop_lab.model import Exercise, Question, Upstream

from ..judging.shapes import named_shapes
from ..judging.verdict import points_with_unit
from .picture import bitmap
from .templates import template
from .words import Words, counted, symbol

CELL = re.compile(r"^%% (?P<kind>\w+) (?P<name>\w[\w-]*) ?(?P<role>\w*) ?(?P<points>[\d.]*)$", re.MULTILINE)
WIDTH = 79  # characters of a line of code
PICTURE = "computation_graph.png"
ROLES = {
    "": None,
    "locked": {"locked": True},
    "solution": {"solution": True},
    "test": {"grade": True, "locked": True},
}
UNMARKED = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
HOW_IT_WORKS = (
    "**How this notebook works.** There are {count} questions, worth {points} together. In each one you "
    "complete a function, in the place that says `# YOUR CODE HERE` (remove the line `raise "
    "NotImplementedError()`). Then run the cell below it: it checks your function against numerical slopes "
    "of the loss, tells you what it found, and draws how far you are. You may run a check as often as you "
    "like. Your work is graded with other numbers than the ones that you see here."
)
ALT = (
    "The computation graph. Values flow forward, from left to right: {steps} Below the value of each of "
    "{gradients} there is an open place for the gradient of {loss}, and dotted arrows lead from {loss} back "
    "to each of them."
)
# After a restart nothing of ours runs: what Python shows then is the line, with what stands in it.
TEST = """check("{name}", {name})  # NameError? Run the notebook from the top.
### BEGIN HIDDEN TESTS
from autograder import grade

grade("{name}", {name})
### END HIDDEN TESTS"""
OFFERED = ("check", "draw_graph", "example", "forward", "show_progress", "upstream_gradients")


def _functions_of(exercise: Exercise) -> tuple[list[str], list[str]]:
    """The functions of the forward pass by their names: the exercise's own, and those of the lab."""
    names = {f.__name__: f for o in exercise.graph if hasattr(f := o.function, "__name__")}
    lab = [name for name, f in names.items() if getattr(functions, name, None) is f]
    own = [n for n, f in names.items() if n not in lab and n.isidentifier() and not hasattr(f, "__self__")]
    return [name for name in own if _is_own(names[name], exercise)], lab


def _is_own(function: Any, exercise: Exercise) -> bool:
    """Whether a function is from the file with the forward pass."""
    return getattr(function, "__module__", None) == exercise.example.__module__


def _passed(exercise: Exercise, question: Question) -> list[str]:
    """What the whole pass gives to the function of a question."""
    return [
        exercise.argument(g) if isinstance(g, Upstream) else g if g in exercise.inputs else f'values["{g}"]'
        for g in question.given
    ]


def _wrapped(text: str, indent: int = 4, hanging: int = 0) -> str:
    """The text of a docstring, in lines that a notebook does not break."""
    margin = " " * indent
    lines = textwrap.wrap(text, WIDTH - indent, subsequent_indent=" " * hanging)
    return f"\n{margin}".join(lines)


def _text(exercise: Exercise, title: str, points: Mapping[str, float], words: Words, data: Any) -> str:
    """All cells as one text."""
    own, lab = _functions_of(exercise)
    whole = HOW_IT_WORKS.format(count=counted(len(points)), points=points_with_unit(sum(points.values())))
    quantities = [f'"{letter}"' for letter in exercise.quantities]
    return template("notebook.j2").render(
        exercise=exercise,
        title=title,
        how_it_works=whole,
        points=points,
        data=data,
        sizes=sorted({n for shape in (exercise.shapes or {}).values() for n in shape if isinstance(n, str)}),
        made=[operation.output for operation in exercise.graph],
        upstream=[exercise.argument(gradient) for gradient in exercise.upstream],
        two_indices=any(len(words.named[quantity]) > 1 for quantity in exercise.quantities),
        offered=sorted({*OFFERED, *own}),
        from_lab=sorted(lab),
        alt=ALT.format(
            steps=steps(exercise), gradients=listed(exercise.quantities), loss=exercise.symbol(exercise.loss)
        ),
        keys=listed(quantities),
        symbol=symbol,
        wrapped=_wrapped,
        points_with_unit=points_with_unit,
        counted=counted,
        meaning=words.meanings.get,
        membership=words.membership,
        task=words.task,
        described=words.described,
        described_letter=words.described_letter,
        named=words.named_letter,
        shape_words=words.shape_words,
        forward_latex=words.forward_latex(),
        loss_latex=words.equation(exercise.loss),
        test=lambda name: TEST.format(name=name),
        gradient_name=lambda letter: exercise.argument(Upstream(letter)),
        passed=lambda question: _passed(exercise, question),
    )


def _cell(found: re.Match[str], source: str) -> Any:
    make = nbformat.v4.new_code_cell if found["kind"] == "code" else nbformat.v4.new_markdown_cell
    cell = make(source.strip("\n"), id=found["name"].replace("_", "-")[:64])
    marks = ROLES[found["role"]]
    if marks is not None:
        cell.metadata["nbgrader"] = {**UNMARKED, "grade_id": found["name"], **marks}
    if found["points"]:
        cell.metadata["nbgrader"]["points"] = int(found["points"])
    return cell


def _cells(text: str) -> Iterator[Any]:
    heads = list(CELL.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    for head, end in zip(heads, ends, strict=True):
        yield _cell(head, text[head.end() : end])


def statement_picture(exercise: Exercise) -> str:
    """The graph for the statement: a PNG, as base64 text."""
    values = exercise.forward(exercise.example())
    return bitmap(draw_graph(exercise, values, {}, {}))


def source_notebook(
    exercise: Exercise,
    title: str,
    points: Mapping[str, float],
    meanings: Mapping[str, str],
    data: tuple[str, ...] = (),
) -> str:
    """The source notebook of an exercise, as the text of its file."""
    words = Words(exercise, named_shapes(exercise), meanings)
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {
        "kernelspec": kernel,
        "language_info": {"name": "python"},
        "autograder": {"exercise": exercise.name},
    }
    cells = list(_cells(_text(exercise, title, points, words, data)))
    shown = next(cell for cell in cells if PICTURE in cell.source)
    shown["attachments"] = {PICTURE: {"image/png": statement_picture(exercise)}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    return str(nbformat.writes(notebook, version=4)) + "\n"
