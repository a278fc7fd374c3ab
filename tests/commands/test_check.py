"""`autograder check`: the visible test inputs, the words, the exit code; nothing left behind."""

import json
import sys

import pytest
from support.sample_class import NAME, RELEASE, hand_in

from autograder.commands.init import origin
from autograder.commands.main import main
from exercise import POINTS

SOURCE = origin() / "source" / NAME / f"{NAME}.ipynb"


@pytest.fixture
def say(capsys, tmp_path, monkeypatch):
    """Check a notebook with this content, from its own folder: the exit code, and what is said."""
    monkeypatch.chdir(tmp_path)

    def run(content, name="my notebook (1).ipynb"):
        (tmp_path / name).write_text(content, encoding="utf-8")
        code = main(["check", name])
        captured = capsys.readouterr()
        assert [path.name for path in tmp_path.iterdir()] == [name]
        return code, captured.out, captured.err

    return run


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")


def test_check_of_the_source_is_right(capsys):
    assert main(["check", str(SOURCE)]) == 0
    out = capsys.readouterr().out
    assert [line[0] for line in out.splitlines()[:8]] == ["✓"] * 8
    assert "8 of 8 questions right, 20 of 20 points" in out


def test_check_of_the_release_is_open(capsys):
    assert main(["check", str(RELEASE)]) == 1
    assert capsys.readouterr().out.count("○") == len(POINTS)


def test_check_of_a_right_notebook(say):
    code, out, err = say(hand_in("right, with helpers in extra cells"))
    assert (code, err) == (0, "")
    assert "It is graded with other, hidden test inputs." in out


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("factor 2 missing", [
            "✗ grad_z, 0 of 2 points: wrong value at 3 of 3 test inputs.",
            "    Hint: What is the derivative of t²?",
            "✓ grad_w, 3 of 3 points.",
            "6 of 8 questions right, 17.57 of 20 points",
        ]),
        ("finite difference", ["✗ grad_g, 0 of 4 points", "    Hint: It is right to a few digits only."]),
        ("notebook variable", ["✗ grad_w, 0 of 3 points: wrong value at 2 of 3 test inputs."]),
        ("unfinished", ["✓ grad_c, 1 of 1 points.", "○ grad_h, 0 of 3 points: not answered yet."]),
        ("a function renamed", ["○ grad_h, 0 of 3 points: it is not defined."]),
        ("a solution cell deleted", ["○ grad_c, 0 of 1 points", "note: these cells were missing: grad_c"]),
        ("a crash of the kernel", ["✗ grad_b, 0 of 1 points: ended its process", "✓ grad_u, 3 of 3"]),
    ],
)  # fmt: skip
def test_check_says_what_is_wrong(say, label, lines):
    code, out, _ = say(hand_in(label))
    assert code == 1
    for line in lines:
        assert line in out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the file is empty"),
        ("{", "not valid JSON"),
        ('{"worksheets": []}', "not a Jupyter notebook of format 4"),
        (
            json.dumps({"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}),
            "of none of these assignments: ",
        ),
    ],
)
def test_check_refuses_what_is_not_ours(say, content, words):
    code, out, err = say(content)
    assert (code, out) == (2, "")
    assert err.startswith("autograder check: my notebook (1).ipynb: ")
    assert words in err


def test_check_of_a_missing_file(capsys):
    assert main(["check", "nowhere.ipynb"]) == 2
    assert "nowhere.ipynb: cannot be read (No such file or directory)" in capsys.readouterr().err


def test_check_without_a_sandbox_runs_nothing(say, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    code, out, err = say(hand_in("right, plainly"))
    assert (code, out) == (2, "")
    assert "files and network can be closed off on Linux only, and this is darwin. Nothing was run." in err


def test_check_takes_files_beside_the_notebook(tmp_path, capsys):
    (tmp_path / "backprop_lab").mkdir()
    (tmp_path / "helper.py").write_text("twice = 2\n")
    notebook = json.loads(hand_in("right, plainly"))
    answer = next(c for c in notebook["cells"] if "def grad_z" in "".join(c["source"]))
    answer["source"] = "from helper import twice\ndef grad_z(z, y):\n    return twice * (z - y)"
    (tmp_path / "work.ipynb").write_text(json.dumps(notebook))
    assert main(["check", str(tmp_path / "work.ipynb")]) == 0, capsys.readouterr().out


def test_check_explains_itself(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["check", "--help"])
    assert stopped.value.code == 0
    assert "The exit code is 0 if every answer is right" in " ".join(capsys.readouterr().out.split())
