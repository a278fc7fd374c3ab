"""How the quantities of an exercise are written: as LaTeX in the statement, in words in a docstring."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from backprop_lab.description import listed
from backprop_lab.model import Exercise, Question, Upstream

from ..judging import shapes

PARTED = re.compile(r"([^\W\d_]+)_?(.*)")
TASK = "{operations} {given}What is $\\partial {loss} / \\partial {symbol}$?"
ENTERS = "${symbol}$ enters {equations}."
COUNTED = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
GIVEN = "You are given {gradients}. "


def symbol(letter: str) -> str:
    """A letter as LaTeX: W1 and W_1 have an index, W_out has a word."""
    found = PARTED.fullmatch(letter)
    name, index = found.groups() if found else (letter, "")
    name = name if len(name) == 1 else rf"\mathrm{{{name}}}"
    if not index:
        return name
    return f"{name}_{{{index}}}" if index.isdigit() or len(index) == 1 else rf"{name}_{{\mathrm{{{index}}}}}"


def counted(number: int) -> str:
    """A small number as a word."""
    return COUNTED[number] if number < len(COUNTED) else str(number)


@dataclass(frozen=True)
class Words:
    """The words on an exercise's quantities; `meanings` says what a letter stands for."""

    exercise: Exercise
    named: Mapping[str, shapes.Shape]
    meanings: Mapping[str, str]

    def membership(self, letter: str) -> str:
        """The set that a quantity is from, as LaTeX."""
        sizes = r" \times ".join(str(size) for size in self.named[letter])
        return r" \in \mathbb{R}" + (f"^{{{sizes}}}" if sizes else "")

    def shape_words(self, letter: str) -> str:
        """The shape of a quantity."""
        shape = self.named[letter]
        if not shape:
            return "a number"
        return f"an array of shape ({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"

    def described_letter(self, letter: str) -> str:
        """What a quantity is, and its shape."""
        meaning = self.meanings.get(letter)
        return f"{meaning}, {self.shape_words(letter)}" if meaning else self.shape_words(letter)

    def described(self, question: Question) -> list[tuple[str, str]]:
        """The arguments of a question, each in words."""
        return [
            (
                self.exercise.argument(given),
                f"{self.exercise.gradient(given.of)}, {self.shape_words(given.of)}"
                if isinstance(given, Upstream)
                else self.described_letter(given),
            )
            for given in question.given
        ]

    def named_letter(self, letter: str) -> str:
        """A letter, and what it stands for."""
        meaning = self.meanings.get(letter)
        return f"{letter}, {meaning}" if meaning else letter

    # LaTeX

    def equation(self, output: str) -> str:
        """The formula of an operation."""
        operation = next(o for o in self.exercise.graph if o.output == output)
        if operation.latex:
            return operation.latex.replace("&", "")
        arguments = ", ".join(map(symbol, operation.inputs))
        return rf"{symbol(output)} = f_{{{symbol(output)}}}({arguments})"

    def derivative(self, letter: str) -> str:
        """The gradient with respect to a quantity, as LaTeX."""
        return rf"$\frac{{\partial {symbol(self.exercise.loss)}}}{{\partial {symbol(letter)}}}$"

    def task(self, question: Question) -> str:
        """What a question asks."""
        equations = [f"${self.equation(o.output)}$" for o in self.exercise.consumers(question.wrt)]
        letter = symbol(question.wrt)
        words = ENTERS.format(symbol=letter, equations=listed(equations))
        arriving = [self.derivative(g.of) for g in question.given if isinstance(g, Upstream)]
        given = GIVEN.format(gradients=listed(arriving)) if arriving else ""
        return TASK.format(operations=words, given=given, loss=symbol(self.exercise.loss), symbol=letter)

    def forward_latex(self) -> str:
        """All operations but the loss, one below the other."""
        lines = [self.equation(o.output).replace("=", "&=", 1) for o in self.exercise.graph[:-1]]
        return r" \\ ".join(lines)
