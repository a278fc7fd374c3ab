"""Known wrong answers: a formula each, its name for the instructor, and a hint for the student.

An entry serves three times: it names the mistake, it carries the hint, and it tests the grader.
A hint asks and never tells: no formula, no value of the reference.
"""

from ..exercises.neural_network_derivation import mistakes as network
from . import common_mistakes as general
from .mistake import Mistake
from .questions import QUESTIONS

CATALOGUE: tuple[Mistake, ...] = (
    *general.SHAPES,
    *general.FACTORS,
    *network.LOSS,
    *network.LINEAR,
    *network.LOGISTIC,
    *general.VARIABLES,
    *general.NUMERICAL,  # last: it is recognised by being nearly right
)
BY_QUESTION = {q: tuple(m for m in CATALOGUE if m.question == q) for q in QUESTIONS}
NAMES = frozenset(m.name for m in CATALOGUE)
