"""The attack suite in one class, several hand-ins at a time: no point, nothing changed, nobody harmed."""

import json
import os
import re
import socket
import sys
from pathlib import Path

import nbformat
import pytest
from support.answers import PLAIN
from support.attacks import CELLS, FILES, SHADOWS, WRONG, with_attack
from support.course import configure, copy, grade, gradebook_of, held, submit
from support.sample_class import NAME, RELEASE, answering
from support.waiting import gone

from autograder.submission.secret import find_secret
from autograder.submission.settings import read_settings
from exercise import POINTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")

TOKEN = "53.125"  # seconds that a daemon sleeps: a number that no other process has
EVERY = 5  # among so many attackers there is one honest student
# A student who looks for the others: their folders, processes and memory.
SPY = """import glob, os, pathlib, time
mine = os.getcwd()
for _ in range(20):
    for place in glob.glob('/tmp/autograder-*') + glob.glob('SUBMITTED/*'):
        if os.path.realpath(place) != os.path.realpath(mine):
            try: print('LEAK', os.listdir(place))
            except OSError: pass
    for pid in range(2, 400):
        try: print('LEAK', os.kill(pid, 0))
        except OSError: pass
    try: others = [p for p in os.listdir('/proc') if p.isdigit() and int(p) not in (1, os.getpid())]
    except OSError: others = []
    if others: print('LEAK', others)
    time.sleep(0.05)
"""


def hand_out():
    return json.loads(RELEASE.read_text(encoding="utf-8"))


def _attackers(words):
    """The hand-ins of the attackers, by what they try."""
    for name, source in CELLS.items():
        for word, value in words.items():
            source = re.sub(rf"\b{word}\b", value, source)
        yield name, with_attack(hand_out(), source)
    for name, change in FILES.items():
        notebook = answering(WRONG)(hand_out())
        change(notebook)
        yield name, notebook


def state_of(course):
    """What must be as it was: the source, the hand-ins, the secret, the settings."""
    kept = [p for step in ("source", "submitted") for p in (course / step).rglob("*")]
    kept += [course / ".autograder_secret", course / "nbgrader_config.py"]
    return {p: (p.stat().st_mode, p.stat().st_mtime_ns, p.is_file() and p.read_bytes()) for p in kept}


@pytest.fixture(scope="module")
def graded(released, tmp_path_factory):
    """A class of attackers with honest students among them: the course, what each handed in, and what
    the gradebook and the command say."""
    course = copy(released, tmp_path_factory.mktemp("attacked") / "course")
    configure(course, "c.IsolatedExecute.cell_time = 2.0")
    names = {}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        words = {"BAIT": str(course), "GRADER": str(os.getpid()), "TOKEN": TOKEN, "TMPFS": "False",
                 "ROOT": "True", "PORT": str(listener.getsockname()[1])}  # fmt: skip
        for number, (name, notebook) in enumerate(_attackers(words)):
            names[f"attacker-{number:03d}"] = name
            submit(course, f"attacker-{number:03d}", json.dumps(notebook))
            if number % EVERY == 0:
                submit(course, f"attacker-{number:03d}-honest", json.dumps(answering(PLAIN)(hand_out())))
        spying = SPY.replace("SUBMITTED", str(course / "submitted"))
        for student in ("spy-1", "spy-2"):
            path = submit(course, student, json.dumps(with_attack(hand_out(), spying)))
            (path.parent / "private.txt").write_text("LEAK of another student")
        path = submit(course, "shadows", json.dumps(answering(WRONG)(hand_out())))
        for name in SHADOWS:
            (path.parent / name).write_text("raise RuntimeError('shadow')\n")
        find_secret(course, read_settings(course, list))  # is made now
        before = state_of(course)
        _, answer, told = grade(course, "--workers", "4")
    with gradebook_of(course) as gradebook:
        found = held(gradebook)
    return course, names, before, found, answer, told


def earned(found, student):
    return {name.removeprefix("test_"): auto for name, auto, *_ in found[student]["grades"]}


def executed(course, student):
    return nbformat.read(course / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4)


def shown(notebook):
    """All that the cells show, but for their sources, which errors repeat."""
    texts = []
    for output in (o for c in notebook.cells for o in c.get("outputs", [])):
        texts += [output.get("text", ""), output.get("evalue", ""), str(output.get("data", ""))]
    return "\n".join(texts)


def test_no_attack_gets_a_point(graded):
    _, names, _, found, _, _ = graded
    assert len(names) > 100
    points = {name: earned(found, student) for student, name in names.items()}
    assert points == dict.fromkeys(names.values(), dict.fromkeys(POINTS, 0))


def test_every_honest_student_among_them_gets_all(graded):
    _, _, _, found, _, _ = graded
    honest = [student for student in found if student.endswith("honest")]
    assert len(honest) > 20
    assert {student: earned(found, student) for student in honest} == dict.fromkeys(honest, POINTS)


def test_all_are_graded_and_what_happened_is_told(graded):
    _, names, _, found, answer, told = graded
    assert answer["counts"] == {"graded": len(found)}
    assert "Traceback" not in told
    exits = next(student for student, name in names.items() if name == "exit")
    assert f"{exits}: graded (0 of 20 points)" in told
    assert "this cell ended the notebook's process" in told


def test_no_attack_leaks_or_shows_what_another_may_not_see(graded):
    course, names, _, _, _, _ = graded
    for student in (*names, "spy-1", "spy-2", "shadows"):
        notebook = executed(course, student)
        nbformat.validate(notebook)
        assert "LEAK" not in shown(notebook), names.get(student, student)


def test_a_spy_and_shadowing_files_get_nothing(graded):
    _, _, _, found, _, _ = graded
    for student in ("spy-1", "spy-2", "shadows"):
        assert earned(found, student) == dict.fromkeys(POINTS, 0)


def test_nothing_outside_is_changed_and_nothing_is_left_behind(graded):
    course, _, before, _, _, _ = graded
    assert state_of(course) == before
    for folder in ("/tmp", "/dev/shm"):
        assert not list(Path(folder).glob("left-behind-by-a-student"))
    assert gone(TOKEN)
