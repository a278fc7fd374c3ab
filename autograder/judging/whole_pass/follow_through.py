"""Follow-through in the whole pass: each entry is judged from the student's own steps before.

A slip costs the share of the step that it was made in, once. What follows from it is right.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from backprop_lab.model import Question, WholePass
from backprop_lab.validation import Rejected, Stage, Status

from ..gradient import Case, Fault, Policy, find_fault, is_right, verdict_on
from ..gradient_check import check_answers
from ..sample import sample_at
from ..verdict import Verdict
from .forward_slips import nearly
from .readings import Reading, ancestors, can_follow, readings
from .student_pass import Pass

OF_PART = "{part} {message}"
ANOTHER_FORWARD_PASS = (
    "wrong value, but right for another forward pass. Is {quantity} computed as in the graph? What follows "
    "from it is not counted against you."
)


# What may count as following


def _is_constant(entries: Sequence[Any]) -> bool:
    """Whether an entry is the same everywhere: the same array or, in whatever shape, the same number."""
    if all(np.array_equal(entries[0], entry) for entry in entries[1:]):
        return True
    numbers = np.concatenate([np.ravel(entry) for entry in entries])
    return bool(np.all(numbers == numbers[:1]))


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
    if _is_constant(entries):
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
    for fault in _faults(whole, question):
        if fault.mistakes:
            break
    return fault


Faults = dict[str, Fault]  # by the letter of the entry


def _find_faults(whole: Pass) -> Faults:
    """Every entry that does not follow, and why.

    A slip is charged where it was made: what follows from it is right.
    """
    known, found = dict[str, bool](), Faults()
    for question in whole.exercise.public.questions:
        if not _follows(whole, question, known):
            fault = found[question.wrt] = _fault(whole, question)
            known[question.wrt] = bool(fault.mistakes)
    return found


# Entries from which nothing can follow


def _is_dead(whole: Pass, question: Question) -> bool:
    """Whether nothing can follow from an entry: it is zero, of an absurd size, or the same everywhere."""
    entries = whole.entries(question.wrt)
    if any(isinstance(entry, Rejected) for entry in entries):
        return False
    return _is_constant(entries) or not can_follow(question.wrt, whole.samples, whole.answers)


def _dead(whole: Pass, faults: Faults) -> list[Question]:
    """The wrong entries from which nothing can follow, without those that are so because of another one."""
    dead = {q.wrt: q for q in whole.exercise.public.questions if q.wrt in faults and _is_dead(whole, q)}
    return [q for q in dead.values() if not dead.keys() & set(ancestors(whole.exercise, q))]


def _revived(whole: Pass, faults: Faults) -> Faults:
    """The faults that are left if numbers that mean nothing stand in place of entries from which nothing can
    follow; the same faults if `backward` does not get these from functions."""
    dead = [question for question in _dead(whole, faults) if question.name not in whole.replaced]
    if not dead or len(faults) == 1:
        return faults
    replaced = [*whole.replaced, *(question.name for question in dead)]
    try:
        other = replace(whole, answers=whole.again(whole.samples, replaced), replaced=replaced)
    except Rejected:
        return faults
    left = _revived(other, _find_faults(other))
    left = {**left, **{question.wrt: faults[question.wrt] for question in dead}}
    return left if len(left) < len(faults) else faults


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
        faults = _revived(whole, _excused(whole, faults))
    entries = [
        verdict_on(q.name, public.gradient(q.wrt), faults.get(q.wrt), policy) for q in public.questions
    ]
    share = sum(entry.share for entry in entries) / len(entries)
    stage = next((entry.stage for entry in entries if entry.stage), None)
    status = Status.RIGHT if share == 1 else Status.PARTLY if share else Status.WRONG
    checks = check_answers(whole.exercise, whole.samples, public.quantities, whole.answers)
    return Verdict(question.name, status, share, stage=stage, entries=tuple(entries), checks=checks)
