"""Control groups: all of a student's processes counted, timed and ended together."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.answers import PLAIN
from support.sample_class import answering
from support.sandbox import grade, hand_in
from support.waiting import wait_until

from autograder.sandbox.client import ProcessDied, StudentProcess
from autograder.sandbox.forkserver import ForkServer
from autograder.sandbox.inside import cgroup
from autograder.sandbox.inside.cgroup import LEAF, Groups
from autograder.sandbox.limits import Limits
from exercise import POINTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")

THREE_BUSY = """
import os, time
for _ in range(3):
    if os.fork() == 0:
        while time.process_time() < 1.5: pass
        os._exit(0)
for _ in range(3): os.wait()
"""


@pytest.fixture
def own():
    """A group of the system's, handed over to us, with a process in it."""
    folder = cgroup._own_folder()
    if folder is None:
        pytest.skip("there is no cgroup v2 here")
    mine = folder / f"tests-{os.getpid()}"
    try:
        mine.mkdir()
        os.setxattr(mine, cgroup.DELEGATED[1], b"1")
    except OSError as error:
        pytest.skip(f"no group may be made here: {error}")
    process = subprocess.Popen(["sleep", "600"])
    (mine / "cgroup.procs").write_text(str(process.pid))
    yield mine
    process.kill()
    process.wait()
    for path in (*mine.rglob("*/"), mine):
        with contextlib.suppress(OSError):
            path.rmdir()


def processes_in(folder):
    return (folder / "cgroup.procs").read_text().split()


def test_what_is_in_the_group_moves_down_so_that_it_can_hand_on(own, monkeypatch):
    there = (own / "cgroup.controllers").read_text().split()
    if not there:
        pytest.skip("no controller is there")
    monkeypatch.setattr(cgroup, "WANTED", there)
    groups = Groups(own)
    assert (groups.controllers, groups.lacking) == (there, "")
    assert processes_in(own) == []
    assert len(processes_in(own / LEAF)) == 1
    groups.close()
    assert not groups.folder.exists()


def test_a_group_that_is_not_handed_over_is_left_alone(own):
    os.removexattr(own, cgroup.DELEGATED[1])
    with pytest.raises(OSError, match="is not handed over"):
        Groups(own)
    assert len(processes_in(own)) == 1
    assert not list(own.glob("autograder*"))


def test_what_is_lacking_is_said(own):
    lacking = Groups(own).lacking
    assert not lacking or lacking.endswith("cannot be limited together here: only ended and timed together")


def test_groups_of_a_fork_server_that_was_killed_are_removed(own):
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], stdout=subprocess.PIPE)
    stale = own / f"autograder-{int(ended.stdout)}"
    (stale / "1").mkdir(parents=True)
    Groups(own)
    assert not stale.exists()


def test_a_group_is_removed_when_its_processes_have_ended(own):
    groups = Groups(own)
    group = groups.make(Limits())
    process = subprocess.Popen(["sleep", "600"])
    (group.folder / "cgroup.procs").write_text(str(process.pid))
    groups.leave(group)
    assert process.wait(60) == -9
    wait_until(lambda: groups.remove() or not group.folder.exists())


def test_the_limits_of_a_group(tmp_path):
    groups = Groups.__new__(Groups)
    groups.folder, groups.controllers, groups._made = tmp_path, ["memory", "pids"], 0
    groups.make(Limits(memory=1 << 20, processes=7))
    written = {path.name: path.read_text() for path in (tmp_path / "1").iterdir()}
    assert written == {
        "memory.max": "1048576",
        "memory.oom.group": "1",
        "memory.swap.max": "0",
        "pids.max": "7",
    }


@pytest.mark.parametrize(
    ("root", "path", "expected"),
    [
        ("/", "/user.slice/a.scope", "/sys/fs/cgroup/user.slice/a.scope"),
        ("/", "/", "/sys/fs/cgroup"),
        ("/docker/1", "/docker/1", "/sys/fs/cgroup"),
        ("/", f"/a.scope/{LEAF}", "/sys/fs/cgroup/a.scope"),
    ],
)
def test_the_own_group_is_found(monkeypatch, root, path, expected):
    texts = {
        "/proc/self/mountinfo": f"1 2 0:3 / /proc rw - proc proc rw\n30 24 0:26 {root} /sys/fs/cgroup "
        "rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
        "/proc/self/cgroup": f"3:memory:/other\n0::{path}\n",
    }
    monkeypatch.setattr(Path, "read_text", lambda self: texts[str(self)])
    assert os.path.normpath(cgroup._own_folder()) == expected


@pytest.mark.parametrize("without", [frozenset(), frozenset({"namespaces"})], ids=["namespaces", "none"])
def test_processor_time_counts_for_all_of_a_students_processes_together(without):
    server = ForkServer(without)
    try:
        reason = server.reasons["cgroup"]
        if reason and not reason.endswith(cgroup.LACKING.partition("}")[2]):
            pytest.skip(f"no groups here: {reason}")
        with StudentProcess(server, [], Limits(processor_time=2)) as process, pytest.raises(ProcessDied):
            process.run(THREE_BUSY, 60)
        with StudentProcess(server, [], Limits()) as process:
            assert process.run(THREE_BUSY, 60)[0]["done"]
        assert grade(server, hand_in(answering(PLAIN)))[0] == POINTS
    finally:
        server.close()
