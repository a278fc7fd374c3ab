"""The fork server: what was never in it, what it says, and how it ends."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import pytest
from support.answers import PLAIN
from support.attacks import WRONG
from support.sample_class import answering
from support.sandbox import NOTHING, SOURCE, TOKEN, grade, hand_in, printed
from support.waiting import comes_true, descendants, gone, sleeping, wait_until

from autograder.sandbox.forkserver import ForkServer
from autograder.sandbox.limits import PARTS, Limits
from autograder.sandbox.processes import CannotIsolate
from autograder.submission.session import Session
from exercise import POINTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")

MODES = {"everything": frozenset(), "without namespaces": frozenset({"namespaces"})}


@pytest.fixture(scope="module", params=MODES)
def forkserver(request):
    server = ForkServer(without=MODES[request.param])
    yield server
    server.close()


def test_every_part_reports_whether_it_is_in_force(forkserver):
    report = "\n".join(forkserver.report())
    for part in PARTS:
        assert re.search(rf"[✓✗] {part}\b", report)
    if forkserver.reasons["namespaces"]:
        assert "✗ namespaces" in report
        assert "NOT in force: switched off" in report


@pytest.mark.parametrize("part", ["files", "calls"])
def test_without_files_or_network_closed_it_refuses(part):
    with pytest.raises(CannotIsolate, match=rf"{part} \(switched off\)"):
        ForkServer(without=frozenset({part})).require(unconfined=False)


def test_one_explicit_setting_goes_on_all_the_same():
    server = ForkServer(without=frozenset({"files", "calls", "namespaces"}))
    server.require(unconfined=True)
    try:
        assert grade(server, hand_in(answering(PLAIN)))[0] == POINTS
        assert grade(server, hand_in(answering(WRONG)))[0] == NOTHING
    finally:
        server.close()


def test_the_fork_server_never_had_the_reference_in_it(forkserver):
    secret = b"autograder.exercises.neural_network_derivation.gradients"
    assert secret not in Path(f"/proc/{forkserver.process.pid}/environ").read_bytes()
    source = "import sys\nprint(sorted(n for n in sys.modules if n.startswith('autograder')))"
    loaded = re.search(r"\['autograder.*?\]", printed(forkserver, source)).group()
    allowed = r"autograder(\.sandbox(\.limits|\.protocol|\.inside(\.\w+)?)?)?"
    assert all(re.fullmatch(allowed, name) for name in eval(loaded)), loaded


def test_start_needs_no_question_before_it(tmp_path):
    """What the server says first is its readiness, not the answer to the start; `python -O` or not."""
    code = (
        "import sys; from autograder.sandbox.client import StudentProcess\n"
        "from autograder.sandbox.forkserver import ForkServer; from autograder.sandbox.limits import Limits\n"
        "s = ForkServer()\n"
        "with StudentProcess(s, [], Limits()) as p: print(p.run('print(6 * 7)', 60)[0]['outputs'])\n"
        "s.close()"
    )
    done = subprocess.run([sys.executable, "-O", "-c", code], capture_output=True, text=True, timeout=120)
    assert "42" in done.stdout
    assert done.stderr == ""


# How it ends


def test_a_grader_that_hung_up_meanwhile_ends_it_quietly():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-I", "-m", "autograder.sandbox.inside.forkserver", str(theirs.fileno())]
    process = subprocess.Popen(
        [*command, '{"hidden": [], "without": []}'],
        pass_fds=[theirs.fileno()],
        stderr=subprocess.PIPE,
        text=True,
    )
    ours.close()
    theirs.close()
    assert process.communicate(timeout=120)[1] == ""
    assert process.returncode == 0


def test_close_before_it_is_ready_waits_for_nothing():
    server = ForkServer()
    server.close()
    assert not server.alive
    assert not Path(server._home).exists()


def test_close_ends_every_students_process(tmp_path):
    server = ForkServer()
    process, connection = server.start(str(tmp_path), [], Limits())
    server.close()
    wait_until(lambda: not Path(f"/proc/{process.pid}").exists())
    connection.close()
    os.close(process.descriptor)


def test_close_ends_it_in_order_while_another_process_may_use_it(forkserver):
    server = forkserver.renewed()
    assert server.reasons == forkserver.reasons
    other = get_context("fork").Process(target=time.sleep, args=(600,))
    other.start()
    server.close()
    other.kill()
    other.join()
    assert server.process.returncode == 0  # it was not killed


@pytest.mark.parametrize("uid", [0, 62_500], ids=["as root", "as an ordinary user"])
@pytest.mark.parametrize("apart", [True, False], ids=["namespaces", "no namespaces"])
def test_a_process_that_is_late_to_ask_for_the_signal_ends_with_the_fork_server_too(tmp_path, apart, uid):
    """The fork server is gone before its child has asked the kernel to be ended with it."""
    if os.getuid() != 0:
        pytest.skip("takes root, to be an ordinary user as well")
    code = (
        "import os, time; from autograder.sandbox.forkserver import _number_of\n"
        "from autograder.sandbox.inside import confinement, fork, linux, namespaces\n"
        f"os.setresgid({uid}, {uid}, {uid}); os.setresuid({uid}, {uid}, {uid})\n"
        "linux.prctl(4, 1)\n"  # PR_SET_DUMPABLE: its files in /proc are its own again
        f"if {apart}: namespaces.become_first()\n"
        "slow = linux.prctl\n"
        "def late(option, value=0): time.sleep(1 if option == linux.PDEATHSIG else 0); slow(option, value)\n"
        "linux.prctl = late\n"
        "from autograder.sandbox.limits import Limits\n"
        f"parts = frozenset(['namespaces'] if {apart} else [])\n"
        f"plan = confinement.Plan({str(tmp_path)!r}, Limits(), (), (), parts, None, None)\n"
        "fork.server.serve = lambda *a: time.sleep(600)\n"
        "fork.shell.take_over = lambda *a: None\n"
        "theirs, ours = fork.socket.socketpair()[1].detach(), os.pidfd_open(os.getpid())\n"
        "work = lambda: fork.become_student(None, theirs, plan, [], {}, ours)\n"
        "print(_number_of(os.pidfd_open(fork.fork_student(work, plan))), flush=True); os._exit(0)"
    )
    tmp_path.chmod(0o777)
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, timeout=60)
    wait_until(lambda: not Path(f"/proc/{int(done.stdout)}").exists())


def test_it_is_the_first_process_of_namespaces_of_its_own(forkserver):
    reason = forkserver.reasons["namespaces"]
    started = forkserver.process.pid
    server = started if reason else descendants(started)[1]  # between them is who entered the namespaces
    apart = [Path(f"/proc/{server}/ns/{kind}").readlink() != Path(f"/proc/self/ns/{kind}").readlink()
             for kind in ("pid", "net")]  # fmt: skip
    assert apart == [not reason] * 2
    status = Path(f"/proc/{server}/status").read_text()
    assert (re.search(r"^NSpid:.*\t1$", status, re.MULTILINE) is not None) == (not reason)


STRAY = """
import ctypes, os, subprocess, sys, time
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # forget the signal at the parent's death
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
        os.execv(SLEEP, ["sleep", "TOKEN"])
    os._exit(0)
subprocess.Popen(["sleep", "TOKEN"], start_new_session=True)
"""


@pytest.mark.parametrize("ended", ["killed", "closed"])
@pytest.mark.parametrize("without", MODES.values(), ids=MODES)
def test_when_the_grader_ends_nothing_is_left(ended, without):
    number = f"{TOKEN}{len(without)}{len(ended)}"
    stray = STRAY.replace("TOKEN", number).replace("SLEEP", repr(shutil.which("sleep")))
    code = (
        "from pathlib import Path; from autograder.sandbox.client import *\n"
        "from autograder.sandbox.forkserver import *; from autograder.sandbox.limits import Limits\n"
        f"s = ForkServer({without!r})\n"
        f"many = [StudentProcess(s, [Path({str(SOURCE)!r})], Limits()) for _ in range(3)]\n"
        f"for p in many: p.run({stray!r}, 60)\n"
        "print('ready', flush=True); input(); s.close(); print('closed', flush=True); input()"
    )
    grader = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert grader.stdout.readline() == "ready\n"
    assert comes_true(lambda: sleeping(number), 30)
    if ended == "closed":
        grader.stdin.write("\n")
        grader.stdin.flush()
        assert grader.stdout.readline() == "closed\n"
        assert not sleeping(number)  # at once, and not some time after
    grader.kill()
    grader.communicate()
    assert gone(number)


# matplotlib, for those who draw

LOADED = "import sys\nprint('matplotlib' in sys.modules)"
DRAWN = "plt.plot([1, 2])\nplt.gca().get_title()"
PLOT = f"%matplotlib inline\nimport matplotlib.pyplot as plt\n{DRAWN}"
HIDDEN = f"plt = __import__('matplot' + 'lib.pyplot').pyplot\n{DRAWN}"


def forms(sandbox, source, draws):
    """Of each output of a cell, in which forms it is."""
    with Session(sandbox, [], 20.0, 60.0, draws=draws) as session:
        outputs = session.run(source)[0]
    return [sorted(output["data"]) for output in outputs if "data" in output]  # not what fontconfig writes


def test_figures_are_shown_alike_whether_it_was_loaded_for_them_or_not(forkserver):
    server = forkserver.renewed()
    try:
        unexpected = [forms(server, source, draws=False) for source in (PLOT, HIDDEN)]
        assert printed(server, LOADED) == "False"
        expected = [forms(server, source, draws=True) for source in (PLOT, HIDDEN)]
        assert printed(server, LOADED) == "True"
    finally:
        server.close()
    assert expected == unexpected == [[["text/plain"], ["image/png", "text/plain"]]] * 2


def test_an_exercise_that_draws_has_it_loaded_as_well(forkserver, tmp_path):
    (tmp_path / "exercise.py").write_text("import matplotlib.pyplot\n")
    server = forkserver.renewed()
    try:
        assert printed(server, LOADED) == "False"
        assert printed(server, LOADED, public=tmp_path) == "True"
    finally:
        server.close()


def test_an_exercise_may_start_a_thread(forkserver, tmp_path):
    thread = "import threading, time\nthreading.Thread(target=time.sleep, args=(1,)).start()\n"
    (tmp_path / "exercise.py").write_text(thread)
    assert printed(forkserver, "print(1)", public=tmp_path) == "1"
