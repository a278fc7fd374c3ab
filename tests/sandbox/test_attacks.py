"""No attack gets a point, changes anything outside, or costs the next student anything."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest
from support.answers import PLAIN
from support.attacks import CELLS, FILES, SHADOWS, WRONG, with_attack
from support.sample_class import NAME, RELEASE, answering

from autograder.adapters.nbgrader.template import template_of
from autograder.judging.questions import POINTS, QUESTIONS
from autograder.judging.sampling import points, seed_for
from autograder.sandbox.forkserver import WarmProcess
from autograder.sandbox.inside.confinement import PARTS
from autograder.sandbox.processes import CannotIsolate
from autograder.sandbox.protocol import load
from autograder.submission.execute import run
from autograder.submission.rebuild import rebuild
from autograder.submission.session import Session

SOURCE = Path(__file__).parents[2] / "source" / NAME
GIVEN = points(seed_for(b"a secret of the tests", NAME, "student-01"))
TOKEN = "53.0625"  # seconds that a daemon sleeps: a number that no other process has

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")

MODES = {"everything": frozenset(), "without namespaces": frozenset({"namespaces"})}


@pytest.fixture(scope="module", params=MODES)
def warm(request):
    process = WarmProcess(without=MODES[request.param])
    yield process
    process.close()


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


def hand_in(change):
    return change(json.loads(RELEASE.read_text(encoding="utf-8")))


def grade(warm, submission, folder=SOURCE):
    """The points by question, and the executed notebook."""
    built = rebuild(template_of(SOURCE / f"{NAME}.ipynb"), load(json.dumps(submission)))
    with Session(warm, [folder], cell_time=2.0, notebook_time=30.0) as session:
        found = run(built.notebook, session, GIVEN, {}).verdicts
    nbformat.validate(nbformat.from_dict(built.notebook))
    json.dumps(built.notebook, ensure_ascii=False).encode()  # it can be written to a file
    return {verdict.question: verdict.points for verdict in found.values()}, built.notebook


def shown(notebook):
    """All that the cells show, but for their sources, which errors repeat."""
    texts = []
    for output in (o for c in notebook["cells"] for o in c.get("outputs", [])):
        texts += [output.get("text", ""), output.get("evalue", ""), str(output.get("data", ""))]
    return "\n".join(texts)


def sleeping(token):
    """The processes that have the token among their arguments."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [path] if token in path.read_bytes().decode(errors="replace").split("\0") else []
        except OSError:
            continue
    return found


def gone(token):
    """Whether the processes end within some seconds: the kernel takes its time to bury them."""
    for _ in range(200):
        if not sleeping(token):
            return True
        time.sleep(0.05)
    return False


def state_of(folder):
    found = {p.name: (p.read_bytes(), p.stat()) for p in folder.iterdir()}
    return {name: (content, s.st_mode, s.st_uid, s.st_mtime_ns) for name, (content, s) in found.items()}


NOTHING = dict.fromkeys(QUESTIONS, 0.0)


@pytest.mark.parametrize("attack", CELLS)
def test_an_attack_gets_nothing_and_changes_nothing(warm, bait, listener, attack):
    words = {"BAIT": str(bait), "GRADER": str(os.getpid()), "PORT": str(listener), "TOKEN": TOKEN}
    words |= {"TMPFS": str(not warm.reasons["scratch"]), "ROOT": "True"}
    source = CELLS[attack]
    for word, value in words.items():
        source = re.sub(rf"\b{word}\b", value, source)
    before, threads = state_of(bait), threading.active_count()
    earned, notebook = grade(warm, hand_in(lambda n: with_attack(n, source)))
    assert earned == NOTHING
    assert "LEAK" not in shown(notebook)
    assert state_of(bait) == before
    assert not list(Path("/tmp").glob("left-behind-by-a-student"))
    assert not list(Path("/dev/shm").glob("left-behind-by-a-student"))
    assert gone(TOKEN)
    assert threading.active_count() == threads
    assert warm.process.poll() is None


@pytest.mark.parametrize("change", FILES)
def test_a_change_of_the_file_gets_nothing(warm, change):
    def attack(notebook):
        answering(WRONG)(notebook)
        FILES[change](notebook)
        return notebook

    earned, notebook = grade(warm, hand_in(attack))
    assert earned == NOTHING
    marks = [c["metadata"]["nbgrader"] for c in notebook["cells"] if "nbgrader" in c["metadata"]]
    assert {m["grade_id"]: m["points"] for m in marks if m["grade"]} == {
        f"test_{q}": p for q, p in POINTS.items()
    }


@pytest.mark.parametrize("change", FILES)
def test_right_answers_survive_a_change_of_the_file(warm, change):
    def damage(notebook):
        answering(PLAIN)(notebook)
        FILES[change](notebook)
        return notebook

    assert grade(warm, hand_in(damage))[0] == POINTS


def test_files_beside_the_notebook_shadow_nothing(warm, tmp_path):
    shutil.copytree(SOURCE / "backprop_lab", tmp_path / "backprop_lab")
    for name in SHADOWS:
        (tmp_path / name).write_text("raise RuntimeError('shadow')\n")
    assert grade(warm, hand_in(answering(WRONG)), tmp_path)[0] == NOTHING
    assert grade(warm, hand_in(answering(PLAIN)), tmp_path)[0] == POINTS


def test_links_and_notebooks_beside_the_notebook_do_not_come_along(warm, bait, tmp_path):
    (tmp_path / "data.csv").symlink_to(bait / "gradebook.db")
    (tmp_path / "data.txt").write_text("data")
    (tmp_path / "with_tests.ipynb").write_text("{}")
    source = "import os\nprint(sorted(os.listdir()), open('data.txt').read())"
    _, notebook = grade(warm, hand_in(lambda n: with_attack(n, source)), tmp_path)
    assert "['data.txt'] data" in shown(notebook)


def test_files_beside_the_notebook_can_be_changed_as_at_home(warm, tmp_path):
    """They are the student's process's own copies, whichever user that runs as."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "table.csv").write_text("1,2\n")
    source = (
        "with open('data/table.csv', 'a') as file:\n    file.write('3,4')\n"
        "open('data/own.csv', 'w').close()\nprint(open('data/table.csv').read().split())"
    )
    _, notebook = grade(warm, hand_in(lambda n: with_attack(n, source)), tmp_path)
    assert "['1,2', '3,4']" in shown(notebook)
    assert (tmp_path / "data" / "table.csv").read_text() == "1,2\n"


def test_a_crash_in_one_question_costs_no_other(warm):
    answers = {**PLAIN, "grad_b": "def grad_b(dL_dg):\n    import os\n    os._exit(1)"}
    earned, notebook = grade(warm, hand_in(answering(answers)))
    assert earned == {**POINTS, "grad_b": 0, "backward": 0}
    assert "grad_b, 0 of 1 points: ended its process. Does it crash, exit, or use too much memory?" in shown(
        notebook
    )


def test_a_function_is_named_that_is_no_data(warm):
    answers = {**PLAIN, "grad_z": "def grad_z(z, y):\n    return lambda: 1"}
    _, notebook = grade(warm, hand_in(answering(answers)))
    assert "returned a function, which is not numeric" in shown(notebook)


def test_the_honest_student_after_all_of_them(warm):
    assert grade(warm, hand_in(answering(PLAIN)))[0] == POINTS


def test_no_student_process_is_left(warm):
    for _ in range(20):
        children = Path(f"/proc/{warm.process.pid}/task/{warm.process.pid}/children").read_text()
        if not children:
            return
        time.sleep(0.1)
    pytest.fail(f"left: {children}")


# What is said about it


def test_every_part_reports_whether_it_is_in_force(warm):
    report = "\n".join(warm.report())
    for part in PARTS:
        assert re.search(rf"[✓✗] {part}\b", report)
    if warm.reasons["namespaces"]:
        assert "✗ namespaces" in report
        assert "NOT in force: switched off" in report


@pytest.mark.parametrize("part", ["files", "calls"])
def test_without_files_or_network_closed_it_refuses(part):
    with pytest.raises(CannotIsolate, match=rf"{part} \(switched off\)"):
        WarmProcess(without=frozenset({part})).require(unconfined=False)


def test_one_explicit_setting_goes_on_all_the_same():
    warm = WarmProcess(without=frozenset({"files", "calls", "namespaces"}))
    warm.require(unconfined=True)
    try:
        assert grade(warm, hand_in(answering(PLAIN)))[0] == POINTS
        assert grade(warm, hand_in(answering(WRONG)))[0] == NOTHING
    finally:
        warm.close()


def test_the_warm_process_never_had_the_reference_in_it(warm):
    secret = b"autograder.exercises.neural_network_derivation.gradients"
    maps = Path(f"/proc/{warm.process.pid}/environ").read_bytes()
    assert secret not in maps
    source = "import sys\nprint(sorted(n for n in sys.modules if n.startswith('autograder')))"
    _, notebook = grade(warm, hand_in(lambda n: with_attack(n, source)))
    loaded = re.search(r"\['autograder.*?\]", shown(notebook)).group()
    assert "reference" not in loaded
    assert "points" not in loaded


def test_when_the_grader_is_killed_nothing_is_left(tmp_path):
    code = (
        "import sys, os, time; from pathlib import Path\n"
        "from autograder.sandbox.client import *; from autograder.sandbox.forkserver import *\n"
        f"w = WarmProcess(); p = StudentProcess(w, [Path({str(SOURCE)!r})])\n"
        f"p.run(\"import subprocess; subprocess.Popen(['sleep', '{TOKEN}1'], start_new_session=True)\", 5)\n"
        "print('ready', flush=True); p.run('while True: pass', 60)"
    )
    grader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert grader.stdout.readline() == "ready\n"
    assert sleeping(f"{TOKEN}1")
    grader.kill()
    grader.wait()
    grader.stdout.close()
    assert gone(f"{TOKEN}1")
