"""Follow-through in the whole pass: each entry is judged from the student's own steps before.

A slip costs the share of the step that it was made in, once. What follows from it is right.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Question, WholePass
from backprop_lab.validation import Rejected, Stage, Status

from .exercise import GradedExercise
from .forward_slips import nearly
from .gradient import Case, Fault, Policy, find_fault, is_right, verdict_on
from .gradient_check import check_answers
from .readings import Answers, Entries, Reading, readings
from .sampling import Sample, sample_at
from .verdict import Verdict

OF_PART = "{part} {message}"
ANOTHER_FORWARD_PASS = (
    "wrong value, but right for another forward pass. Is {quantity} computed as in the graph? What follows "
    "from it is not counted against you."
)

Again = Callable[[Sequence[Sample]], Answers]  # the student's entries at further samples; raises Rejected


@dataclass(frozen=True)
class Pass:
    """A student's whole pass: its entries at the samples, how to ask for more of them, and why functions
    that it calls had to be replaced, by their names."""

    exercise: GradedExercise
    samples: Sequence[Sample]
    answers: Answers
    again: Again
    failed: Mapping[str, Rejected] = field(default_factory=dict)

    @cached_property
    def single(self) -> float:
        """The tolerance for entries in single precision: errors add up if all the pass was computed in it."""
        arrays = [a for answer in self.answers for a in answer.values() if not isinstance(a, Rejected)]
        throughout = all(tolerance.is_single(array) for array in arrays)
        return tolerance.SINGLE_THROUGHOUT if throughout else tolerance.SINGLE

    def entries(self, quantity: str) -> list[Any]:
        """What it gives for a quantity, at each sample."""
        return [answer[quantity] for answer in self.answers]

    @cached_property
    def _moved(self) -> Sequence[tuple[Sample, Entries]]:
        """The first sample once more, and others that differ from it in one input each, with the student's
        entries there; none if the pass fails at one of them."""
        samples = [self.samples[0], *_moved_samples(self.exercise, self.samples)]
        try:
            return list(zip(samples, self.again(samples), strict=True))
        except Rejected:
            return []

    def depends(self, quantity: str) -> bool:
        """Whether an entry depends on more than half of the inputs that the true gradient depends on, and
        on nothing else: on neither chance nor what was called before."""
        if not self._moved:
            return False
        (first, again), *moved = self._moved
        true, own = first.gradients[quantity], self.answers[0][quantity]
        inputs = [e for s, e in moved if not np.array_equal(s.gradients[quantity], true)]
        depending = sum(not _equal(entries[quantity], own) for entries in inputs)
        return _equal(again[quantity], own) and 2 * depending > len(inputs)


def _equal(one: Any, other: Any) -> bool:
    return not isinstance(one, Rejected) and np.array_equal(one, other)


def _moved_samples(exercise: GradedExercise, samples: Sequence[Sample]) -> Iterator[Sample]:
    """Samples that differ from the first one in one input each, which comes from another sample; an input
    that has another shape in all of them is left out."""
    first, *others = samples
    inputs = {letter: first.values[letter] for letter in exercise.public.inputs}
    for letter, value in inputs.items():
        found = [o.values[letter] for o in others if np.shape(o.values[letter]) == np.shape(value)]
        different = [v for v in found if not np.array_equal(v, value)]
        if different:
            yield sample_at(exercise, {**inputs, letter: different[0]})


# What may count as following


def _is_given(whole: Pass, entries: Sequence[Any]) -> bool:
    """Whether an entry is a quantity of the forward pass."""
    pairs = list(zip(entries, whole.samples, strict=True))
    return any(all(np.array_equal(e, at.values[name]) for e, at in pairs) for name in whole.samples[0].values)


def _says_something(whole: Pass, question: Question, reading: Reading, known: Mapping[str, bool]) -> bool:
    """Whether it proves anything that an entry follows from the student's own ones.

    A constant never does. A number that was given, or one that depends on few of the inputs, as no
    gradient does, proves nothing either, unless it follows from a known mistake.
    """
    entries = whole.entries(question.wrt)
    if all(np.array_equal(entries[0], entry) for entry in entries[1:]):
        return False
    if all(known.get(quantity, False) for quantity in reading.start):
        return True
    return not _is_given(whole, entries) and whole.depends(question.wrt)


# One entry


def _follows(whole: Pass, question: Question, known: Mapping[str, bool]) -> bool:
    """Whether an entry follows at every sample, in one reading."""
    exercise, samples, answers = whole.exercise, whole.samples, whole.answers
    if any(isinstance(entry, Rejected) for entry in whole.entries(question.wrt)):
        return False
    for reading in readings(exercise, question, samples, answers):
        try:
            right = is_right(exercise, question, reading.cases, whole.single)
        except ValueError:  # the student's own shapes do not go together
            continue
        if right and (not reading.start or _says_something(whole, question, reading, known)):
            return True
    return False


def _faults(whole: Pass, question: Question) -> Iterator[Fault]:
    """The fault in each reading of an entry that does not follow: in the student's own way before the one in
    the true way."""
    true, *own = readings(whole.exercise, question, whole.samples, whole.answers)
    for reading in (*own, true):
        with suppress(ValueError):
            if fault := find_fault(whole.exercise, question, reading.cases, whole.single):
                yield fault


def _fault(whole: Pass, question: Question) -> Fault:
    """Why an entry does not follow. Of several faults the first one that a known mistake explains is told."""
    if reason := whole.failed.get(question.name):
        words = OF_PART.format(part=question.name, message=reason.message)
        return Fault.of(Rejected(reason.stage, words, reason.line))
    for entry in whole.entries(question.wrt):
        if isinstance(entry, Rejected):
            return Fault.of(entry)
    found = list(_faults(whole, question))
    return next((fault for fault in found if fault.mistake), found[-1])


Faults = dict[str, Fault]  # by the letter of the entry


def _find_faults(whole: Pass) -> Faults:
    """Every entry that does not follow, and why.

    A slip is charged where it was made: what follows from it is right.
    """
    known, found = dict[str, bool](), Faults()
    for question in whole.exercise.public.questions:
        if not _follows(whole, question, known):
            fault = found[question.wrt] = _fault(whole, question)
            known[question.wrt] = fault.mistake is not None
    return found


# The student's own forward pass


def _of_another_network(whole: Pass, first: Question) -> Iterator[tuple[str, Pass]]:
    """The same whole pass as one of networks with another forward pass, each with the quantity that differs;
    only of those for which the first wrong entry is right."""
    inputs = [{letter: at.values[letter] for letter in whole.exercise.public.inputs} for at in whole.samples]
    for one in nearly(whole.exercise):
        at = sample_at(one.networks[0], inputs[0])
        given = whole.exercise.public.values_given(first, at.values, at.gradients)
        if not is_right(one.networks[0], first, [Case(given, whole.entries(first.wrt)[0])], whole.single):
            continue
        for network in one.networks:
            samples = [sample_at(network, values) for values in inputs]
            yield one.quantity, replace(whole, exercise=network, samples=samples)


def _excused(whole: Pass, faults: Faults) -> Faults:
    """The faults that are left if all of them come of one slip in the student's own forward pass, which
    costs the first of them; the same faults if there is no such slip."""
    wrong = [q for q in whole.exercise.public.questions if q.wrt in faults]
    if len(wrong) < 2 or faults[wrong[0].wrt].stage is not Stage.VALUE:
        return faults
    best = faults
    for quantity, other in _of_another_network(whole, wrong[0]):
        left = {q.wrt: faults[q.wrt] for q in wrong if not _follows(other, q, {})}
        if wrong[0].wrt not in left and len(left) + 1 < len(best):
            slip = Fault(Stage.VALUE, ANOTHER_FORWARD_PASS.format(quantity=quantity))
            best = {wrong[0].wrt: slip, **left}
    return best


def judge_whole_pass(question: WholePass, whole: Pass, policy: Policy) -> Verdict:
    """The verdict on the whole pass, from the entries of its dict at each sample, with equal shares."""
    public, faults = whole.exercise.public, _find_faults(whole)
    if faults:
        faults = _excused(whole, faults)
    entries = [
        verdict_on(q.name, public.gradient(q.wrt), faults.get(q.wrt), policy) for q in public.questions
    ]
    share = sum(entry.share for entry in entries) / len(entries)
    stage = next((entry.stage for entry in entries if entry.stage), None)
    status = Status.RIGHT if share == 1 else Status.PARTLY if share else Status.WRONG
    checks = check_answers(whole.exercise, whole.samples, public.quantities, whole.answers)
    return Verdict(question.name, status, share, stage=stage, entries=tuple(entries), checks=checks)
