"""What the judge and the visible check say of mutated answers, beside what is true of these."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from autograder.judging.exercise import GradedExercise
from autograder.judging.gradient import judge_gradient
from autograder.judging.mistakes import hints
from autograder.judging.mistakes.known import Mistake
from autograder.judging.sample import Sample
from autograder.judging.sampling import sample_inputs
from autograder.judging.sealing import sealed_table
from autograder.judging.verdict import Verdict
from backprop_lab import tolerance
from backprop_lab.checking import examine
from backprop_lab.hints import Table
from backprop_lab.model import Question
from backprop_lab.validation import Status

from .mutations import PIECEWISE, Mutant, answers_of, fresh, function_of, is_true, true_mistakes

NEARLY = 0.1  # of a size, to which single precision may come down where numbers cancel
ROUNDED, NEARLY_RIGHT = hints.ROUNDED.name, hints.NEARLY_RIGHT.name


@dataclass
class Study:
    """How often what happened, and the mutants for which it should not have."""

    counts: Counter[str] = field(default_factory=Counter)
    offenders: dict[str, list[str]] = field(default_factory=dict)

    def note(self, what: str, happened: bool = True) -> None:
        """Count something that may happen."""
        self.counts[what] += happened

    def blame(self, what: str, happened: bool, mutant: Mutant, detail: str = "") -> None:
        """Count something that should not happen, and keep the mutant."""
        self.note(what, happened)
        if happened:
            self.offenders.setdefault(what, []).append(f"{mutant.source}   # {detail}")

    def share(self, part: str, whole: str) -> float:
        """How large a share one count is of another, 1 if there is nothing."""
        return self.counts[part] / self.counts[whole] if self.counts[whole] else 1.0


@dataclass(frozen=True)
class _Subject:
    """A mutant whose function returns numbers, and what is true of it."""

    mutant: Mutant
    question: Question
    right: bool
    mistakes: tuple[Mistake, ...]
    nearly: frozenset[str]
    borderline: bool  # single precision that loses digits: neither right nor wrong


def _subject(exercise: GradedExercise, mutant: Mutant) -> _Subject | None:
    question = exercise.public.asked[mutant.question]
    assert isinstance(question, Question)
    answers = answers_of(exercise, function_of(exercise, mutant), question, fresh(exercise))
    if answers is None:
        return None
    right = is_true(exercise, question, answers)
    mistakes = () if right else true_mistakes(exercise, question, answers)
    nearly, borderline = _nearly(exercise, question, answers), _is_borderline(exercise, question, answers)
    return _Subject(mutant, question, right, mistakes, nearly, borderline)


def _is_borderline(exercise: GradedExercise, question: Question, answers: Sequence[object]) -> bool:
    pairs = [(s.gradients[question.wrt], a) for s, a in zip(fresh(exercise), answers, strict=True)]
    single = all(tolerance.is_single(answer) for _, answer in pairs)
    return single and all(tolerance.near(a, right, NEARLY * np.abs(right).max()) for right, a in pairs)


def _is_rounded(answer: object, digits: int, right: object) -> bool:
    if not tolerance.near(answer, right, 10 * 10**-digits):
        return False
    return tolerance.near(answer, np.round(np.asarray(answer), digits), tolerance.EQUIVALENT)


def _nearly(exercise: GradedExercise, question: Question, answers: Sequence[object]) -> frozenset[str]:
    """What is true of the digits of answers: that they are rounded at all fresh inputs, that they are nearly
    right at most of them."""
    pairs = [(s.gradients[question.wrt], a) for s, a in zip(fresh(exercise), answers, strict=True)]
    near = [tolerance.near(a, right, tolerance.NEARLY * np.abs(right).max()) for right, a in pairs]
    rounded = any(all(_is_rounded(answer, digits, right) for right, answer in pairs) for digits in range(9))
    true = {NEARLY_RIGHT: sum(near) > len(near) / 2, ROUNDED: rounded}
    return frozenset(name for name, holds in true.items() if holds)


def _is_true_name(subject: _Subject, verdict: Verdict) -> bool:
    return verdict.mistake in subject.nearly | {m.name for m in subject.mistakes}


def _compare(study: Study, subject: _Subject, verdict: Verdict) -> None:
    """Count what a verdict says of a mutant."""
    accepted, mutant = verdict.share == 1, subject.mutant
    study.note("judged")
    study.note("right", subject.right)
    study.note("borderline", subject.borderline and not subject.right)
    study.blame("false accepts", accepted and not subject.right and not subject.borderline, mutant)
    study.blame("false rejects", subject.right and not accepted, mutant, verdict.reason)
    if subject.right:
        return
    named = bool(verdict.mistake)
    study.note("named", named)
    study.note("named truly", named and _is_true_name(subject, verdict))
    study.blame("false accusations", named and not _is_true_name(subject, verdict), mutant, verdict.mistake)
    said = {m.hint for m in subject.mistakes}
    study.note("with a name", bool(said))
    study.note("with a name, recognised", bool(said) and verdict.hint in said)


def _check(study: Study, exercise: GradedExercise, subject: _Subject, verdict: Verdict, table: Table) -> None:
    """Count what the visible check says beside a verdict."""
    function = function_of(exercise, subject.mutant)
    with np.errstate(all="ignore"):
        result = examine(exercise.public, subject.question.name, function, table)  # type: ignore[arg-type]
    right = result.status is Status.RIGHT
    honest = subject.mutant.change not in PIECEWISE
    only_there = right and verdict.share < 1
    study.blame("right for the check only", only_there and honest, subject.mutant, verdict.reason)
    study.note("by cases, right for the check only", only_there and not honest)
    study.blame("right for the grader only", verdict.share == 1 and not right, subject.mutant, result.message)
    if verdict.hint:
        study.note("hints of the grader")
        same = result.message.endswith(f"→ {verdict.hint}")
        study.note("hints of the grader, given by the check", same)


def study_mutants(exercise: GradedExercise, mutants: Sequence[Mutant], seeds: Sequence[bytes]) -> Study:
    """What is said of these mutants with the test inputs of these seeds."""
    study, table = Study(), sealed_table(exercise)
    for mutant in mutants:
        study.note("mutants")
        subject = _subject(exercise, mutant)
        function = function_of(exercise, mutant)
        verdicts = []
        for seed in seeds if subject else ():
            samples = sample_inputs(exercise, seed, mutant.question)
            answers = answers_of(exercise, function, subject.question, samples)
            if answers is not None:
                with np.errstate(all="ignore"):
                    verdicts.append(judge_gradient(exercise, subject.question, samples, answers, {}))
                _compare(study, subject, verdicts[-1])
        if not verdicts:
            study.note("raise an error or return no numbers")
            continue
        _check(study, exercise, subject, verdicts[0], table)
    return study


def _is_found_out(
    exercise: GradedExercise, question: Question, answers: Sequence[object], samples: Sequence[Sample]
) -> bool:
    pairs = zip(samples, answers, strict=True)
    return not all(
        np.shape(answer) == np.shape(s.gradients[question.wrt])
        and tolerance.is_right(
            answer, s.gradients[question.wrt], exercise.public.values_given(question, s.values, s.gradients)
        )
        for s, answer in pairs
    )


def lucky(
    exercise: GradedExercise, mutants: Sequence[Mutant], seeds: Sequence[bytes]
) -> Iterator[tuple[Mutant, bytes]]:
    """The wrong piecewise answers that are right for a student, with the student's seed."""
    for mutant in sorted(mutants, key=lambda m: m.question):  # whose test inputs are remembered for a while
        subject = _subject(exercise, mutant) if mutant.change in PIECEWISE else None
        if subject is None or subject.right:
            continue
        function = function_of(exercise, mutant)
        for seed in seeds:
            samples = sample_inputs(exercise, seed, mutant.question)
            answers = answers_of(exercise, function, subject.question, samples)
            if answers is not None and not _is_found_out(exercise, subject.question, answers, samples):
                yield mutant, seed
