"""A student's cells one after another: together or each alone, what becomes of them is the same."""

import sys

import pytest

from autograder.sandbox import client
from autograder.sandbox.client import StudentProcess, to_look, to_run
from autograder.sandbox.forkserver import ForkServer
from autograder.submission import session as sessions
from autograder.submission.session import DEAD, LATE, NOT_RUN, Session

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")

TOGETHER = to_run("from autograder.sandbox.inside import server\nserver.protocol.SOON = 0.4")
ENDLESS = "import time\nwhile True: time.sleep(0.01)"
DEAF = f"import signal\nsignal.signal(2, signal.SIG_IGN)\n{ENDLESS}"
SLOW = "import time\ntime.sleep(0.42)"
EXIT = "import os\nos._exit(3)"
COUNT = "n = globals().get('n', 0) + 1\nprint(n)"
CELL_TIME = 1.0


@pytest.fixture(scope="module")
def forkserver():
    server = ForkServer()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def little_grace(monkeypatch):
    monkeypatch.setattr(client, "GRACE", 1.0)


@pytest.fixture
def started(monkeypatch):
    """A list that grows with each process, and with each request but those to repeat what was done."""
    found = []

    class Counted(StudentProcess):
        def __init__(self, *arguments):
            found.append("process")
            super().__init__(*arguments)

        def take(self, steps, seconds):
            found.append(len(steps))
            return super().take(steps, seconds)

    monkeypatch.setattr(sessions, "StudentProcess", Counted)
    return found


def words(shown):
    """What a cell shows, and its number; None for a name."""
    if shown is None:
        return None
    return [o.get("text", o.get("evalue", "")).strip() or o["ename"] for o in shown[0]], shown[1]


def taken(forkserver, steps, alone=False, notebook_time=60.0):
    """What each step comes to, what was noted, and what the names are held for."""
    steps = [to_run(step) if isinstance(step, str) else step for step in steps]
    with Session(forkserver, [], CELL_TIME, notebook_time, _alone=alone) as session:
        found = [words(shown) for shown in session.take([TOGETHER, *steps])]
        return found[1:], session.incidents, {k: v for k, v in session._held.items() if k != "late"}


STORIES = {
    "nothing odd": [COUNT, COUNT, "1 +", "1 / 0", COUNT],
    "no cells": [],
    "one that takes too long": [COUNT, ENDLESS, COUNT],
    "the first and the last that take too long": [ENDLESS, COUNT, ENDLESS],
    "two in a row that take too long": [COUNT, ENDLESS, ENDLESS, COUNT],
    "one that ends its process": [COUNT, EXIT, COUNT],
    "all that end their process": [EXIT, EXIT],
    "the last that ends its process": [COUNT, COUNT, EXIT],
    "one that ends it after one that takes too long": [COUNT, ENDLESS, COUNT, EXIT, COUNT],
    "one that no interrupt ends": [COUNT, DEAF, COUNT],
    "names that change": ["x = 1.0", to_look("x"), "x = 2.0", to_look("y"), "y = 3.0", COUNT],
    "names of a process that ends": ["x = 1.0", to_look("x"), "x = 2.0", EXIT, to_look("y"), "y = 3.0"],
    "a name that ends the process": [
        "import os\nclass C:\n    def __array__(self, *a, **k): os._exit(3)\nx, y = C(), 2.0",
        to_look("x"), to_look("y"), COUNT,
    ],
    "a package that is not there": [COUNT, "import no_such_package", COUNT],
    "what one did that took too long": [COUNT, f"x = 1\n{ENDLESS}", "print(x)", EXIT, "print(x)", COUNT],
    "streams that are replaced": ["import sys\nsys.stdout = sys.stderr = None", COUNT, "1 / 0"],
    "a child that goes on": [COUNT, "import os, time\nif not os.fork(): time.sleep(600)", COUNT, EXIT, COUNT],
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_take_makes_no_difference_to_each_step_alone(forkserver, story):
    assert taken(forkserver, STORIES[story]) == taken(forkserver, STORIES[story], alone=True)


def test_take_says_which_cell_took_too_long(forkserver):
    found, incidents, _ = taken(forkserver, [COUNT, ENDLESS, COUNT])
    late = LATE.format(seconds=CELL_TIME)
    assert found == [(["1"], 2), (["KeyboardInterrupt", late], 3), (["2"], 4)]
    assert incidents == [late]


def test_take_says_which_cell_ended_the_process(forkserver, started):
    found, incidents, _ = taken(forkserver, [COUNT, COUNT, EXIT, COUNT, EXIT, COUNT])
    assert [shown for shown, _ in found] == [["1"], ["2"], [DEAD], ["3"], [DEAD], ["4"]]
    assert incidents == [DEAD]
    assert started.count("process") == 4  # for all, to find the first, and after each


def test_take_needs_few_requests(forkserver, started):
    taken(forkserver, [COUNT] * 60)
    assert started[0] == "process"
    assert len(started) < 10


def test_take_goes_on_with_what_follows_a_slow_cell(forkserver, started):
    found, incidents, _ = taken(forkserver, [COUNT, SLOW, COUNT, SLOW, COUNT])
    assert [shown for shown, _ in found] == [["1"], [], ["2"], [], ["3"]]
    assert not incidents
    assert started.count("process") == 1


def test_take_takes_each_alone_when_the_notebook_is_no_quick_one(forkserver, started, monkeypatch):
    monkeypatch.setattr(sessions, "QUICK", 0.4)
    taken(forkserver, [COUNT, SLOW, *[COUNT] * 9])
    assert 9 not in started


def test_take_takes_each_alone_when_there_is_little_time(forkserver, started):
    with Session(forkserver, [], cell_time=0.1, notebook_time=60.0) as session:
        list(session.take([to_run(COUNT)] * 3))
    assert started == ["process"]


def test_take_holds_names_in_a_fresh_process_as_in_the_one_before(forkserver):
    steps = ["def f(): return 1.0", to_look("f"), SLOW, "def f(): return 2.0", EXIT]
    with Session(forkserver, [], 20.0, 60.0) as session:
        list(session.take([TOGETHER, *(to_run(s) if isinstance(s, str) else s for s in steps)]))
        answer = next(session.process().calls("f", [[]], 20.0))
    assert answer["value"] == {"float": (1.0).hex()}


def test_take_gives_back_the_time_in_which_the_process_was_lost(forkserver):
    """A cell that no interrupt ends takes 2 s, twice: with all of it no time would be left for the next."""
    found, incidents, _ = taken(forkserver, [COUNT, DEAF, COUNT], notebook_time=3.2)
    assert [shown for shown, _ in found] == [["1"], [DEAD], ["2"]]
    assert incidents == [DEAD]


def test_take_gives_back_no_time_twice(forkserver):
    found, incidents, _ = taken(forkserver, [DEAF, DEAF, DEAF, COUNT], notebook_time=3.2)
    assert [shown for shown, _ in found] == [[DEAD], [DEAD], *[[NOT_RUN.format(seconds=3.2)]] * 2]
    assert incidents == [DEAD, NOT_RUN.format(seconds=3.2)]


def test_take_ends_with_the_time_of_the_notebook(forkserver):
    found, incidents, _ = taken(forkserver, [COUNT, *[ENDLESS] * 9, COUNT, to_look("n")], notebook_time=2.4)
    late, not_run = LATE.format(seconds=CELL_TIME), NOT_RUN.format(seconds=2.4)
    assert found[-2:] == [([not_run], None), None]
    assert [late, not_run] == incidents
    assert 2 <= sum(late in shown for shown, _ in found[:-1]) <= 3


def test_take_sends_no_more_at_once_than_so_much(forkserver, started, monkeypatch):
    monkeypatch.setattr(sessions, "MOST_AHEAD", 1_000)
    long = f"# {'x' * 2_000}\n{COUNT}"
    found, _, _ = taken(forkserver, [COUNT] * 40 + [long, COUNT, COUNT])
    assert [shown for shown, _ in found] == [[str(n)] for n in range(1, 44)]
    assert max(n for n in started if n != "process") < 1_000 / len(COUNT)


def test_take_carries_more_cells_than_a_message_holds(forkserver):
    """Megabytes of cells that show megabytes, up to what a notebook has room for."""
    cells = [f"# {'x' * 90_000}\nprint('y' * 30_000)"] * 200
    with Session(forkserver, [], 20.0, 60.0) as session:
        found = list(session.take(list(map(to_run, cells))))
    assert [number for _, number in found] == list(range(1, 201))
    assert all(len(outputs[0]["text"]) == 30_001 for outputs, _ in found)
