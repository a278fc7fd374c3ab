"""What `autograder certify` finds: nothing at our own exercises, and each fault in an exercise that has "
"it."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from autograder import exercises
from autograder.authoring.certificate import ALIKE, CHECK, SEALED, Certificate, State
from autograder.authoring.release import leaks
from autograder.authoring.solutions import points
from autograder.commands.certify import findings
from autograder.commands.init import lay_out
from autograder.commands.main import main
from autograder.judging.mistakes.known import kind
from backprop_lab import tolerance

NAME = "softmax_classifier"
SOFTMAX = exercises.find(NAME)
FORMULAS, FOLDER = exercises.formulas(NAME), exercises.source_of(NAME)


@pytest.mark.parametrize("name", exercises.names())
def test_our_own_exercises_are_certified(name, tmp_path):
    states = {f.check: f.state for f in findings(name, tmp_path)}
    assert set(states.values()) <= {State.RIGHT, State.NOTE}
    assert len(states) == 11


def test_nothing_is_said_of_an_exercise_that_is_not_there(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["certify", "nowhere"]) == 2
    assert "there is no exercise 'nowhere'" in capsys.readouterr().err
    assert main(["certify"]) == 2
    assert "there is no exercise in" in capsys.readouterr().err


# The mathematics


def certificate(**changes):
    return Certificate(replace(SOFTMAX, **changes), FORMULAS, FOLDER)


def test_a_wrong_reference_is_found():
    wrong = {**SOFTMAX.gradients, "grad_b": lambda d: 1.001 * np.sum(d, axis=0)}
    found = certificate(gradients=wrong).oracles()
    assert found.state is State.WRONG
    assert "the reference for ∂L/∂b fails the gradient check" in found.words


def test_a_mistake_that_is_right_is_found():
    right = (*kind("no mistake", "Is it?", grad_b=lambda d: d.sum(axis=0)),)
    found = certificate(own_mistakes=right).accidents()
    assert (found.state, found.words.split(":")[0]) == (State.WRONG, "no mistake in grad_b")


def test_mistakes_that_are_alike_are_told():
    alike = [m for name in "ab" for m in kind(name, f"{name}?", grad_b=lambda d: 7 * d.sum(axis=0))]
    found = certificate(own_mistakes=tuple(alike)).apart()
    assert (found.check, found.state) == (ALIKE, State.NOTE)
    assert found.words.endswith("a and b in grad_b")


def test_a_mistake_that_is_right_at_all_test_inputs_is_found():
    hidden = (*kind("never shown", "When?", grad_b=lambda d: np.where(len(d) > 90, 2, 1) * d.sum(axis=0)),)
    assert certificate(own_mistakes=hidden).accidents().state is State.WRONG


def test_a_weak_visible_check_is_found():
    public = replace(SOFTMAX.public, others=list)
    found = Certificate(replace(SOFTMAX, public=public), FORMULAS, FOLDER).visible()
    assert (found.check, found.state) == (CHECK, State.WRONG)


def test_a_visible_check_that_calls_the_right_answer_wrong_is_found(monkeypatch):
    for line in ("RIGHT", "SURELY"):
        monkeypatch.setattr(tolerance, line, 0.0)
    found = certificate().visible()
    assert (found.check, found.state) == (CHECK, State.WRONG)
    assert "rounding makes the right answer wrong, for grad_" in found.words


# The notebook, and what students get


@pytest.fixture
def course(tmp_path):
    course = tmp_path / "course"
    lay_out(course, names=[NAME])
    private = exercises.private_of(NAME)
    shutil.copytree(private, course / "exercises" / NAME, ignore=shutil.ignore_patterns("__pycache__"))
    return course


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_points_that_differ_are_found(course):
    asked = SOFTMAX.public.asked
    assert points(NAME, course, asked).state is State.RIGHT
    edit(course / "source" / NAME / f"{NAME}.ipynb", '"points": 4', '"points": 5')
    found = points(NAME, course, asked)
    assert (found.state, found.words.split(",")[0]) == (State.WRONG, "grad_Z is worth 5 in the notebook")


def test_a_question_without_a_test_is_found(course):
    path = course / "source" / NAME / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"] = [c for c in notebook["cells"] if c["id"] != "test-grad-b"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert "no graded cell test_grad_b" in points(NAME, course, SOFTMAX.public.asked).words


def test_what_a_release_gives_away_is_found(course):
    assert leaks(NAME, course) == []
    given_away = [
        ("exercise.py", "SECRET = X.T @ dL_dZ\n", "of the formulas"),
        ("notes.txt", "return -Y / P / len(Y)\n", "of a solution"),
        ("more.txt", "from autograder import grade\n", "of a hidden test"),
    ]
    for where, text, _ in given_away:
        with (course / "source" / NAME / where).open("a", encoding="utf-8") as file:
            file.write(text)
    found = leaks(NAME, course)
    for where, _, whose in given_away:
        assert any(f.startswith(f"{where} of the release holds") and whose in f for f in found)


def test_stale_hints_are_found(course):
    folder = course / "source" / NAME
    assert Certificate(exercises.find(NAME, course), {}, folder).hints().words == SEALED
    edit(folder / "exercise.py", "1.1]", "1.2]")
    for cache in (exercises._public, exercises._find):
        cache.cache_clear()
    found = Certificate(exercises.find(NAME, course), {}, folder).hints()
    assert "hints.json is stale. Make it again: autograder hints" in found.words
    assert not found.state.passes
