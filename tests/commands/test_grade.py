"""`autograder grade` called wrongly, as a person sees it: the standard error of a real process."""

import subprocess
import sys

import pytest
from support.sample_class import NAME

from autograder.commands import grade as command


def call(folder, *arguments):
    words = [sys.executable, "-m", "autograder", "grade", *arguments]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def test_grade_in_a_wrong_folder_says_one_sentence(tmp_path):
    code, out, told = call(tmp_path)
    assert (code, out) == (2, "")
    assert told == (
        "autograder grade: Is this the course's folder? `autograder init FOLDER` lays the assignment into "
        "one.\n"
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("unusual", [False, True])
def test_grade_of_a_wrong_assignment_says_one_sentence(course, unusual):
    if unusual:  # the folder has the marks of a course, and the sandbox is opened early for nothing
        (course / "source" / "homework").mkdir()
    code, out, told = call(course, "homework")
    assert (code, out) == (2, "")
    assert told == (f"autograder grade: no assignment 'homework' in {course / 'source'}. There is: {NAME}.\n")


def options(folder, **more):
    return type("Options", (), {"scheduler": None, "assignments": [], **more})()


def test_grade_opens_the_sandbox_early_only_where_there_is_something(course, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "open_sandbox", lambda: "opened")

    def opened(folder, **more):
        monkeypatch.chdir(folder)
        return command._open_early(options(folder, **more))

    assert opened(course) == opened(course, assignments=[NAME]) == "opened"
    assert opened(tmp_path) is None
    assert opened(course, assignments=[NAME, "homework"]) is None
    assert opened(course, scheduler="tcp://127.0.0.1:9") is None
