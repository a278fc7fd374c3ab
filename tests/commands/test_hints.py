"""`autograder hints`: it makes the sealed hints of a course's exercises, and says which are stale."""

import json
import shutil
from pathlib import Path

import pytest

from autograder.commands.main import main

COURSE = Path(__file__).parents[1] / "exercises" / "course"


@pytest.fixture
def course(tmp_path, monkeypatch):
    shutil.copytree(COURSE, tmp_path / "course", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "course")
    return tmp_path / "course"


def test_hints_are_made_and_then_fresh(course, capsys):
    path = course / "source" / "tanh_batch" / "hints.json"
    assert main(["hints", "--check"]) == 1
    assert capsys.readouterr().out == f"{path} is stale. Make it again: autograder hints tanh_batch\n"
    assert not path.exists()
    assert main(["hints"]) == 0
    assert len(json.loads(path.read_text())["rows"]) > 150
    assert main(["hints", "--check"]) == 0
    assert capsys.readouterr() == ("", "")


def test_hints_are_stale_after_a_mistake_was_changed(course, tmp_path, monkeypatch):
    assert main(["hints", "tanh_batch"]) == 0
    changed = tmp_path / "changed"  # an exercise is loaded once, from where it is
    shutil.copytree(course, changed)
    path = changed / "exercises" / "tanh_batch" / "__init__.py"
    path.write_text(path.read_text().replace("Is this the value of tanh, or its slope?", "Value or slope?"))
    monkeypatch.chdir(changed)
    assert main(["hints", "--check"]) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [([], "there is no exercise in"), (["nothing"], "there is no exercise 'nothing'")],
)
def test_hints_of_nothing_are_refused_in_one_sentence(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert main(["hints", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.startswith("autograder hints: "), words in err, err.count("\n")) == ("", True, True, 1)
