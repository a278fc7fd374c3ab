"""A verdict is data: it survives its way through a notebook, and its words are made once."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.judging.verdict import (
    GradientCheck,
    Verdict,
    from_data,
    needs_review,
    render,
    standing,
    to_data,
)
from backprop_lab.validation import Stage, Status

text = st.text(max_size=30)
errors = st.none() | st.floats(0, 2)
checks = st.builds(GradientCheck, text, errors, errors)


def verdicts(entries):
    return st.builds(
        Verdict,
        text,
        st.sampled_from(Status),
        st.floats(0, 1),
        text,
        st.none() | st.sampled_from(Stage),
        text,
        text,
        text,
        text,
        st.lists(entries, max_size=3).map(tuple) if entries else st.just(()),
        st.lists(checks, max_size=2).map(tuple),
        st.lists(text, max_size=2).map(tuple),
        text,
    )


@given(verdicts(verdicts(None)))
def test_a_verdict_survives_json(verdict):
    assert from_data(json.loads(json.dumps(to_data(verdict)))) == verdict


@pytest.mark.parametrize("data", [None, {}, [], {"status": "right"}, {"status": "splendid"}, "right"])
def test_data_of_anything_else_is_refused(data):
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_data(data)


def test_words_of_each_status():
    assert render(Verdict("q", Status.RIGHT, 1.0), 2) == "✓ q, 2 of 2 points."
    wrong = Verdict("q", Status.WRONG, 0.0, reason="no.", line="x = 1", hint="Why?")
    assert render(wrong, 2) == "✗ q, 0 of 2 points: no.\n    in the line: x = 1\n    Hint: Why?"
    assert render(Verdict("q", Status.OPEN, 0.0, reason="open."), 2) == "○ q, 0 of 2 points: open."
    partly = Verdict("q", Status.PARTLY, 0.25, reason="no.", hint="Why?", mistake="sign")
    assert render(partly, 2).endswith("A known mistake (sign): 25 % of the points are kept.")
    assert render(needs_review("q", "ours."), 2) == "? q needs manual review: ours."


def test_words_of_a_whole_pass_name_the_entries_that_are_not_right():
    entries = (
        Verdict("a", Status.RIGHT, 1.0, "∂L/∂a"),
        Verdict("b", Status.WRONG, 0.0, "∂L/∂b", reason="no.", hint="Why?"),
    )
    whole = Verdict("all", Status.PARTLY, 0.5, entries=entries, notes=("careful.",))
    assert render(whole, 3).splitlines() == [
        "◐ all, 1.5 of 3 points, 1 of 2 entries right.",
        "    ∂L/∂b: no.",
        "        Hint: Why?",
        "    Note: careful.",
    ]


def test_points_of_a_whole_pass_are_the_sum_of_its_entries_to_the_last_bit():
    entries = (*6 * (Verdict("e", Status.RIGHT, 1.0),), Verdict("e", Status.WRONG, 0.0))
    assert Verdict("all", Status.PARTLY, 6 / 7, entries=entries).points(3) == 3 * 6.0 / 7


def test_mistakes_of_entries_are_mistakes_of_the_whole():
    entries = (Verdict("a", Status.WRONG, 0.0, mistake="sign"), Verdict("b", Status.RIGHT, 1.0))
    assert Verdict("all", Status.PARTLY, 0.5, entries=entries).mistakes == ("sign",)


@pytest.mark.parametrize(
    ("verdict", "points", "expected"),
    [
        (None, None, Status.NEEDS_REVIEW),
        (None, 3.0, Status.RIGHT),
        (None, 1.0, Status.PARTLY),
        (None, 0.0, Status.WRONG),
        (Verdict("q", Status.OPEN, 0.0), 0.0, Status.OPEN),
        (Verdict("q", Status.OPEN, 0.0), 2.0, Status.PARTLY),  # a person gave something
        (Verdict("q", Status.WRONG, 0.0), 3.0, Status.RIGHT),
        (Verdict("q", Status.RIGHT, 1.0), 1.0, Status.PARTLY),
        (needs_review("q", "ours"), None, Status.NEEDS_REVIEW),
        (needs_review("q", "ours"), 3.0, Status.RIGHT),
    ],
)
def test_how_a_question_stands(verdict, points, expected):
    assert standing(verdict, points, 3.0) is expected
