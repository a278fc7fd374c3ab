"""Several jobs at a time: how many are open, what is handed through, and what becomes of a failure."""

import os
import time
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread

import pytest
from support.waiting import descendants, wait_until

from autograder.class_run import executor
from autograder.class_run.executor import OPEN, LocalPool, together
from autograder.class_run.worker import Ended, Worker
from autograder.sandbox.processes import STOPS, CannotIsolate
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
        if len(self.open) == OPEN * self.width:
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


def in_flight(pool, found, ready=lambda done: done):
    """What comes of the jobs, without the moments at which nothing does."""
    return (item for item in executor.in_flight(pool, found, ready) if item is not None)


def names(found):
    return [getattr(item, "student", item) for item in found]


def test_only_as_many_are_open_as_keep_the_pool_busy(monkeypatch):
    monkeypatch.setattr("autograder.class_run.executor.IDLE", 0.01)
    pool = Pool()
    found = in_flight(pool, map(job, "123456789"))
    assert [next(found).student for _ in range(2)] == list("12")
    assert (pool.most, len(pool.open)) == (8, 7)
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
    pool, seen = Pool(), []

    def found():
        yield job("student-01")
        pool.finish("student-01")
        while "student-01" not in seen:
            assert len(seen) < 1_000_000
            yield "unchanged"
        yield "the last one"

    for item in in_flight(pool, found()):
        seen += names([item])
    assert seen[-1] == "the last one"


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


def test_what_comes_is_made_ready_where_it_arrives():
    pool, made = Pool(), []

    def ready(done):
        made.append(done.student)
        return f"{done.student} is ready"

    found = in_flight(pool, iter([job("student-01"), "unchanged"]), ready)
    next(found)
    pool.finish("student-01")
    wait_until(lambda: made == ["student-01"])  # though nobody has asked for it yet
    assert list(found) == ["student-01 is ready"]


def test_what_cannot_be_made_ready_ends_the_run():
    def ready(done):
        raise RuntimeError("no course")

    pool = Pool()
    found = in_flight(pool, iter([job("student-01"), "unchanged"]), ready)
    next(found)
    pool.finish("student-01")
    with pytest.raises(RuntimeError, match="no course"):
        next(found)


def test_what_comes_together_is_gathered(monkeypatch):
    monkeypatch.setattr(executor, "MOST", 3)
    assert list(together([1, 2, None, None, 3, 4, 5, 6])) == [[1, 2], [3, 4, 5], [6]]


def test_nothing_waits_for_long_to_be_recorded(monkeypatch):
    monkeypatch.setattr(executor, "SOON", 0.0)
    assert list(together([1, 2])) == [[1], [2]]


# Workers


class Workshop:
    """One that says who works; some students are trouble."""

    processor_time, keeps_apart = 1.5, True

    def __init__(self):
        self.prepared, self.closed, self.ended = [], False, Event()

    def prepare(self, first):
        self.prepared.append(first.student)

    def do(self, job):
        if job.student == "template":
            return Done(job.student, str(job.template), {}, frozenset(), (), (), {})
        if job.student == "trouble":
            raise CannotIsolate("no namespaces")
        if job.student == "death":
            os._exit(1)
        if job.student.startswith("student"):
            time.sleep(0.01)
        if job.student == "signals":
            for each in STOPS:
                os.kill(os.getpid(), each)
        if job.student == "waits":
            Path(job.fingerprint).mkdir()
            self.ended.wait()
            Path(job.fingerprint).rmdir()
        return Done(job.student, str(os.getpid()), {}, frozenset(), (), (), {})

    def close(self):
        self.closed = True
        self.ended.set()


@pytest.fixture
def workshop():
    return Workshop()


@pytest.fixture
def pool(workshop):
    with closing(LocalPool(workshop, 1)) as pool:
        yield pool
    assert workshop.closed


def test_a_worker_is_a_process_of_its_own(pool, workshop):
    first, second = (int(pool.submit(job(name)).result().notebook) for name in ("one", "two"))
    assert first == second != os.getpid()
    assert workshop.prepared == ["one"]
    assert pool.processor_time == 1.5
    pool.close()
    assert not Path(f"/proc/{first}").exists()


@pytest.mark.parametrize(("keeps_apart", "count"), [(True, 3), (False, 1)])
def test_where_students_cannot_be_kept_apart_one_worker_takes_them_in_turn(workshop, keeps_apart, count):
    workshop.keeps_apart = keeps_apart
    with closing(LocalPool(workshop, 3)) as pool:
        done = [pool.submit(job(f"student-{number}")) for number in range(60)]
        assert len({future.result().notebook for future in done}) == count


def test_a_worker_has_the_template_of_each_job(pool):
    first, second = ({"cells": [number]} for number in (1, 2))
    for template in (first, first, second, second, first, {}, first):
        asked = replace(job("template"), template=template)
        assert pool.submit(asked).result().notebook == str(template)
        assert asked.template is template


def test_what_a_worker_raises_is_raised_here(pool):
    with pytest.raises(CannotIsolate, match="no namespaces"):
        pool.submit(job("trouble")).result()
    assert pool.submit(job("one")).result().student == "one"


def test_after_a_workers_death_its_jobs_are_done_here(pool):
    with pytest.raises(Ended, match="the process that judged it ended"):
        pool.submit(job("death")).result()
    assert int(pool.submit(job("one")).result().notebook) == os.getpid()


def test_a_job_that_is_under_way_cleans_up_behind_itself(pool, tmp_path):
    folder = tmp_path / "folder"
    pool.submit(replace(job("waits"), fingerprint=str(folder)))
    wait_until(folder.exists)
    pool.close()
    assert not folder.exists()


def test_what_a_terminal_or_the_system_sends_to_all_is_for_who_began_the_workers(pool):
    assert pool.submit(job("signals")).result().student == "signals"


def grade_until_killed(workshop, folder):
    worker = Worker(workshop)
    Thread(target=worker.do, args=(replace(job("waits"), fingerprint=folder),)).start()
    time.sleep(600)


@pytest.mark.parametrize("begun", [False, True])  # it is killed while it forks, perhaps
def test_a_grader_that_is_killed_leaves_nothing_behind(workshop, tmp_path, begun):
    folder = tmp_path / "folder"
    grader = get_context("fork").Process(target=grade_until_killed, args=(workshop, str(folder)))
    grader.start()
    wait_until(lambda: folder.exists() if begun else descendants(grader.pid))
    workers = descendants(grader.pid)
    grader.kill()
    grader.join()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), 20)
    assert not folder.exists()
