"""The questions in one table: what is asked, for how many points, and what is right."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from backprop_lab.checking import POINTS as POINTS
from backprop_lab.checking import QUESTIONS as ASKED

from ..exercises.neural_network_derivation import gradients as reference


@dataclass(frozen=True)
class Question:
    """A function that students write.

    `quantity` is what L is derived by ("" for `backward`, which returns all seven), and its
    shape is the shape of the answer; `arguments` names what the function is given.
    """

    name: str
    points: int
    quantity: str
    arguments: tuple[str, ...]
    reference: Callable[..., Any]


QUESTIONS = {
    name: Question(name, POINTS[name], quantity, arguments, getattr(reference, name))
    for name, (quantity, arguments) in ASKED.items()
}
TOTAL = sum(POINTS.values())

# The question that asks for a quantity: "w" is asked for by grad_w.
ASKED_FOR = {q.quantity: q for q in QUESTIONS.values() if q.quantity}
