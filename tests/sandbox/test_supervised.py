"""A sandbox that dies is replaced by one like it, and what was found out with it does not count; one that
cannot keep students apart runs one at a time."""

import os
import subprocess
import sys
import tempfile
import threading
import time

import pytest
from support.sandbox import AS_ORDINARY, ORDINARY, printed

from autograder.sandbox.forkserver import ForkServer
from autograder.sandbox.limits import Limits
from autograder.sandbox.processes import CannotIsolate
from autograder.sandbox.supervised import Stopped, SupervisedSandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")

OWN = Limits(file_size=3 << 20)
LOOK = "import resource\nprint(resource.getrlimit(resource.RLIMIT_FSIZE))"


@pytest.fixture
def supervised():
    sandbox = SupervisedSandbox(ForkServer(without=frozenset({"namespaces"})), unconfined=False)
    yield sandbox
    sandbox.close()


def kill(sandbox):
    sandbox.process.kill()
    sandbox.process.wait()


def test_the_replacement_has_the_same_limits_and_parts(supervised):
    first = supervised.ready()
    kill(first)
    second = supervised.ready()
    assert second is not first
    assert second.reasons == first.reasons
    assert second.reasons["namespaces"] == "switched off"
    shown = [supervised.use(lambda sandbox: printed(sandbox, LOOK, limits=OWN)) for _ in range(2)]
    assert shown == [f"({OWN.file_size}, {OWN.file_size})"] * 2


def test_work_is_done_once_more_if_the_sandbox_dies_under_it(supervised):
    seen = []

    def work(sandbox):
        seen.append(sandbox)
        if len(seen) == 1:
            kill(sandbox)
        return len(seen)

    assert supervised.use(work) == 2
    assert seen[0] is not seen[1]


def test_work_that_fails_twice_fails(supervised):
    seen = []

    def work(sandbox):
        seen.append(sandbox)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        supervised.use(work)
    assert len(seen) == 2


def test_what_is_needed_is_needed_of_the_replacement_too():
    sandbox = SupervisedSandbox(ForkServer(without=frozenset({"files"})), unconfined=False)
    for _ in range(2):
        with pytest.raises(CannotIsolate, match="files"):
            sandbox.ready()


class Fake:
    """A sandbox that dies when it is closed, and counts those that took over."""

    alive, keeps_apart, renewals = True, True, 0

    def require(self, unconfined):
        pass

    def renewed(self):
        Fake.renewals += 1
        return Fake()

    def close(self):
        self.alive = False


def test_after_close_nothing_is_run_again():
    sandbox, seen = SupervisedSandbox(Fake(), unconfined=False), []

    def work(inner):
        seen.append(inner)
        sandbox.close()
        raise RuntimeError("its process ended")

    with pytest.raises(Stopped):
        sandbox.use(work)
    assert len(seen) == 1
    assert Fake.renewals == 0


def test_one_that_takes_over_while_all_is_closed_is_closed(monkeypatch):
    dead, heir = Fake(), Fake()
    sandbox = SupervisedSandbox(dead, unconfined=False)
    dead.close()

    def renewed(self):
        sandbox.close()
        return heir

    monkeypatch.setattr(Fake, "renewed", renewed)
    with pytest.raises(Stopped):
        sandbox.ready()
    assert not heir.alive


# One at a time


def most_at_a_time(supervised):
    inside, most = [], []

    def work(sandbox):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.05)
        inside.pop()

    threads = [threading.Thread(target=supervised.use, args=(work,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(most)


def test_students_who_cannot_be_kept_apart_take_turns(supervised, monkeypatch):
    assert most_at_a_time(supervised) > 1
    monkeypatch.setattr(ForkServer, "keeps_apart", False)
    assert most_at_a_time(supervised) == 1


@pytest.mark.parametrize(("without", "apart"), [([], True), (["namespaces"], False)], ids=["with", "without"])
def test_an_ordinary_user_needs_namespaces_to_keep_students_apart(without, apart):
    if os.getuid() != 0:
        pytest.skip("takes root, to be an ordinary user as well")
    code = (
        "from autograder.sandbox.forkserver import ForkServer\n"
        f"server = ForkServer(frozenset({without!r}))\n"
        "print(server.keeps_apart, *server.report(), sep='\\n'); server.close()"
    )
    command = ["setpriv", *AS_ORDINARY, sys.executable, "-c", code]
    with tempfile.TemporaryDirectory() as home:
        os.chown(home, *2 * [ORDINARY])
        own = {**os.environ, "HOME": home, "TMPDIR": home}
        done = subprocess.run(command, env=own, capture_output=True, text=True, timeout=120)
    found, *lines = done.stdout.splitlines()
    if without or "✗ namespaces" not in done.stdout:
        assert found == str(apart)
    assert any("one student at a time" in line for line in lines) == (found == "False")
