"""`autograder grade` when things go wrong: killed, stopped, no room, no database, two at once."""

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock
from support.course import configure, copy, grade, gradebook_of, held, submit, submit_all
from support.sample_class import NAME, RELEASE, hand_in, right_but, with_cells
from support.waiting import descendants, gone, sleeping, wait_until

from autograder.adapters.nbgrader import publish
from autograder.adapters.nbgrader.writer import Recorder
from autograder.class_run.gradebook import GradebookGone
from autograder.class_run.worker import ENDED
from autograder.submission import pipeline as work
from autograder.submission.rebuild import about
from exercise import POINTS

LABELS = ("right, plainly", "σ for σ′", "transposed", "unfinished", "right, with loops and lists")
MANY = 60
KILLS, EARLY = 13, 4


@pytest.fixture
def run(course):
    return lambda *options: grade(course, *options)


def start(course, *options, **more):
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "autograder", "grade", *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=course, text=True, encoding="utf-8", **pipes | more)


def recorded(course):
    with gradebook_of(course) as gradebook:
        return held(gradebook)


def graded_rows(course):
    """How many grades there are, asked without nbgrader while the other writes."""
    with sqlite3.connect(f"file:{course / 'gradebook.db'}?mode=ro", uri=True, timeout=30) as database:
        return database.execute("SELECT count(*) FROM grade").fetchone()[0]


def has_written(course, since):
    """Whether a run that began then has graded somebody."""
    return any(path.stat().st_mtime_ns > since for path in (course / "autograded").glob(f"*/{NAME}/*.ipynb"))


def check_whole(course):
    """Every file and every row is whole, whoever was killed meanwhile."""
    with sqlite3.connect(course / "gradebook.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    for student, found in recorded(course).items():
        assert len(found["grades"]) == len(POINTS), student
        assert all(row[1] is not None for row in found["grades"]), student
    for path in (course / "autograded").glob(f"*/{NAME}/{NAME}.ipynb"):
        nbformat.validate(nbformat.read(path, as_version=4))


# Killed


def test_killed_at_random_moments_nothing_is_lost_and_the_end_is_the_same(released, tmp_path):
    course = copy(released, tmp_path / "killed")
    submit_all(course, *(LABELS * MANY)[:MANY])
    undisturbed = copy(course, tmp_path / "undisturbed")
    assert start(undisturbed).wait() == 0
    moments = random.Random(20261120)
    before = {}
    for number in range(KILLS):
        begun = time.time_ns()
        process = start(course, "--force", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if number % EARLY:  # the others are killed before there is anything to lose, perhaps
            wait_until(lambda begun=begun: has_written(course, begun))
        time.sleep(moments.uniform(0.0, 1.5))
        process.kill()
        process.wait()
        check_whole(course)
        now = recorded(course)
        assert {student: now[student] for student in before} == before
        before = now
    last = start(course, "--json")
    answer = json.loads(last.communicate()[0])
    assert last.returncode == 0
    assert {s["status"] for s in answer["students"]} <= {"graded", "unchanged"}
    check_whole(course)
    assert recorded(course) == recorded(undisturbed)
    assert not list(course.rglob(".*.autograder"))
    files = [{p.relative_to(c) for p in (c / "autograded").rglob("*")} for c in (course, undisturbed)]
    assert files[0] == files[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle_it_says_so_and_goes_on_later(course, run, number):
    submit_all(course, *LABELS * 8)
    process = start(course, "--workers", "1")
    wait_until(lambda: graded_rows(course) >= 3 * len(POINTS))
    first = graded_rows(course)
    wait_until(lambda: graded_rows(course) > first)  # who was recorded before has been told now
    process.send_signal(number)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Interrupted. Everything reported above has been saved" in told
    assert "Traceback" not in told
    check_whole(course)
    before, reported = recorded(course), max(map(int, re.findall(r"(\d+) of \d+ submissions", told)))
    code, answer, _ = run()
    assert code == 0
    unchanged = {s["student"] for s in answer["students"] if s["status"] == "unchanged"}
    assert unchanged >= set(sorted(before)[:-1])  # the last one may have been on its way
    assert len(unchanged) >= reported > 0
    after = recorded(course)
    assert {student: after[student] for student in before} == before


STOPPED_EARLY = """import signal, sys
from autograder.commands import grade, main

grade._prepare = lambda *given: exec("signal.raise_signal(signal.SIGINT)")  # dataclasses are made by exec
sys.exit(main.main(["grade"]))
"""


def test_stopped_while_it_is_imported_it_says_so_too(course):
    (course / "early.py").write_text(STOPPED_EARLY)
    command = [sys.executable, "-m", "early"]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=120)
    assert done.returncode == 130
    assert done.stderr.startswith("Interrupted.")


SLEEP = "600.375"  # seconds: longer than anybody waits, and a number that no other process has
IN_A_CELL = f"import subprocess, time\nsubprocess.Popen(['sleep', '{SLEEP}'])\nwhile True: pass"
IN_A_FUNCTION = (
    f"def grad_z(z, y):\n    import signal, subprocess, time\n    subprocess.Popen(['sleep', '{SLEEP}'])\n"
    "    signal.setitimer(signal.ITIMER_REAL, 0)\n    while True: pass"
)


def slow_class(course, where):
    """Submissions that take hours, most of them waiting for their turn."""
    configure(course, "c.IsolatedExecute.cell_time = c.IsolatedExecute.notebook_time = 7200.0")
    slow = right_but(grad_z=where) if where.startswith("def") else with_cells(where)
    for number in range(6):
        submit(course, f"student-{number:02d}", json.dumps(slow(json.loads(RELEASE.read_text()))))


@pytest.mark.parametrize("where", [IN_A_CELL, IN_A_FUNCTION], ids=["in a cell", "in a function"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle_of_student_code_nothing_is_run_again(course, number, where):
    slow_class(course, where)
    process = start(course, "--workers", "2")
    wait_until(lambda: len(sleeping(SLEEP)) == 2)
    process.send_signal(number)
    _, told = process.communicate(timeout=30)  # what was run again took a minute to end
    assert process.returncode == 130
    assert "Interrupted. Everything reported above has been saved" in told
    assert "Traceback" not in told
    assert gone(SLEEP)


def test_stopped_twice_it_leaves_at_once_with_all_that_it_started(course):
    slow_class(course, IN_A_CELL)
    process = start(course, "--workers", "2")
    wait_until(lambda: len(sleeping(SLEEP)) == 2)
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
    assert process.returncode == 130
    process.communicate()
    assert gone(SLEEP)


def test_no_process_is_left_behind(course):
    submit_all(course, *LABELS * 4)
    process = start(course, start_new_session=True)
    children = set()

    def at_work():
        children.update(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())
        return children and graded_rows(course) >= len(POINTS)

    wait_until(at_work)
    process.kill()
    process.communicate()
    wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))


# No room, no database


def test_a_full_disk_costs_nobody_a_grade(course, run, monkeypatch):
    submit_all(course, *LABELS)
    whole = publish.Staged._write

    def full(self, files):
        if "student-02" in str(self._place):
            raise OSError(28, "No space left on device")
        whole(self, files)

    with monkeypatch.context() as patched:
        patched.setattr(publish.Staged, "_write", full)
        code, answer, told = run()
    assert code == 1
    assert answer["counts"] == {"graded": 4, "not recorded": 1}
    assert "No space left on device. Make room, and grade it again" in told
    assert "student-02" not in recorded(course)
    assert run()[1]["counts"] == {"graded": 1, "unchanged": 4}


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="needs root to mount a small disk")
def test_a_disk_that_is_really_full(released, tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", str(place)], check=True)
    try:
        course = copy(released, place / "course")
        submit_all(course, *LABELS)
        filler = place / "filler"
        room = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
        filler.write_bytes(bytes(room - (220 << 10)))
        first = start(course, "--json")
        answer, told = first.communicate(timeout=120)
        assert first.returncode == 1
        assert "Traceback" not in told
        check_whole(course)
        filler.unlink()
        second = start(course, "--json")
        answer = json.loads(second.communicate(timeout=120)[0])
        assert second.returncode == 0
        assert set(answer["counts"]) <= {"graded", "unchanged"}
        assert len(recorded(course)) == len(LABELS)
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_database_that_is_locked_for_a_while_is_waited_for(course, run):
    submit_all(course, *LABELS[:2])
    other = sqlite3.connect(course / "gradebook.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    release_it = threading.Timer(8.0, lambda: other.execute("ROLLBACK"))
    release_it.start()
    code, answer, _ = run()
    release_it.join()
    assert code == 0
    assert answer["counts"] == {"graded": 2}


def test_a_database_that_is_gone_for_a_while_is_waited_for(course, run, monkeypatch):
    submit_all(course, *LABELS[:3])
    record, failures = Recorder.record, iter([True, True])

    def unsteady(self, *arguments):
        if next(failures, False):
            raise GradebookGone("server closed the connection")
        record(self, *arguments)

    monkeypatch.setattr(Recorder, "record", unsteady)
    code, answer, told = run()
    assert code == 0
    assert "the database does not answer (server closed the connection); trying again" in told
    assert answer["counts"] == {"graded": 3}


def test_a_database_that_is_gone_for_good_ends_the_run(course, run, monkeypatch):
    submit_all(course, *LABELS[:3])

    def gone(self, *arguments):
        raise GradebookGone("server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr(Recorder, "record", gone)
        code, _, told = run("--patience", "0.5")
    assert code == 1
    assert "What was graded before is recorded; run this again" in told
    assert recorded(course) == {}
    assert not list(course.rglob(".*.autograder"))
    assert run()[0] == 0


# Two at once


def test_a_second_run_waits_for_the_first(course):
    submit_all(course, *LABELS)
    with FileLock(course / ".autograder.lock"):
        second = start(course, "--json")
        assert "another `autograder grade` is running in this course; waiting" in second.stderr.readline()
        assert second.poll() is None
    answer, _ = second.communicate(timeout=120)
    assert json.loads(answer)["counts"] == {"graded": 5}


def test_two_runs_at_once_grade_each_hand_in_once(course):
    submit_all(course, *LABELS * 3)
    both = [start(course, "--json") for _ in range(2)]
    answers = [json.loads(process.communicate(timeout=120)[0])["counts"] for process in both]
    assert sorted(answers, key=str) == [{"graded": 15}, {"unchanged": 15}]
    check_whole(course)


# A failure of ours


def test_a_failure_of_ours_is_left_to_a_person_with_its_log(course, run, monkeypatch):
    submit_all(course, *LABELS[:3])
    ordinary = work.grade_submission

    def broken(job, sandbox):
        if job.student == "student-02":
            raise ZeroDivisionError("ours")
        return ordinary(job, sandbox)

    with monkeypatch.context() as patched:
        patched.setattr(work, "grade_submission", broken)
        code, answer, told = run()
    assert code == 1
    assert answer["counts"] == {"graded": 2, "needs review": 1}
    log = course / ".autograder_logs" / NAME / "student-02.log"
    assert f"the log of the internal error is {log}" in told
    assert "ZeroDivisionError: ours" in log.read_text(encoding="utf-8")
    grades = recorded(course)["student-02"]["grades"]
    assert {row[1] for row in grades} == {None}
    assert all(row[4] for row in grades)  # needs a manual grade
    assert run()[1]["counts"] == {"graded": 1, "unchanged": 2}


def test_a_failure_of_ours_takes_no_grade_away(course, run, monkeypatch):
    submit_all(course, *LABELS[:1])
    run()
    before = recorded(course)

    def broken(job, sandbox):
        raise ZeroDivisionError("ours")

    with monkeypatch.context() as patched:
        patched.setattr(work, "grade_submission", broken)
        code, _, _ = run("--force")
    assert code == 1
    assert recorded(course) == before


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_fork_server_that_dies_is_replaced_and_its_verdict_does_not_count(course, run, monkeypatch, moment):
    submit_all(course, *LABELS)
    ordinary, once, seen = work.grade_submission, iter([True]), course.parent / "seen"

    def kill(sandbox):
        os.kill(sandbox.process.pid, signal.SIGKILL)
        wait_until(lambda: not sandbox.alive)

    def killing(job, sandbox):
        with seen.open("a") as file:  # this is done by another process
            print(job.student, file=file)
        first = next(once, False)
        if first and moment == "before":
            kill(sandbox)
        done = ordinary(job, sandbox)
        if first and moment == "after":
            kill(sandbox)
        return done

    monkeypatch.setattr(work, "grade_submission", killing)
    code, answer, _ = run("--workers", "1")
    assert (code, answer["counts"]) == (0, {"graded": 5})
    assert seen.read_text().split()[:2] == ["student-01", "student-01"]


def test_a_process_of_the_graders_that_is_killed_costs_one_verdict(course, run, monkeypatch):
    submit_all(course, *LABELS)
    ordinary = work.grade_submission

    def killed(job, sandbox):
        if job.student == "student-02" and os.getpid() != grader:
            os.kill(os.getpid(), signal.SIGKILL)
        return ordinary(job, sandbox)

    grader = os.getpid()
    monkeypatch.setattr(work, "grade_submission", killed)
    code, answer, _ = run("--workers", "1")
    assert (code, answer["counts"]) == (1, {"graded": 4, "needs review": 1})
    (student,) = (s for s in answer["students"] if s["status"] == "needs review")
    assert student["student"] == "student-02"
    assert ENDED in (course / ".autograder_logs" / NAME / "student-02.log").read_text()
    monkeypatch.undo()
    assert run()[1]["counts"] == {"graded": 1, "unchanged": 4}


def test_a_killed_grader_leaves_no_process_and_no_folder_behind(course, monkeypatch, tmp_path):
    submit_all(course, *LABELS * 4)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    process = start(course, "--workers", "2")
    wait_until(lambda: graded_rows(course) > 0)
    began = descendants(process.pid)
    assert len(began) > 3  # two that judge, the fork server, and a student's
    process.kill()
    process.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in began))
    assert not list(temporary.iterdir())


def test_one_bad_hand_in_changes_nothing_for_another(course, run):
    submit_all(course, *LABELS)
    alone = copy(course, course.parent / "alone")
    submit(course, "student-00", b"{" * 1000)
    submit(course, "student-98", hand_in("a crash of the kernel"))
    run()
    found = recorded(course)
    assert start(alone).wait() == 0
    expected = recorded(alone)
    assert {student: found[student] for student in expected} == expected
    notes = about(nbformat.read(course / "autograded" / "student-98" / NAME / f"{NAME}.ipynb", 4))
    assert "grad_b ended its process" in notes["incidents"][0]
