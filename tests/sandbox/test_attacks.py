"""No attack gets a point, changes anything outside, or costs the next student anything."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from support.answers import PLAIN
from support.attacks import CELLS, FILES, SAME_USER, SHADOWS, WRONG, with_attack
from support.sample_class import answering
from support.sandbox import AS_ORDINARY, NOTHING, ORDINARY, SOURCE, TOKEN, grade, hand_in, printed, shown
from support.waiting import descendants, gone, wait_until

from autograder.sandbox.forkserver import ForkServer
from exercise import POINTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")

MODES = {"everything": frozenset(), "without namespaces": frozenset({"namespaces"})}


@pytest.fixture(scope="module", params=MODES)
def forkserver(request):
    server = ForkServer(without=MODES[request.param])
    yield server
    server.close()


@pytest.fixture(scope="module")
def bait(tmp_path_factory):
    """A course's folder that an attack would like to read or change."""
    folder = tmp_path_factory.mktemp("bait")
    (folder / "gradebook.db").write_text("grades")
    return folder


@pytest.fixture(scope="module")
def listener():
    """A port of this machine that listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def mailbox():
    """The name of a socket that takes datagrams from everybody."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        Path(folder).chmod(0o755)
        server.bind(f"{folder}/mailbox")
        Path(folder, "mailbox").chmod(0o777)
        yield f"{folder}/mailbox"


def state_of(folder):
    found = {p.name: (p.read_bytes(), p.stat()) for p in folder.iterdir()}
    return {name: (content, s.st_mode, s.st_uid, s.st_mtime_ns) for name, (content, s) in found.items()}


MARKED = [pytest.param(a, marks=pytest.mark.same_user) if a in SAME_USER else a for a in CELLS]


@pytest.mark.parametrize("attack", MARKED)
def test_an_attack_gets_nothing_and_changes_nothing(forkserver, bait, listener, mailbox, attack):
    words = {
        "BAIT": str(bait),
        "GRADER": str(os.getpid()),
        "PORT": str(listener),
        "TOKEN": TOKEN,
        "MAILBOX": mailbox,
    }
    words |= {"TMPFS": str(not forkserver.reasons["workspace"]), "ROOT": "True"}
    source = CELLS[attack]
    for word, value in words.items():
        source = re.sub(rf"\b{word}\b", value, source)
    before, threads = state_of(bait), threading.active_count()
    earned, notebook = grade(forkserver, hand_in(lambda n: with_attack(n, source)))
    assert earned == NOTHING
    assert "LEAK" not in shown(notebook)
    assert state_of(bait) == before
    assert not list(Path("/tmp").glob("left-behind-by-a-student"))
    assert not list(Path("/dev/shm").glob("left-behind-by-a-student"))
    assert gone(TOKEN)
    assert threading.active_count() == threads
    assert forkserver.process.poll() is None


@pytest.mark.parametrize("change", FILES)
def test_a_change_of_the_file_gets_nothing(forkserver, change):
    def attack(notebook):
        answering(WRONG)(notebook)
        FILES[change](notebook)
        return notebook

    earned, notebook = grade(forkserver, hand_in(attack))
    assert earned == NOTHING
    marks = [c["metadata"]["nbgrader"] for c in notebook["cells"] if "nbgrader" in c["metadata"]]
    assert {m["grade_id"]: m["points"] for m in marks if m["grade"]} == {
        f"test_{q}": p for q, p in POINTS.items()
    }


@pytest.mark.parametrize("change", FILES)
def test_right_answers_survive_a_change_of_the_file(forkserver, change):
    def damage(notebook):
        answering(PLAIN)(notebook)
        FILES[change](notebook)
        return notebook

    assert grade(forkserver, hand_in(damage))[0] == POINTS


def test_files_beside_the_notebook_shadow_nothing(forkserver, tmp_path):
    shutil.copytree(SOURCE / "backprop_lab", tmp_path / "backprop_lab")
    for name in SHADOWS:
        (tmp_path / name).write_text("raise RuntimeError('shadow')\n")
    assert grade(forkserver, hand_in(answering(WRONG)), tmp_path)[0] == NOTHING
    assert grade(forkserver, hand_in(answering(PLAIN)), tmp_path)[0] == POINTS


def test_links_and_notebooks_beside_the_notebook_do_not_come_along(forkserver, bait, tmp_path):
    (tmp_path / "data.csv").symlink_to(bait / "gradebook.db")
    (tmp_path / "data.txt").write_text("data")
    (tmp_path / "with_tests.ipynb").write_text("{}")
    source = "import os\nprint(sorted(os.listdir()), open('data.txt').read())"
    _, notebook = grade(forkserver, hand_in(lambda n: with_attack(n, source)), tmp_path)
    assert "['data.txt'] data" in shown(notebook)


def test_files_beside_the_notebook_can_be_changed_as_at_home(forkserver, tmp_path):
    """They are the student's process's own copies, whichever user that runs as."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "table.csv").write_text("1,2\n")
    source = (
        "with open('data/table.csv', 'a') as file:\n    file.write('3,4')\n"
        "open('data/own.csv', 'w').close()\nprint(open('data/table.csv').read().split())"
    )
    _, notebook = grade(forkserver, hand_in(lambda n: with_attack(n, source)), tmp_path)
    assert "['1,2', '3,4']" in shown(notebook)
    assert (tmp_path / "data" / "table.csv").read_text() == "1,2\n"


def test_a_crash_in_one_question_costs_no_other(forkserver):
    answers = {**PLAIN, "grad_b": "def grad_b(dL_dg):\n    import os\n    os._exit(1)"}
    earned, notebook = grade(forkserver, hand_in(answering(answers)))
    assert earned == {**POINTS, "grad_b": 0, "backward": 0}
    assert "grad_b, 0 of 1 points: ended its process. Does it crash, exit, or use too much memory?" in shown(
        notebook
    )


def test_a_function_is_named_that_is_no_data(forkserver):
    answers = {**PLAIN, "grad_z": "def grad_z(z, y):\n    return lambda: 1"}
    _, notebook = grade(forkserver, hand_in(answering(answers)))
    assert "returned a function, which is not numeric" in shown(notebook)


def test_the_honest_student_after_all_of_them(forkserver):
    assert grade(forkserver, hand_in(answering(PLAIN)))[0] == POINTS


def test_the_attacks_on_the_server_find_it(forkserver):
    """Else they would prove nothing."""
    source = (
        "from autograder.sandbox.inside import server as serve\n"
        "print(sorted(serve.REQUESTS), serve.protocol.frame.__name__, serve.protocol.HEADER.size)"
    )
    assert "['call', 'look', 'run'] frame 4" in printed(forkserver, source)


def test_no_student_process_is_left(forkserver):
    own = 0 if forkserver.reasons["namespaces"] else 2  # who were there before it was the first of its own
    wait_until(lambda: len(descendants(forkserver.process.pid)) == own)


def test_attacks_of_the_graders_own_user_get_nothing():
    """The grader as an ordinary user, who may have no users beside it for the students."""
    if os.getuid() != 0:
        pytest.skip("takes root, to be an ordinary user as well")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-m",
        "same_user",
        "-p",
        "no:cacheprovider",
        "-n0",
        __file__,
    ]
    with tempfile.TemporaryDirectory() as home:
        os.chown(home, *2 * [ORDINARY])
        environment = {**os.environ, "HOME": home, "TMPDIR": home}
        done = subprocess.run(
            ["setpriv", *AS_ORDINARY, *command], env=environment, capture_output=True, text=True, timeout=300
        )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
