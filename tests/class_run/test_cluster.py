"""`autograder grade --scheduler`: a real Dask scheduler with workers in processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from support.course import copy, grade, gradebook_of, held, submit_all
from support.sample_class import NAME

from autograder.adapters.nbgrader.writer import Recorder
from autograder.class_run import cluster_keys
from autograder.class_run.cluster import ClusterError, ClusterPool
from autograder.class_run.cluster_keys import make_keys, read_keys
from autograder.commands.main import main
from exercise import POINTS

distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed (extra: cluster)")
Client, Security = distributed.Client, distributed.Security

LABELS = ("right, plainly", "σ for σ′", "transposed", "unfinished", "right, with loops and lists")
DASK = [sys.executable, "-m"]
WORKER = ("--nthreads", "1", "--no-nanny", "--no-dashboard")
# A worker's module that says it is of another version.
OTHER_VERSION = "import autograder; autograder.__version__ = '0.0.1'\n"


@contextmanager
def process(log, *command, **more):
    """Run a command in the background, and end it."""
    with log.open("wb") as output:
        running = subprocess.Popen([*DASK, *command], stdout=output, stderr=output, cwd=log.parent, **more)
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


@pytest.fixture
def keys(course, monkeypatch):
    """The keys of a cluster, in the course, which Dask's commands use from now on."""
    folder = course / "cluster-keys"
    make_keys(folder)
    monkeypatch.setenv("DASK_CONFIG", str(folder / "dask.yaml"))
    return folder


@pytest.fixture
def scheduler(tmp_path, keys):
    """The address of a scheduler that is closed to who has no keys."""
    place = tmp_path / "scheduler.json"
    command = ("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
               "--scheduler-file", str(place))  # fmt: skip
    with process(tmp_path / "scheduler.log", *command):
        until = time.monotonic() + 60
        while not place.is_file() or not place.read_text():
            assert time.monotonic() < until, (tmp_path / "scheduler.log").read_text()
            time.sleep(0.05)
        yield json.loads(place.read_text())["address"]


@pytest.fixture
def workers(tmp_path, scheduler):
    """Two workers, each in a process of its own."""
    command = ("distributed.cli.dask_worker", scheduler, *WORKER)
    with process(tmp_path / "one.log", *command) as one, process(tmp_path / "two.log", *command) as two:
        yield one, two


def held_by(course):
    with gradebook_of(course) as gradebook:
        return held(gradebook)


def test_a_class_is_graded_on_workers_as_it_is_here(course, scheduler, workers, tmp_path):
    submit_all(course, *LABELS * 2)
    here = copy(course, tmp_path / "here")
    code, answer, told = grade(course, "--scheduler", scheduler)
    assert (code, answer["counts"]) == (0, {"graded": 10})
    assert "✓ files" in told
    assert grade(here)[0] == 0
    assert held_by(course) == held_by(here)
    files = [{p.relative_to(c) for p in (c / "autograded").rglob("*")} for c in (course, here)]
    assert files[0] == files[1]


def test_a_worker_that_is_killed_in_the_middle_costs_nobody_a_grade(course, scheduler, workers, monkeypatch):
    submit_all(course, *LABELS * 6)
    recorded, ordinary = [], Recorder.record

    def record(self, grades):
        ordinary(self, grades)
        recorded.extend(one.student for one in grades)
        if len(recorded) >= 5 and workers[0].poll() is None:
            os.kill(workers[0].pid, signal.SIGKILL)

    monkeypatch.setattr(Recorder, "record", record)
    code, answer, _ = grade(course, "--scheduler", scheduler)
    assert workers[0].poll() == -signal.SIGKILL
    assert (code, answer["counts"]) == (0, {"graded": 30})
    found = held_by(course)
    assert sorted(recorded) == sorted(found)  # each was recorded once
    right = {f"student-{n:02d}" for n in range(1, 31) if LABELS[(n - 1) % 5].startswith("right")}
    assert {s for s in found if found[s]["score"] == sum(POINTS.values())} == right


def test_no_scheduler(course, keys, monkeypatch):
    monkeypatch.setattr("autograder.class_run.cluster.ANSWER", 1)
    submit_all(course, LABELS[0])
    code, _, told = grade(course, "--scheduler", "tls://127.0.0.1:9")
    assert code == 2
    assert "no Dask scheduler answers at tls://127.0.0.1:9" in told
    assert "Traceback" not in told


def test_no_workers(course, scheduler, monkeypatch):
    monkeypatch.setattr("autograder.class_run.cluster.PATIENCE", 1)
    code, _, told = grade(course, "--scheduler", scheduler)
    assert code == 2
    assert f"Start some: dask worker {scheduler}" in told


def test_a_worker_of_another_version(course, scheduler, tmp_path):
    submit_all(course, LABELS[0])
    (tmp_path / "other_version.py").write_text(OTHER_VERSION)
    command = (
        "distributed.cli.dask_worker",
        scheduler,
        *WORKER,
        "--preload",
        str(tmp_path / "other_version.py"),
    )
    with process(tmp_path / "old.log", *command):
        code, _, told = grade(course, "--scheduler", scheduler)
    assert code == 2
    assert "cannot be used: it has version 0.0.1. Install backprop-autograder" in told
    assert not (course / "autograded").exists()


def test_all_workers_lost_for_good(course, scheduler, workers, monkeypatch):
    submit_all(course, *LABELS * 2)
    ordinary = Recorder.record

    def record(self, grades):
        ordinary(self, grades)
        monkeypatch.setattr("autograder.class_run.cluster.PATIENCE", 2)  # now: the workers may come slowly
        for worker in workers:
            worker.kill()

    monkeypatch.setattr(Recorder, "record", record)
    code, _, told = grade(course, "--scheduler", scheduler)
    assert code == 1
    assert "no workers are left" in told
    monkeypatch.setattr(Recorder, "record", ordinary)
    code, answer, _ = grade(course)
    assert (code, answer["counts"]["graded"] + answer["counts"]["unchanged"]) == (0, 10)


def test_a_job_that_fails_on_the_cluster_is_left_to_a_person(course, scheduler, workers, monkeypatch):
    submit_all(course, *LABELS)
    ordinary = ClusterPool.submit

    def submit(self, job):
        return self._executor.submit(int, "none") if job.student == "student-02" else ordinary(self, job)

    monkeypatch.setattr(ClusterPool, "submit", submit)
    code, answer, _ = grade(course, "--scheduler", scheduler)
    assert (code, answer["counts"]) == (1, {"graded": 4, "needs review": 1})
    assert "invalid literal for int()" in (course / ".autograder_logs" / NAME / "student-02.log").read_text()


# Closed to who has no keys


def test_who_has_no_keys_can_give_it_no_work(scheduler, workers, tmp_path):
    other = tmp_path / "other"
    make_keys(other)
    for security in (None, read_keys(other)):
        address = scheduler if security else scheduler.replace("tls:", "tcp:")
        with pytest.raises(OSError, match=r"timed out|closed|certificate does not match"):
            Client(address, timeout=3, set_as_default=False, security=security or Security())


def test_who_has_no_keys_cannot_take_part_in_it(scheduler, workers, keys, tmp_path, monkeypatch):
    other = tmp_path / "other"
    make_keys(other)
    monkeypatch.setenv("DASK_CONFIG", str(other / "dask.yaml"))
    with process(tmp_path / "other.log", "distributed.cli.dask_worker", scheduler, *WORKER):
        time.sleep(5)
        with Client(scheduler, set_as_default=False, security=read_keys(keys)) as client:
            client.wait_for_workers(2, timeout=60)
            assert len(client.nthreads()) == 2
    assert "Registered to" not in (tmp_path / "other.log").read_text()


@pytest.mark.parametrize("asked", [False, True], ids=["refused", "asked for"])
def test_an_open_cluster_has_to_be_asked_for(course, asked, monkeypatch):
    monkeypatch.setattr("autograder.class_run.cluster.ANSWER", 1)
    submit_all(course, LABELS[0])
    code, _, told = grade(course, "--scheduler", "tcp://127.0.0.1:9", *["--open-cluster"] * asked)
    assert code == 2
    assert ("takes work from everybody who can reach it" in told) != asked
    assert ("no Dask scheduler answers" in told) == asked


def test_keys_are_for_their_owner_only_and_never_overwritten(tmp_path, capsys):
    folder = tmp_path / "keys"
    assert main(["cluster-keys", str(folder)]) == 0
    said = capsys.readouterr().out
    assert f"export DASK_CONFIG={folder}/dask.yaml" in said
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert main(["cluster-keys", str(folder)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_keys_that_cannot_be_used(tmp_path, monkeypatch):
    with pytest.raises(ClusterError, match="Make some: autograder cluster-keys"):
        read_keys(tmp_path / "none")
    folder = tmp_path / "keys"
    make_keys(folder)
    (folder / "key.pem").chmod(0o640)
    with pytest.raises(ClusterError, match=r"can be read by other users.*chmod 600"):
        read_keys(folder)
    (folder / "key.pem").chmod(0o600)
    monkeypatch.setattr(cluster_keys, "datetime", Later)
    with pytest.raises(ClusterError, match=r"were valid until \d{4}-\d\d-\d\d"):
        read_keys(folder)


class Later(datetime):
    """A clock that is two years ahead."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(days=730)
