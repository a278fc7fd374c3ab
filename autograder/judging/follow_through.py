"""Follow-through in the whole pass: each entry is judged from the student's own steps before.

A slip costs the share of the step that it was made in, once. What follows from it is right.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from backprop_lab import tolerance
from backprop_lab.model import Question, WholePass
from backprop_lab.validation import Rejected, Status

from .exercise import GradedExercise
from .gradient import Fault, Policy, find_fault, verdict_on
from .gradient_check import check_answers
from .readings import Answers, Entries, Reading, readings
from .sampling import Sample, sample_at
from .verdict import Verdict

OF_PART = "{part} {message}"

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


def _faults(whole: Pass, question: Question, known: Mapping[str, bool]) -> Iterator[Fault | None]:
    """The fault in each reading of an entry, the true one first."""
    for reading in readings(whole.exercise, question, whole.samples, whole.answers):
        try:
            fault = find_fault(whole.exercise, question, reading.cases, whole.single)
        except ValueError:  # the student's own shapes do not go together
            continue
        if fault or not reading.start or _says_something(whole, question, reading, known):
            yield fault


def _entry_fault(whole: Pass, question: Question, known: Mapping[str, bool]) -> Fault | None:
    """The fault of one entry of the whole pass; None if in one reading it follows at every sample.

    A slip is charged where it was made: what follows from it is right. Of several faults one that a known
    mistake explains is told, and of these the one in the student's own way before the one in the true way.
    """
    failing = next((entry for entry in whole.entries(question.wrt) if isinstance(entry, Rejected)), None)
    found: list[Fault] = []
    for fault in () if failing else _faults(whole, question, known):
        if fault is None:
            return None
        found.append(fault)
    if reason := whole.failed.get(question.name):
        words = OF_PART.format(part=question.name, message=reason.message)
        return Fault.of(Rejected(reason.stage, words, reason.line))
    if failing:
        return Fault.of(failing)
    true, *own = found
    return next((fault for fault in (*own, true) if fault.mistake), true)


def judge_whole_pass(question: WholePass, whole: Pass, policy: Policy) -> Verdict:
    """The verdict on the whole pass, from the entries of its dict at each sample, with equal shares."""
    public, known = whole.exercise.public, dict[str, bool]()
    entries = []
    for one in public.questions:
        fault = _entry_fault(whole, one, known)
        known[one.wrt] = bool(fault and fault.mistake)
        entries.append(verdict_on(one.name, public.gradient(one.wrt), fault, policy))
    share = sum(entry.share for entry in entries) / len(entries)
    stage = next((entry.stage for entry in entries if entry.stage), None)
    status = Status.RIGHT if share == 1 else Status.PARTLY if share else Status.WRONG
    checks = check_answers(whole.exercise, whole.samples, public.quantities, whole.answers)
    return Verdict(question.name, status, share, stage=stage, entries=tuple(entries), checks=checks)
