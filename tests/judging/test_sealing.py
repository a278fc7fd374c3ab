"""Sealed hints: they open for who made the mistake, however it is rounded, and for nobody else."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.answers import FORMS

from autograder import exercises
from autograder.judging import sealing
from autograder.judging.mistakes.known import kind
from autograder.judging.sample import visible_samples
from autograder.judging.sealing import sealed_table
from backprop_lab.checking import examine, visible
from backprop_lab.hints import Table, read_table
from backprop_lab.validation import Status

COURSE = Path(__file__).parents[1] / "exercises" / "course"
EACH = [exercises.find(name, COURSE) for name in ("neural_network_derivation", "tanh_batch")]
TABLES = {exercise: sealed_table(exercise) for exercise in EACH}
FIRST = EACH[0]
KNOWN = [
    pytest.param(exercise, mistake, id=f"{mistake.question}: {mistake.name} {number}")
    for exercise in EACH
    for number, mistake in enumerate(exercise.mistakes)
]
CORNERS = np.array([-1.0, 1.0])


def answers(exercise, mistake):
    """At the visible inputs, as the check calls the function there."""
    question = exercise.public.asked[mistake.question]
    return [mistake.at(exercise.public.values_given(question, *at)) for at in visible(exercise.public)]


def rivals(exercise, mistake):
    """The hints of all known mistakes that give the same numbers at the visible inputs."""
    own = answers(exercise, mistake)
    same = [
        m
        for m in exercise.mistakes_by_question[mistake.question]
        if all(
            a is not None and np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-9, atol=1e-12)
            for a, b in zip(answers(exercise, m), own, strict=True)
        )
    ]
    return {m.hint for m in same}


@pytest.mark.parametrize(("exercise", "mistake"), KNOWN)
def test_every_known_mistake_opens_its_hint_at_every_rounding_of_the_last_digit(exercise, mistake):
    given = answers(exercise, mistake)
    if any(a is None or not np.isfinite(a).all() for a in given):
        pytest.skip("it raises an error at other shapes")
    assert rivals(exercise, mistake) == {mistake.hint}
    rng = np.random.default_rng(0)
    for size in (0, 1e-15, 1e-12, 1e-9):
        for _ in range(4):
            moved = [a + size * np.abs(a).max() * rng.choice(CORNERS, np.shape(a)) for a in given]
            assert TABLES[exercise].find(mistake.question, moved)[0] == mistake.hint


@pytest.mark.parametrize(("exercise", "mistake"), KNOWN[::7])
def test_every_entry_of_the_whole_pass_opens_the_hint(exercise, mistake):
    public = exercise.public
    question = public.asked[mistake.question]
    given = answers(exercise, mistake)
    if any(a is None or not np.isfinite(a).all() for a in given):
        pytest.skip("it raises an error at other shapes")
    calls = zip(visible(public), given, strict=True)

    def whole(*inputs):
        (_, right), wrong = next(calls)
        return {**right, question.wrt: wrong}

    result = examine(public, public.whole.name, whole, TABLES[exercise])
    assert result.message.endswith(f"→ {mistake.hint}")


@pytest.mark.parametrize("exercise", EACH, ids=lambda e: e.public.name)
def test_no_right_answer_opens_a_hint(exercise):
    for question in exercise.public.questions:
        right = [sample.gradients[question.wrt] for sample in visible_samples(exercise)]
        for size in (0, 1e-12, 1e-5, 1e-3):
            assert not TABLES[exercise].find(question.name, [a * (1 + size) for a in right])


def test_no_other_answer_opens_a_hint(notebook):
    known = {m.hint for m in FIRST.mistakes}
    for question in FIRST.public.questions:
        for source in FORMS[question.name].values():
            found = examine(FIRST.public, question.name, notebook(source)[question.name], TABLES[FIRST])
            assert not any(hint in found.message for hint in known)


def test_the_table_shows_neither_hints_nor_names_nor_which_rows_belong_together():
    text = json.dumps(vars(TABLES[FIRST]), ensure_ascii=False)
    for mistake in FIRST.mistakes:
        assert mistake.hint[:12] not in text
        assert mistake.plainer[:12] not in text
    rows, texts = TABLES[FIRST].rows, TABLES[FIRST].texts
    assert len(set(rows.values())) == len(rows) > 3 * len(texts)
    assert len({len(row) for row in rows.values()}) == 1
    assert len({len(text) for text in texts.values()}) < 5
    assert [*rows, *texts] == [*sorted(rows), *sorted(texts)]


def test_the_committed_table_is_what_the_mistakes_give_today():
    path = exercises.source_of(FIRST.public.name) / "hints.json"
    assert vars(read_table(path)) == vars(TABLES[FIRST])


def test_a_mistake_that_gives_what_another_gives_keeps_the_common_hint_or_none():
    said, other = (
        kind(name, hint, slope_c=lambda d: 7 * np.sum(d))
        for name, hint in (("one", "One?"), ("another", "Another?"))
    )
    batch = EACH[1]
    made = [*batch.own_mistakes, *said, *other]
    table = sealed_table(type(batch)(batch.public, batch.gradients, batch.sample, tuple(made)))
    sevenfold = [7 * np.sum(s.gradients["z"]) for s in visible_samples(batch)]
    assert table.find("slope_c", sevenfold) == ()


def test_values_near_every_edge_are_refused(monkeypatch):
    monkeypatch.setattr(sealing, "OFFSETS", sealing.OFFSETS[::50])
    spread = tuple(
        m
        for i in range(1000)
        for m in kind(f"{i}", "Which?", slope_c=lambda d, i=i: np.array([1.0, 0.1 + 1e-4 * i / 1000]))
    )
    batch = EACH[1]
    with pytest.raises(ValueError, match="the hints of tanh_batch cannot be sealed"):
        sealed_table(type(batch)(batch.public, batch.gradients, batch.sample, spread))


# What the check makes of them


@pytest.mark.parametrize(("exercise", "mistake"), KNOWN)
def test_the_check_says_the_hint_at_once(exercise, mistake):
    if any(a is None or not np.isfinite(a).all() for a in answers(exercise, mistake)):
        pytest.skip("it raises an error at other shapes")
    with np.errstate(all="ignore"):
        result = examine(exercise.public, mistake.question, mistake.wrong, TABLES[exercise])
    assert result.status is Status.WRONG
    assert result.message.endswith(f"→ {mistake.hint}")


def again(functions, question="grad_g", table=TABLES[FIRST]):
    result = None
    for function in functions:
        result = examine(FIRST.public, question, function, table, result)
        yield result.message.split("→ ")[-1]


def test_the_same_mistake_made_again_gets_plainer_hints_and_at_last_the_statements_line():
    wrong = next(m for m in FIRST.mistakes_by_question["grad_g"] if m.name == "σ for σ′")
    line = "Read again in the statement how h is computed, h = σ(g). How does it change when g does?"
    assert list(again([wrong.wrong] * 4)) == [wrong.hint, wrong.plainer, line, line]


def test_another_mistake_begins_anew():
    one, other = (
        next(m for m in FIRST.mistakes_by_question["grad_g"] if m.name == name)
        for name in ("σ for σ′", "tanh′")
    )
    said = list(again([one.wrong, one.wrong, other.wrong, one.wrong]))
    assert said == [one.hint, one.plainer, other.hint, one.hint]


def test_without_a_table_the_general_questions_become_plainer_too():
    said = list(again([lambda d, g: d * g**3] * 3, table=Table()))
    assert said[0].startswith("Look at one step")
    assert said[1].startswith("Read again in the statement")


def test_a_hint_for_a_wrong_shape_follows_the_words_for_the_shape():
    result = examine(FIRST.public, "grad_u", lambda d, x: np.outer(x, d), TABLES[FIRST])
    first, call, *_, last = result.message.splitlines()
    assert first == "✗ grad_u: wrong shape: got (2, 3); ∂L/∂u has the shape of u, (3, 2)."
    assert call == "    To try it, run in a cell:"
    assert last == "    → Which index of u counts the hidden units, the first or the second?"


def test_a_folder_without_a_table_has_no_hints(tmp_path):
    assert read_table(tmp_path / "hints.json").rows == {}


@pytest.mark.parametrize("name", exercises.names())
def test_the_table_is_the_same_on_a_machine_that_rounds_otherwise(name, monkeypatch):
    exercise, rng, computed = exercises.find(name), np.random.default_rng(0), sealing.computed
    before = sealed_table(exercise)

    def elsewhere(wrong, given):
        answer = computed(wrong, given)
        noise = 1e-17 * rng.normal(size=np.shape(answer))
        return answer if answer is None else answer + noise * (answer != 0)

    monkeypatch.setattr(sealing, "computed", elsewhere)
    assert sealed_table(exercise) == before
