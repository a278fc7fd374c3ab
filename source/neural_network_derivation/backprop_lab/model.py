"""What an exercise is: a computation graph, and the questions that are asked about it.

No exercise is named here. The graph is data, so the check, the pictures and the grader walk it and
know no letter, no shape and no number of questions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

Values = dict[str, Any]  # quantities by letter

UNKNOWN = "there is no question {name!r}; the questions are {known}."


@dataclass(frozen=True)
class Operation:
    """One step of the forward pass: the quantity `output` is `function` of the quantities `inputs`.

    `function` takes real and complex arrays, which the complex step needs. `formula` is what a
    picture writes above the quantity, `latex` the same for a statement; "" for nothing.
    """

    output: str
    function: Callable[..., Any]
    inputs: tuple[str, ...]
    formula: str = ""
    latex: str = ""


@dataclass(frozen=True)
class Upstream:
    """An argument that is the gradient of the loss with respect to the quantity `of`."""

    of: str


@dataclass(frozen=True)
class Question:
    """A function that students write: the gradient of the loss with respect to the quantity `wrt`,
    from the arguments `given`."""

    name: str
    wrt: str
    given: tuple[str | Upstream, ...]


@dataclass(frozen=True)
class WholePass:
    """The function that students write last: from the inputs to a dict of all gradients."""

    name: str


@dataclass(frozen=True, eq=False)
class Exercise:
    """A computation graph in the order of the forward pass, and the questions in the order of the
    backward pass.

    `example` returns the inputs that the notebook works with, by letter, in the order in which the
    whole pass takes them; `others` returns the further inputs of the visible check. `layout` gives
    the column and the row of each quantity in a picture; without it, they follow from the graph.
    `shapes` gives those of the inputs by letter, with a name in place of a size that varies: ("N", 2);
    without it, they are those of the example. `symbols` says how a letter is written where it need
    not be Python: {"E": "ℰ"}.
    """

    name: str
    graph: tuple[Operation, ...]
    questions: tuple[Question, ...]
    whole: WholePass
    example: Callable[[], Values]
    others: Callable[[], Sequence[Values]] | None = None
    layout: Mapping[str, tuple[float, float]] | None = None
    shapes: Mapping[str, tuple[int | str, ...]] | None = None
    symbols: Mapping[str, str] = field(default_factory=dict)

    @property
    def loss(self) -> str:
        """The letter of the loss, the last quantity of the graph."""
        return self.graph[-1].output

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The letters that the forward pass starts from, in the order of the whole pass."""
        return tuple(self.example())

    @cached_property
    def quantities(self) -> tuple[str, ...]:
        """The letters whose gradients are asked for, in the order of the backward pass."""
        return tuple(question.wrt for question in self.questions)

    @cached_property
    def asked(self) -> Mapping[str, Question | WholePass]:
        """All questions by their names, the whole pass last."""
        asked: tuple[Question | WholePass, ...] = (*self.questions, self.whole)
        return {question.name: question for question in asked}

    @cached_property
    def upstream(self) -> tuple[Upstream, ...]:
        """The gradients that questions are given, each once."""
        given = (given for question in self.questions for given in question.given)
        return tuple(dict.fromkeys(g for g in given if isinstance(g, Upstream)))

    def find(self, name: str) -> Question | WholePass:
        """The question of that name; raises ValueError if there is none."""
        if name not in self.asked:
            raise ValueError(UNKNOWN.format(name=name, known=", ".join(self.asked)))
        return self.asked[name]

    def asking_for(self, quantity: str) -> Question:
        """The question that asks for the gradient of that quantity."""
        return next(question for question in self.questions if question.wrt == quantity)

    # How things are called

    def symbol(self, quantity: str) -> str:
        """How a quantity is written in a sentence."""
        return self.symbols.get(quantity, quantity)

    def gradient(self, quantity: str) -> str:
        """How the gradient of a quantity is written: ∂L/∂w."""
        return f"∂{self.symbol(self.loss)}/∂{self.symbol(quantity)}"

    def argument(self, given: str | Upstream) -> str:
        """What an argument is called in Python: h, dL_dz."""
        return f"d{self.loss}_d{given.of}" if isinstance(given, Upstream) else given

    def arguments(self, question: Question | WholePass) -> tuple[str, ...]:
        """What the arguments of a question's function are called."""
        if isinstance(question, WholePass):
            return self.inputs
        return tuple(self.argument(given) for given in question.given)

    # The forward pass

    def forward(self, inputs: Mapping[str, Any]) -> Values:
        """Every quantity of the forward pass by its letter: the inputs, then what each operation makes."""
        values = dict(inputs)
        for operation in self.graph:
            values[operation.output] = operation.function(*(values[i] for i in operation.inputs))
        return values

    def moved(self, values: Mapping[str, Any], quantity: str, value: Any) -> Values:
        """All quantities when one of them takes another value: only what depends on it is computed again.

        `values` is what `forward` returned. Moving a quantity in the middle of the graph leaves alone
        what it was computed from: that is what the gradient with respect to it means.
        """
        found: Values = {**values, quantity: value}
        changed = {quantity}
        for operation in self.graph:
            if changed.intersection(operation.inputs):
                found[operation.output] = operation.function(*(found[i] for i in operation.inputs))
                changed.add(operation.output)
        return found

    def loss_when(self, values: Mapping[str, Any], quantity: str, value: Any) -> Any:
        """The loss when one quantity takes another value."""
        return self.moved(values, quantity, value)[self.loss]

    def consumers(self, quantity: str) -> tuple[Operation, ...]:
        """The operations that take the quantity, in the order of the forward pass."""
        return tuple(operation for operation in self.graph if quantity in operation.inputs)

    def consumer(self, quantity: str) -> Operation:
        """The first operation that takes the quantity."""
        return self.consumers(quantity)[0]

    def values_given(
        self, question: Question | WholePass, values: Mapping[str, Any], gradients: Mapping[str, Any]
    ) -> list[Any]:
        """What a question's function is called with: quantities of a forward pass, and gradients of the
        loss by letter, which upstream arguments are taken from."""
        if isinstance(question, WholePass):
            return [values[letter] for letter in self.inputs]
        return [gradients[g.of] if isinstance(g, Upstream) else values[g] for g in question.given]

    def visible_inputs(self) -> list[Values]:
        """The inputs of the visible check: the example, and others that are always the same."""
        return [self.example(), *(self.others or self._others_like_the_example)()]

    def _others_like_the_example(self) -> list[Values]:
        random = np.random.default_rng(2024)
        shapes = {letter: np.shape(value) for letter, value in self.example().items()}
        return [{n: np.round(random.normal(size=s), 2)[()] for n, s in shapes.items()} for _ in range(2)]

    # The picture

    @cached_property
    def places(self) -> Mapping[str, tuple[float, float]]:
        """The column and the row of each quantity in a picture, by `layout` or else by the graph."""
        return self.layout or _places(self.graph)


def _columns(graph: Sequence[Operation]) -> dict[str, int]:
    """A quantity stands right of all that it is computed from, an input just left of what it goes into."""
    columns: dict[str, int] = {}
    for operation in graph:
        computed = [columns[i] for i in operation.inputs if i in columns]
        columns[operation.output] = 1 + max(computed, default=0)
        for letter in operation.inputs:
            columns.setdefault(letter, columns[operation.output] - 1)
    return columns


def _places(graph: Sequence[Operation]) -> Mapping[str, tuple[float, float]]:
    """What is computed stands in the middle row, inputs below and above it in turn."""
    outputs, columns = {operation.output for operation in graph}, _columns(graph)
    places: dict[str, tuple[float, float]] = {}
    for column in sorted(set(columns.values())):
        here = [letter for letter in columns if columns[letter] == column]
        middle = sorted(here, key=lambda letter: letter not in outputs)
        offsets = [(step + 1) // 2 * (1 if step % 2 else -1) for step in range(len(middle))]
        places |= {letter: (column, 1 + offset) for letter, offset in zip(middle, offsets, strict=True)}
    top = min(row for _, row in places.values())
    return {letter: (column, row - top) for letter, (column, row) in places.items()}
