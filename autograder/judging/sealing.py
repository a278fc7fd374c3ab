"""The table of sealed hints of an exercise, from its known mistakes."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_lab.hints import Table, lock_key, lock_text, positions

from .exercise import GradedExercise
from .mistakes.known import computed
from .sample import visible_samples

NOISE = 1e-12  # of the right answer: less is what rounding leaves of a zero, other digits on each machine
MARGIN = 1e-3  # how far from an edge every number has to lie, in steps from edge to edge
OFFSETS = tuple(i / 1000 for i in range(1, 1000))
NEAR_AN_EDGE = (
    "the hints of {exercise} cannot be sealed: wherever the edges lie between which numbers are rounded, one "
    "of the {count} answers that known mistakes give for {question} at the visible inputs lies near one. "
    "Change a number in others()."
)


@dataclass(frozen=True)
class _Known:
    """Answers to a question at the visible inputs, and all hints that a known mistake gives for them."""

    question: str
    answers: Sequence[Any]
    texts: tuple[str, ...]


def _known(exercise: GradedExercise) -> Iterator[_Known]:
    """Every known mistake that gives numbers at all visible inputs, the same on every machine."""
    samples, public = visible_samples(exercise), exercise.public
    for question in public.questions:
        arguments = [public.values_given(question, s.values, s.gradients) for s in samples]
        right = [s.gradients[question.wrt] for s in samples]
        for mistake in exercise.mistakes_by_question[question.name]:
            answers = [computed(mistake.wrong, given) for given in arguments]
            if all(map(_is_told, answers, right)):
                texts = (mistake.hint, mistake.plainer) if mistake.plainer else (mistake.hint,)
                yield _Known(question.name, answers, texts)


def _is_told(answer: Any, right: Any) -> bool:
    """Whether an answer consists of numbers that a row can be locked with."""
    if answer is None or not np.isfinite(answer).all():
        return False
    size = np.abs(answer).max(initial=0.0)
    return bool(size == 0 or size > NOISE * np.abs(right).max())


def _offset(exercise: GradedExercise, question: str, known: Sequence[_Known]) -> float:
    """Where to put the edges so that no number lies near one; raises ValueError if there is no such place."""
    answers = [answer for one in known if one.question == question for answer in one.answers]
    for offset in OFFSETS:
        if not any(_near_an_edge(positions(answer, offset)) for answer in answers):
            return offset
    words = {"exercise": exercise.public.name, "question": question, "count": len(answers)}
    raise ValueError(NEAR_AN_EDGE.format(**words))


def _near_an_edge(found: Any) -> bool:
    return bool(np.abs(found - np.round(found)).min() < MARGIN)


def sealed_hints(exercise: GradedExercise) -> str:
    """The text of hints.json; raises ValueError, see `sealed_table`."""
    return json.dumps(vars(sealed_table(exercise)), indent=1) + "\n"


def sealed_table(exercise: GradedExercise) -> Table:
    """The table; where several mistakes give the same answers, only with what is true of all of them.

    Raises ValueError if a number lies near a rounding edge wherever the edges are.
    """
    known = list(_known(exercise))
    offsets = {q.name: _offset(exercise, q.name, known) for q in exercise.public.questions}
    said: dict[str, set[tuple[str, ...]]] = {}
    rows, texts = {}, {}
    for one in known:
        key, name, text = lock_text(one.texts)
        digest, row = lock_key(one.question, one.answers, offsets[one.question], key)
        said.setdefault(digest, set()).add(one.texts)
        rows[digest], texts[name] = row, text
    alone = {digest: row for digest, row in rows.items() if len(said[digest]) == 1}
    return Table(offsets, dict(sorted(alone.items())), dict(sorted(texts.items())))
