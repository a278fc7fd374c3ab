"""What is spent is noted once, by stage."""

import time

from autograder.class_run.outcome import GRADED, Outcome
from autograder.class_run.profile import profile
from autograder.submission.clock import STAGES, Clock, Spent, total


def clock_at(monkeypatch, *moments):
    """A clock on which it is these moments, one after another."""
    times = iter(moments)
    monkeypatch.setattr("autograder.submission.clock._now", lambda: next(times))
    return Clock()


def test_a_moment_counts_for_the_inner_stage(monkeypatch):
    clock = clock_at(monkeypatch, (0, 0), (10, 1), (12, 2), (15, 4), (20, 5))
    with clock.measure("judge"), clock.measure("calls"):
        pass
    assert clock == {"judge": Spent(7, 2), "calls": Spent(3, 2)}


def test_what_is_between_stages_is_nobodys(monkeypatch):
    clock = clock_at(monkeypatch, (0, 0), (1, 0), (2, 0), (50, 0), (51, 0))
    for _ in range(2):
        with clock.measure("read"):
            pass
    assert clock.seconds == {"read": 2}


def test_an_error_ends_a_stage():
    clock = Clock()
    try:
        with clock.measure("read"):
            raise ValueError
    except ValueError:
        time.sleep(0.05)
    with clock.measure("judge"):
        pass
    assert clock.seconds["read"] < 0.05


def test_several_together():
    one, other = Clock(), Clock()
    one.add("calls", Spent(1, 2, 3))
    other.add("calls", Spent(1, 1, 1))
    other.add("read", Spent(5))
    assert total([one, other]) == {"calls": Spent(2, 3, 4), "read": Spent(5)}


def outcome(**spent):
    clock = Clock()
    for stage, each in spent.items():
        clock.add(stage, each)
    return Outcome("student-01", GRADED, "", spent=clock)


def test_a_profile_is_for_each_submission():
    graded = [outcome(calls=Spent(9, 0.002, 0.004)), outcome(calls=Spent(9, 0.004, 0.006)), outcome()]
    told = profile(graded, apart=0.030)
    assert "each of 2 submissions" in told
    rows = {line.split()[0]: line.split()[1:3] for line in told.splitlines()[2:]}
    assert list(rows) == [*STAGES, "together"]
    assert rows["calls"] == ["3.00", "5.00"]
    assert rows["fork"] == ["0.00", "10.00"]  # the rest of what others than the grader took
    assert rows["together"] == ["3.00", "15.00"]


def test_a_profile_of_nothing():
    assert "each of 0 submissions" in profile([], apart=0.0)
