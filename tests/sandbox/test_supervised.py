"""A sandbox that dies is replaced by one like it, and what was found out with it does not count."""

import sys

import pytest
from support.sandbox import printed

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

    alive, renewals = True, 0

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
