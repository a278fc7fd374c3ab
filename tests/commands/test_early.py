"""What can be wrong before anything is graded: one sentence on standard error, and 2."""

import contextlib
import gc
import io
import json
import os
import stat
import subprocess
import sys

import pytest
from support.course import configure, copy, grade, release, submit
from support.people import edit_source
from support.sample_class import NAME, hand_in

from autograder.adapters.nbgrader.lean import NAMING, UNUSED
from autograder.commands.main import main
from autograder.submission.clock import STAGES


@pytest.fixture(scope="module")
def graded(released, tmp_path_factory):
    course = copy(released, tmp_path_factory.mktemp("early") / "course")
    submit(course, "student-01", hand_in("right, plainly"))
    assert grade(course)[0] == 0
    return course


@pytest.fixture
def course(graded, tmp_path):
    return copy(graded, tmp_path / "course")


def spoil(*settings):
    return lambda course: configure(course, *settings)


def put(name, text):
    return lambda course: (course / name).write_text(text)


def folder_at(name):
    """Nothing can be read or written where a folder lies in the way."""

    def change(course):
        (course / name).unlink(missing_ok=True)
        (course / name).mkdir()

    return change


TROUBLES = {
    "a configuration that raises": (spoil("1/0"), "ZeroDivisionError: division by zero"),
    "a configuration that is no Python": (spoil("def x("), "'(' was never closed"),
    "a setting of another kind": (spoil("c.CourseDirectory.groupshared = 3"), "expected a boolean"),
    "a configuration that exits": (spoil("raise SystemExit(3)"), "SystemExit: 3"),
    "a limit that there is not": (spoil("c.IsolatedExecute.limits = {'weight': 3}"), "weight"),
    "settings that are no TOML": (put("autograder.toml", "x x"), "autograder.toml is not valid TOML"),
    "a setting that there is not": (put("autograder.toml", "spoilt = 3"), "unknown setting 'spoilt'"),
    "a secret that is too short": (put(".autograder_secret", "short"), "holds no secret"),
    "a secret that cannot be read": (folder_at(".autograder_secret"), "and cannot be read"),
    "a course that cannot be written": (folder_at(".autograder.lock"), ".autograder.lock cannot be written"),
    "no gradebook": (lambda course: (course / "gradebook.db").unlink(), "does not know"),
    "a damaged gradebook": (put("gradebook.db", "x" * 5000), "file is not a database"),
    "a source that changed": (lambda course: edit_source(course, remove="grad_w"), "has other cells than"),
    "no source": (lambda course: (course / "source" / NAME / f"{NAME}.ipynb").unlink(), "autograder init"),
}  # fmt: skip


@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_early_failure_is_one_sentence(course, trouble, capfd):
    change, words = TROUBLES[trouble]
    change(course)
    code, answer, told = grade(course)
    assert (code, answer) == (2, {})
    assert words in told
    assert len(told.strip().splitlines()) == 1
    assert told.startswith("autograder grade: ")
    assert capfd.readouterr().err == ""  # nothing of nbgrader's beside it


@pytest.mark.parametrize("name", ["nope", "", "../course", "source", "*"])
def test_a_wrong_name(course, name):
    code, _, told = grade(course, name)
    assert code == 2
    assert len(told.strip().splitlines()) == 1
    assert "no assignment" in told


def test_a_wrong_name_beside_a_right_one_grades_nothing(course):
    submit(course, "student-02", hand_in("right, plainly"))
    assert grade(course, NAME, "nope")[0] == 2
    assert not (course / "autograded" / "student-02").exists()


def report(course, *arguments):
    out, told = io.StringIO(), io.StringIO()
    with contextlib.chdir(course), contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
        return main(["report", *arguments]), out.getvalue(), told.getvalue()


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ("a configuration that raises", 2),
        ("a damaged gradebook", 1),
        ("no gradebook", 1),
        ("no source", 2),
    ],
)
def test_a_report_fails_in_one_sentence_too(course, trouble, code, capfd):
    TROUBLES[trouble][0](course)
    found, out, told = report(course)
    assert (found, out) == (code, "")
    assert len(told.strip().splitlines()) == 1
    assert told.startswith("autograder report: ")
    assert capfd.readouterr().err == ""


def test_what_is_graded_is_said(course):
    told = grade(course)[2]
    assert f"Grading {NAME} of the course in {course}:" in told


# A course that a group grades


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_shared_course_is_its_groups(course, umask):
    configure(course, "c.CourseDirectory.groupshared = True")
    for path in (course, *course.rglob("*")):
        os.chown(path, -1, 4321)
    submit(course, "student-02", hand_in("right, plainly"))
    code, _, told = grade(course)
    assert code == 0
    assert f"{course / '.autograder_secret'}: the group 4321 may read the course's secret from now on" in told
    folder = course / "autograded" / "student-02" / NAME
    for path in (folder, folder.parent, course / ".autograder.lock", course / "gradebook.db",
                 course / ".autograder_secret", folder / f"{NAME}.ipynb"):  # fmt: skip
        assert mode(path) & 0o060 == 0o060, path
        assert path.stat().st_gid == 4321, path
    assert mode(folder) & 0o2070 == 0o2070
    assert mode(course / ".autograder_secret") & 0o007 == 0
    assert "the course's secret" not in grade(course)[2]


def test_what_we_make_in_another_course_is_for_its_owner_alone(tmp_path, umask):
    course = release(tmp_path / "course")
    submit(course, "student-01", hand_in("right, plainly"))
    assert grade(course)[0] == 0
    assert report(course)[0] == 0
    for name in ("autograded", "report", ".autograder_secret"):
        assert mode(course / name) & 0o077 == 0, name


def test_a_second_grader_of_a_shared_course_can_go_on(course, umask):
    """What a member of the group would write is writable for the group: all below the course."""
    configure(course, "c.CourseDirectory.groupshared = True")
    submit(course, "student-02", hand_in("right, plainly"))
    assert grade(course, "--force")[0] == 0
    made = [course / ".autograder.lock", *(course / "autograded" / "student-02").rglob("*")]
    assert [str(path) for path in made if mode(path) & 0o060 != 0o060] == []
    assert json.loads(json.dumps(grade(course)[1]["counts"])) == {"unchanged": 2}


# What the command does without

ALONE = """
import sys
from autograder.adapters.nbgrader.lean import UNUSED
from autograder.commands.main import main
sys.argv = ["autograder", "grade", "--force"]
code = main()
print(*(name for name in UNUSED if name in sys.modules))
sys.exit(code)
"""


def grade_alone(course):
    """Grade in a process of its own: which modules it imported that grading has no use for."""
    command = [sys.executable, "-c", ALONE]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
    assert (done.returncode, "All submissions are graded." in done.stderr) == (0, True), done.stderr
    return done.stdout.split()


def test_a_command_that_only_grades_does_without_what_only_nbgraders_server_uses(course):
    assert grade_alone(course) == []


def test_what_the_command_does_without_is_what_nbgrader_imports():
    naming = "".join(f"import {name}\n" for name in NAMING)
    code = f"{naming}import sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(UNUSED) <= set(done.stdout.split())


def test_a_configuration_that_imports_more_gets_the_real_thing(course):
    configure(course, "from autograder.plugin import SafePages", "c.SafePages.all_assignments = True")
    configure(course, "from setuptools.archive_util import unpack_archive", "assert callable(unpack_archive)")
    configure(
        course, "import bleach, requests", "assert bleach.clean('<hr>') == '&lt;hr&gt;' and requests.get"
    )
    assert grade_alone(course) == [
        "bleach",
        "bs4",
        "nbconvert.filters.markdown_mistune",
        "requests",
        "setuptools.archive_util",
    ]


def test_a_process_that_does_other_things_too_collects_the_garbage_of_a_run(course):
    before = gc.get_freeze_count()
    assert grade(course)[0] == 0
    assert gc.get_freeze_count() == before


def test_a_profile(course):
    code, answer, told = grade(course, "--force", "--profile")
    assert code == 0
    assert "Processor time for each of 1 submissions, in milliseconds:" in told
    rows = {line.split()[0]: line.split()[1:3] for line in told.splitlines() if line.startswith("  ")}
    assert all(
        float(rows[stage][0]) > 0 for stage in ("read", "rebuild", "judge", "annotate", "stage", "record")
    )
    assert all(float(rows[stage][1]) > 0 for stage in ("confine", "cells", "calls"))
    assert set(answer["seconds"]) == set(STAGES)
