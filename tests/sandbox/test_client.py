"""A student's process as the grader sees it: its answers, its death, and what is left of it."""

import sys
import time
from pathlib import Path

import pytest
from support.waiting import comes_true

from autograder.sandbox import client
from autograder.sandbox.client import OutOfPatience, ProcessDied, StudentProcess, to_look, to_run
from autograder.sandbox.forkserver import ForkServer
from autograder.sandbox.limits import Limits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")

SECONDS = 60.0
TOGETHER = "from autograder.sandbox.inside import server\nserver.protocol.SOON = 0.4"  # though it be busy


@pytest.fixture(scope="module")
def forkserver():
    server = ForkServer()
    yield server
    server.close()


@pytest.fixture
def process(forkserver):
    with StudentProcess(forkserver, [], Limits()) as process:
        yield process


def test_run_brings_outputs_and_a_number(process):
    answer, late = process.run("print('a')\n1 + 1", SECONDS)
    assert [o["output_type"] for o in answer["outputs"]] == ["stream", "execute_result"]
    assert (answer["execution_count"], answer["done"], late) == (1, True, False)


def test_run_starts_with_no_cells_before(process):
    process.run("x = 1", SECONDS)
    answer, _ = process.run("print(In == _ih == ['', 'x = 1', In[-1]], [_i, _ii, _iii], Out)", SECONDS)
    assert answer["outputs"][0]["text"] == "True ['x = 1', '', ''] {}\n"


def test_look_tells_functions_from_values(process):
    process.run("def f(): ...\nx = 2.0", SECONDS)
    assert process.look("f", SECONDS) == {"defined": True, "callable": True, "value": None}
    assert process.look("x", SECONDS)["value"] == {"float": (2.0).hex()}
    assert process.look("y", SECONDS) == {"defined": False}


def took(process, steps, seconds=SECONDS):
    """What each cell that it came to shows, and each name stands for; and whether the last was late."""
    answers, late = process.take(steps, seconds)
    texts = ["".join(o.get("text", o.get("ename")) for o in a["outputs"]) for a in answers if "outputs" in a]
    return texts, [a for a in answers if "defined" in a], late


def went_through(process, steps, seconds=SECONDS):
    """The same of all steps, however often it has to be asked."""
    found, done = [], 0
    while done < len(steps):
        answers, late = process.take(steps[done:], seconds)
        assert not late
        found, done = found + answers, done + len(answers)
    return found


def test_take_answers_cells_and_names_in_their_order(process):
    steps = [
        *map(to_run, ["x = 1.0", "print(x)"]),
        to_look("x"),
        to_run("x = 2.0"),
        to_look("x"),
        to_look("y"),
    ]
    answers = went_through(process, steps)
    assert [a["execution_count"] for a in answers if "outputs" in a] == [1, 2, 3]
    assert answers[1]["outputs"][0]["text"] == "1.0\n"
    values = [a["value"]["float"] for a in answers if a.get("defined")]
    assert values == [(1.0).hex(), (2.0).hex()]
    assert answers[-1] == {"defined": False}


def test_take_ends_with_the_first_step_that_is_slow(process):
    steps = [to_run("import time\ntime.sleep(0.1)\nprint('slow')"), to_run("print('quick')")]
    assert took(process, steps) == (["slow\n"], [], False)
    assert process.run("1", SECONDS)[0]["execution_count"] == 2


def test_take_interrupts_the_step_that_takes_too_long_and_no_other(process):
    process.run(TOGETHER, SECONDS)
    steps = list(map(to_run, ["print('before')", "while True: pass", "print('after')"]))
    assert took(process, steps, 1.0) == (["before\n", "KeyboardInterrupt"], [], True)
    assert took(process, steps[2:]) == (["after\n"], [], False)


def test_take_gives_a_step_after_quick_ones_its_own_time(process):
    """As many quick ones as fit in, then one that takes nearly all that it may."""
    process.run("import time", SECONDS)
    steps = list(map(to_run, ["time.sleep(0.018)", "time.sleep(0.49)", "print('after')"]))
    began = time.monotonic()
    _, late = process.take(steps, 0.5)
    assert not late or time.monotonic() - began > 0.52  # on a machine that is busy


def test_take_ends_with_one_that_dies(process):
    process.run(TOGETHER, SECONDS)
    with pytest.raises(ProcessDied):
        process.take(list(map(to_run, ["1", "import os\nos._exit(3)", "2"])), SECONDS)
    assert not process.alive


def test_take_shows_what_was_displayed_then_and_no_update(process):
    shown, update = "h = display('early', display_id=True)", "h.update('late')"
    for steps in ([shown, update], ["print(0)", shown, update, "print(1)"]):
        answers = went_through(process, list(map(to_run, steps)))
        texts = [o["data"]["text/plain"] for a in answers for o in a["outputs"] if "data" in o]
        assert texts == ["'early'"]


def test_take_gives_each_step_the_streams_and_outputs_of_its_own(process):
    steps = [
        "import sys, io\nprint('a')\nsys.stdout = sys.stderr = io.StringIO()",
        "print('b')",
        "print('c')",
    ]
    answers = went_through(process, list(map(to_run, steps)))
    assert [[o["text"] for o in a["outputs"]] for a in answers] == [["a\n"], ["b\n"], ["c\n"]]


def test_take_carries_much_both_ways(process):
    """More than a socket holds, at both ends."""
    cell = f"# {'x' * (1 << 20)}\nprint('y' * 1_000_000)"
    answers = went_through(process, [to_run(cell)] * 10)
    assert [len(a["outputs"][0]["text"]) for a in answers] == [1_000_001] * 10


FORGE = (
    "from autograder.sandbox.inside import server\n"
    "server._take_steps = lambda *a: b''.join(map(server.protocol.frame, {messages}))"
)


@pytest.mark.parametrize(
    "messages",
    [
        *([{"count": count}, {}, {}, {}] for count in (3, 0, -1, True, 1.0, "1", None, [])),
        [{}],
        [{"outputs": []}, {"outputs": []}],
    ],
    ids=str,
)
def test_take_ends_one_that_miscounts_its_answers(process, messages):
    process.run(FORGE.format(messages=messages), SECONDS)
    with pytest.raises(ProcessDied):
        process.take([to_run("1"), to_run("2")], SECONDS)
    assert not process.alive


TRICKLE = """
import sys, time
from autograder.sandbox.inside import server
def trickle(*step):
    connection = sys._getframe(1).f_locals["connection"]
    server.protocol.send(connection, {"count": 500})
    while True:
        server.protocol.send(connection, {})
        time.sleep(0.2)
server._take_steps = trickle
"""


def test_take_waits_once_for_all_answers_that_were_announced(process, monkeypatch):
    process.run(TRICKLE, SECONDS)
    monkeypatch.setattr(client, "GRACE", 0.5)
    with pytest.raises(OutOfPatience):
        process.take([to_run("1")] * 500, SECONDS)
    assert not process.alive


def test_calls_end_at_the_first_that_is_no_value(process):
    process.run("def f(x): return 1 / x", SECONDS)
    answers = list(process.calls("f", [[2.0], [0.0], [4.0]], SECONDS))
    assert answers[0]["value"] == {"float": (0.5).hex()}
    assert answers[1]["raised"]["kind"] == "ZeroDivisionError"
    assert len(answers) == 2


def test_a_cell_that_takes_too_long_is_interrupted(process):
    answer, late = process.run("while True: pass", 0.5)
    assert (answer["done"], late) == (False, True)
    assert process.run("print(1)", SECONDS)[0]["done"]


def test_one_that_ignores_interrupts_is_ended(process):
    with pytest.raises(OutOfPatience):
        process.run("import signal\nsignal.signal(2, signal.SIG_IGN)\nwhile True: pass", 0.5)
    assert not process.alive
    with pytest.raises(ProcessDied):
        process.run("1", SECONDS)


def test_nothing_is_left_of_one_that_was_closed(forkserver):
    process = StudentProcess(forkserver, [], Limits())
    pid, workspace = process.process.pid, Path(process.workspace)
    assert workspace.is_dir()
    process.close()
    assert not workspace.exists()
    assert comes_true(lambda: not Path(f"/proc/{pid}").exists())


def test_nothing_is_left_of_one_whose_end_was_interrupted(forkserver, monkeypatch):
    process = StudentProcess(forkserver, [], Limits())
    end = process.process.end

    def interrupted():
        end()
        raise KeyboardInterrupt

    monkeypatch.setattr(process.process, "end", interrupted)
    with pytest.raises(KeyboardInterrupt):
        process.close()
    assert not Path(process.workspace).exists()


def test_nothing_is_left_of_one_that_did_not_start(forkserver, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match="did not start"):
        StudentProcess(forkserver, [], Limits(), tmp_path / "no such folder")
    assert not list(tmp_path.iterdir())
    assert forkserver.alive
