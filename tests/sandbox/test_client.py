"""A student's process as the grader sees it: its answers, its death, and what is left of it."""

import sys
from pathlib import Path

import pytest
from support.waiting import comes_true

from autograder.sandbox.client import OutOfPatience, ProcessDied, StudentProcess
from autograder.sandbox.forkserver import ForkServer
from autograder.sandbox.limits import Limits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")

SECONDS = 60.0


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
