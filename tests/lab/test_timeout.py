"""An endless loop ends after the time limit, with an alarm or without one."""

import itertools
import sys
import threading
import time

import pytest

from backprop_lab import timeout, validation
from backprop_lab.checking import examine
from backprop_lab.timeout import OutOfTime, time_limit
from exercise import EXERCISE

LIMIT = 0.2


def forever():
    while True:
        pass


def forever_in_one_line():
    while True:
        pass


def forever_in_a_generator():
    return sum(1 for _ in itertools.count())


def forever_in_a_list():
    return [0 for _ in itertools.count() if False]


def forever_catching_exceptions():
    while True:
        try:
            time.sleep(0.001)
        except Exception:
            continue


def forever_catching_everything():
    while True:
        try:
            time.sleep(0.001)
        except:  # noqa: E722
            continue


def forever_by_calls():
    def again():
        return None

    while True:
        again()


ENDLESS = [
    forever, forever_in_one_line, forever_in_a_generator, forever_in_a_list, forever_catching_exceptions,
    forever_catching_everything, forever_by_calls,
]  # fmt: skip


def outcome(function):
    """What a call in time gives, and that nothing is left behind."""
    try:
        with time_limit(LIMIT):
            return function()
    except OutOfTime:
        return "late"


def in_thread(function):
    found = []
    thread = threading.Thread(
        target=lambda: found.extend([outcome(function), sys.gettrace(), sys.getprofile()]), daemon=True
    )
    thread.start()
    thread.join(20)
    return found


@pytest.mark.parametrize("endless", ENDLESS)
def test_an_endless_loop_is_stopped_beside_the_main_thread(endless):
    assert in_thread(endless) == ["late", None, None]


@pytest.mark.parametrize("endless", ENDLESS)
def test_an_endless_loop_is_stopped_where_there_is_no_alarm(monkeypatch, endless):
    monkeypatch.delattr(timeout.signal, "setitimer")  # as on Windows
    tracing = sys.gettrace()
    if tracing is not None:
        pytest.skip("a debugger or coverage is at work")
    assert outcome(endless) == "late"
    assert sys.gettrace() is None
    assert sys.getprofile() is None


def test_what_ends_in_time_is_left_alone():
    assert in_thread(lambda: 7) == [7, None, None]


def test_a_debugger_is_left_alone():
    def debugged():
        seen = []
        sys.settrace(lambda *event: seen.append(event))
        try:
            return outcome(lambda: sys.gettrace() is not None)
        finally:
            sys.settrace(None)

    assert in_thread(debugged)[0] is True


def test_the_check_says_so_without_an_alarm(monkeypatch):
    monkeypatch.setattr(timeout, "_can_ring", lambda: False)
    monkeypatch.setattr(validation, "TIME_LIMIT", LIMIT)
    said = examine(EXERCISE, "grad_c", lambda dL_dz: forever()).message
    assert said.startswith("✗ grad_c: did not return within 0.2 s.")
    assert said.endswith("→ Is there a loop that never ends?")


def test_a_right_answer_is_checked_in_under_a_second_without_an_alarm(monkeypatch, notebook):
    monkeypatch.setattr(timeout, "_can_ring", lambda: False)
    names, start = notebook(), time.monotonic()
    assert examine(EXERCISE, "backward", names["backward"]).status == "right"
    assert time.monotonic() - start < 1
