"""Several jobs at a time: how many are open, what is handed through, and what becomes of a failure."""

from concurrent.futures import Future

import pytest

from autograder.class_run.executor import in_flight
from autograder.sandbox.processes import CannotIsolate
from autograder.submission.notebook import Unreadable
from autograder.submission.pipeline import Done, Job


class Pool:
    """Two at a time; a job is done when `finish` is called, or when the pool has nothing else to do."""

    width = 2

    def __init__(self):
        self.open = {}
        self.most = 0

    def submit(self, job):
        future = Future()
        self.open[job.student] = future
        self.most = max(self.most, len(self.open))
        if len(self.open) == 2 * self.width:
            self.finish(next(iter(self.open)))
        return future

    def finish(self, student):
        self.open.pop(student).set_result(Done(student, "", {}, frozenset(), (), (), {}))

    def fail(self, student, error):
        self.open.pop(student).set_exception(error)

    def idle(self):
        raise OSError("the pool is gone")


def job(student):
    marks = {"grade": True, "grade_id": "test_grad_z", "points": 2}
    cell = {"cell_type": "code", "metadata": {"nbgrader": marks}, "source": "", "outputs": []}
    template = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return Job(student, Unreadable("empty"), {}, template, "an exercise", None, (), {}, 1.0, 1.0)


def names(found):
    return [getattr(item, "student", item) for item in found]


def test_only_as_many_are_open_as_keep_the_pool_busy(monkeypatch):
    monkeypatch.setattr("autograder.class_run.executor.IDLE", 0.01)
    pool = Pool()
    found = in_flight(pool, map(job, "123456789"))
    assert [next(found).student for _ in range(6)] == list("123456")
    assert (pool.most, len(pool.open)) == (4, 3)
    with pytest.raises(OSError, match="the pool is gone"):  # the last ones never end
        next(found)


def test_what_needs_no_job_is_handed_through_at_once():
    pool = Pool()
    found = in_flight(pool, iter([job("student-01"), "unchanged", job("student-02"), "unchanged, too"]))
    assert [next(found), next(found)] == ["unchanged", "unchanged, too"]
    pool.finish("student-02")
    assert next(found).student == "student-02"
    pool.finish("student-01")
    assert names(found) == ["student-01"]


def test_a_finished_job_does_not_wait_for_what_needs_none():
    pool = Pool()
    found = in_flight(pool, iter([job("student-01"), *range(5)]))
    assert next(found) == 0
    pool.finish("student-01")
    assert names([next(found), next(found)]) == ["student-01", 1]


def test_a_job_that_fails_is_left_to_a_person():
    pool = Pool()
    found = in_flight(pool, iter([job("student-01"), "unchanged"]))
    next(found)
    pool.fail("student-01", ValueError("out of range"))
    (done,) = found
    assert "out of range" in done.log


@pytest.mark.parametrize("error", [CannotIsolate("no namespaces"), OSError("no such scheduler")])
def test_a_pool_that_cannot_be_used_at_all_ends_the_run(error):
    pool = Pool()
    found = in_flight(pool, iter([job("student-01"), "unchanged"]))
    next(found)
    pool.fail("student-01", error)
    with pytest.raises(type(error)):
        next(found)
