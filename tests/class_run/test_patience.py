"""A gradebook that does not answer is waited for, and one that does is not left in the middle."""

import signal
from contextlib import suppress

import pytest

from autograder.class_run import patience
from autograder.class_run.gradebook import GradebookGone
from autograder.class_run.patience import patiently
from autograder.sandbox.processes import STOPS

DONE = []


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    DONE.clear()
    monkeypatch.setattr(patience.time, "sleep", lambda seconds: None)
    before = {each: signal.signal(each, signal.default_int_handler) for each in STOPS}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


def ask(question, seconds=60.0):
    told = []
    return patiently(question, seconds, told.append, lambda: told.append("again")), told


def stop(number=signal.SIGINT):
    signal.raise_signal(number)
    DONE.append("went on")


def test_what_answers_is_asked_once():
    assert ask(lambda: 5) == (5, [])


def test_what_does_not_answer_is_asked_again():
    answers = iter([GradebookGone("no route"), 5])

    def question():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    answer, told = ask(question)
    assert answer == 5
    assert told == ["the database does not answer (no route); trying again for 60 s", "again"]


def test_what_never_answers_is_given_up():
    def question():
        raise GradebookGone("no route")

    with pytest.raises(
        GradebookGone, match=r"does not answer \(no route\)\. What was graded before is recorded"
    ):
        ask(question, 0.0)


@pytest.mark.parametrize("number", STOPS)
def test_who_stops_the_grader_stops_it_after_the_answer(number):
    with pytest.raises(KeyboardInterrupt):
        ask(lambda: stop(number))
    assert DONE == ["went on"]
    assert signal.getsignal(number) is signal.default_int_handler


def test_who_stops_it_again_stops_it_at_once():
    def question():
        stop()
        with suppress(KeyboardInterrupt):
            stop()

    with pytest.raises(KeyboardInterrupt):
        ask(question)
    assert DONE == ["went on"]


def test_nobody_has_to_wait_with_the_grader(monkeypatch):
    def question():
        raise GradebookGone("no route")

    monkeypatch.setattr(patience.time, "sleep", lambda seconds: stop())
    with pytest.raises(KeyboardInterrupt):
        ask(question)
    assert not DONE
