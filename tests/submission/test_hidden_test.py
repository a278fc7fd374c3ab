"""`grade`: the line of a hidden test, with its secret, its course and its silence."""

import json
import logging
import os
import shutil
import stat
import subprocess
import sys
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import autograder
from autograder import exercises, grade
from autograder.judging.sampling import sample_inputs, seed_for
from autograder.submission import hidden_test as grading
from autograder.submission.hidden_test import NeedsReview, identity
from autograder.submission.secret import find_secret, secret_path
from autograder.submission.settings import ConfigurationError, Settings, find_course, read_settings
from backprop_lab.nbgrader_mode import quiet

NAME = "neural_network_derivation"
EXERCISE = exercises.find(NAME)


def names():
    return EXERCISE.mistake_names


SOURCE = exercises.source_of(NAME) / f"{NAME}.ipynb"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A course, in the folder in which nbgrader grades student-01."""
    monkeypatch.delenv("AUTOGRADER_SECRET", raising=False)
    (tmp_path / "gradebook.db").touch()
    place = tmp_path / "autograded" / "student-01" / "homework"
    place.mkdir(parents=True)
    shutil.copy(SOURCE, place)
    monkeypatch.chdir(place)
    return tmp_path


def test_the_value_is_the_points_as_a_builtin_float(folder, capsys):
    assert type(grade("grad_c", lambda dL_dz: dL_dz)) is float
    assert capsys.readouterr().out == "✓ grad_c, 1 of 1 points.\n"


def test_the_reason_is_printed_and_nothing_goes_to_stderr(folder, capsys):
    assert grade("grad_c", lambda dL_dz: 1.0) == 0.0
    out, err = capsys.readouterr()
    assert out == (
        "✗ grad_c, 0 of 1 points: wrong value at 5 of 5 test inputs.\n    Hint: The chain rule passes on "
        "the upstream gradient: where is it in your answer?\n"
    )
    assert not err


def noisy(dL_dz):
    print("printed")
    print("printed to stderr", file=sys.stderr)
    warnings.warn("a warning", stacklevel=1)
    logging.getLogger("student").warning("logged")
    os.write(1, b"written to descriptor 1\n")
    os.write(2, b"written to descriptor 2\n")
    subprocess.run(["sh", "-c", "echo shell >&2"], check=True)
    plt.figure()
    return dL_dz


def test_noise_costs_nothing_and_leaves_no_trace(folder, capfd):
    before = plt.get_fignums()
    assert grade("grad_c", noisy) == 1.0
    assert capfd.readouterr() == ("✓ grad_c, 1 of 1 points.\n", "")
    assert plt.get_fignums() == before


def test_output_is_back_after_a_quiet_stretch_that_fails(capfd):
    with pytest.raises(KeyError), quiet():
        raise KeyError
    print("heard")
    os.write(2, b"heard too")
    assert capfd.readouterr() == ("heard\n", "heard too")


def test_a_failure_of_ours_is_no_grade(folder, monkeypatch):
    monkeypatch.setattr("autograder.judging.gradient.check_answers", lambda *a: 1 / 0)
    with pytest.raises(NeedsReview, match=r"NEEDS REVIEW: grad_c .* no fault of the student") as failure:
        grade("grad_c", lambda dL_dz: dL_dz)
    assert "ZeroDivisionError" in str(failure.value)


def test_a_question_that_does_not_exist_is_a_failure_of_ours(folder):
    with pytest.raises(NeedsReview, match="has a graded cell test_grad_q"):
        grade("grad_q", print)


def inputs_of(folder, student, assignment="homework"):
    """The z and y that a student's grad_z is called with."""
    place = folder / "autograded" / student / assignment
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(SOURCE, place)
    os.chdir(place)
    seen = []
    grade("grad_z", lambda z, y: seen.append((float(z), float(y))) or 2 * (z - y))
    return seen


def test_students_have_inputs_of_their_own_and_a_regrade_the_same(folder):
    first = inputs_of(folder, "student-01")
    assert inputs_of(folder, "student-02") != first
    assert inputs_of(folder, "student-01", "another") != first
    assert inputs_of(folder, "student-01") == first
    assert len(set(first)) == 5


def test_the_inputs_are_those_of_the_secret(folder):
    seen = inputs_of(folder, "student-01")
    secret = (folder / ".autograder_secret").read_bytes().strip()
    cells = json.loads(SOURCE.read_text(encoding="utf-8"))["cells"]
    content = "\n".join("".join(cell["source"]) for cell in cells).encode()
    samples = sample_inputs(EXERCISE, seed_for(secret, "homework", "student-01", content), "grad_z")
    expected = [(float(s.values["z"]), s.values["y"]) for s in samples]
    assert seen == expected
    (folder / ".autograder_secret").write_text("another secret, long enough\n")
    assert inputs_of(folder, "student-01") != seen


def test_points_are_what_the_notebook_says(folder):
    path = next((folder / "autograded" / "student-01" / "homework").glob("*.ipynb"))
    path.write_text(path.read_text().replace('"points": 2,', '"points": 7.5,'))
    assert grade("grad_z", lambda z, y: 2 * (z - y)) == 7.5


def test_without_a_notebook_there_are_no_points(folder):
    next((folder / "autograded" / "student-01" / "homework").glob("*.ipynb")).unlink()
    with pytest.raises(NeedsReview, match="has a graded cell test_grad_c"):
        grade("grad_c", lambda dL_dz: dL_dz)


def test_the_identity_is_read_from_the_folders():
    assert identity(Path("/course/autograded/student-01/homework")) == ("homework", "student-01")


def test_a_student_who_changes_folder_keeps_the_points(folder, monkeypatch):
    first = inputs_of(folder, "student-01")

    class Shell:
        starting_dir = str(folder / "autograded" / "student-01" / "homework")

    monkeypatch.setattr(grading, "shell", Shell)
    monkeypatch.chdir("/")
    seen = []
    grade("grad_z", lambda z, y: seen.append((float(z), float(y))) or 0.0)
    assert seen == first


# The secret


def test_the_secret_is_made_on_first_use_for_its_owner_only(folder):
    secret = find_secret(folder, Settings())
    path = folder / ".autograder_secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(secret) == 64
    assert find_secret(folder, Settings()) == secret
    assert [p.name for p in folder.iterdir() if "secret" in p.name] == [".autograder_secret"]


def test_the_secret_is_not_narrower_than_asked_whatever_the_mask(folder):
    before = os.umask(0)
    try:
        find_secret(folder, Settings())
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / ".autograder_secret").stat().st_mode) == 0o600


def test_graders_that_start_at_once_agree_on_the_secret(folder):
    code = (
        "import sys; from pathlib import Path; from autograder.submission.secret import *;"
        "print(find_secret(Path(sys.argv[1]), Settings()).decode())"
    )
    command = [sys.executable, "-c", code, str(folder)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({p.communicate()[0] for p in processes}) == 1


def test_the_environment_variable_comes_first(folder, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_SECRET", "from the environment")
    assert find_secret(folder, Settings()) == b"from the environment"
    assert not (folder / ".autograder_secret").exists()


def test_the_settings_may_say_where_the_secret_lies(folder):
    (folder / "autograder.toml").write_text('secret_file = "../elsewhere/secret"\n')
    settings = read_settings(folder, names)
    secret = find_secret(folder, settings)
    assert (folder.parent / "elsewhere" / "secret").read_bytes().strip() == secret


def test_the_secret_may_lie_in_the_home(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder / "home"))
    (folder / "autograder.toml").write_text('secret_file = "~/secret"\n')
    find_secret(folder, read_settings(folder, names))
    assert (folder / "home" / "secret").is_file()


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_an_empty_environment_variable_is_none(folder, monkeypatch, value):
    monkeypatch.setenv("AUTOGRADER_SECRET", value)
    assert len(find_secret(folder, Settings())) == 64


def test_what_a_student_hands_in_is_no_course(folder):
    place = folder / "autograded" / "student-01" / "homework"
    for handed_in in (place, place.parent):
        (handed_in / "gradebook.db").touch()
        (handed_in / "autograder.toml").write_text('[kept]\n"factor 2 missing" = 1.0\n')
        (handed_in / ".autograder_secret").write_text("a secret that the student knows\n")
    assert grade("grad_z", lambda z, y: z - y) == 0.0
    assert find_course(place) == folder


@pytest.mark.parametrize("content", ["", "\n", "short"])
def test_a_damaged_secret_is_not_used(folder, content):
    (folder / ".autograder_secret").write_text(content)
    with pytest.raises(ConfigurationError, match=r"\.autograder_secret holds no secret"):
        find_secret(folder, Settings())


def test_without_a_course_the_secret_lies_with_the_user(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.submission.secret.jupyter_data_dir", lambda: str(tmp_path))
    monkeypatch.delenv("AUTOGRADER_SECRET", raising=False)
    find_secret(None, Settings())
    assert (tmp_path / "backprop_autograder" / ".autograder_secret").is_file()


@pytest.mark.parametrize("mark", ["nbgrader_config.py", "gradebook.db", "autograder.toml"])
def test_the_secret_never_lies_in_source_or_release(tmp_path, mark):
    (tmp_path / mark).touch()
    for step in ("source", "release"):
        inside = tmp_path / step / "homework"
        inside.mkdir(parents=True)
        assert secret_path(find_course(inside), Settings()) == tmp_path / ".autograder_secret"


def test_no_course_above():
    assert find_course(Path("/nowhere/at/all")) is None


# The settings


def test_a_course_may_keep_points_for_a_mistake(folder, capsys):
    (folder / "autograder.toml").write_text('[kept]\n"factor 2 missing" = 0.25\n', encoding="utf-8")
    assert grade("grad_z", lambda z, y: z - y) == 0.5
    assert "A known mistake (factor 2 missing): 25 % of the points are kept." in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "[kept]", "secret_file = 'secret'"])
def test_mistakes_are_looked_up_only_for_a_policy(folder, content):
    (folder / "autograder.toml").write_text(content)
    assert read_settings(folder, pytest.fail).kept == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("kept = ", "is not valid TOML"),
        ("kept = 3", "must give a share from 0 to 1"),
        ("[kept]\ntypo = 0.5", "not 'typo' = 0.5"),
        ("[kept]\nsign = 1.5", "not 'sign' = 1.5"),
        ("[kept]\nsign = '1'", "not 'sign' = '1'"),
        ("[kept]\nsign = true", "not 'sign' = True"),
        ("seed = 3", "unknown setting 'seed'"),
        ("secret_file = 5", "not 5"),
        ("secret_file = ''", "not ''"),
    ],
)
def test_settings_that_cannot_be_used_are_named(folder, content, words):
    (folder / "autograder.toml").write_text(content)
    with pytest.raises(ConfigurationError, match=r"autograder\.toml") as error:
        read_settings(folder, names)
    assert words in str(error.value)
    with pytest.raises(NeedsReview):
        grade("grad_c", lambda dL_dz: dL_dz)


# What it loads


def loaded_by(code):
    command = [sys.executable, "-c", f"{code}; import sys, json; print(json.dumps(sorted(sys.modules)))"]
    return set(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def test_the_core_needs_no_notebook_and_no_nbgrader():
    core = "import autograder.judging.assess, autograder.exercises as e; e.find('neural_network_derivation')"
    assert not {"nbgrader", "nbformat", "IPython", "jupyter_core", "sqlalchemy"} & loaded_by(core)


def test_the_command_line_starts_without_numpy():
    assert not {"numpy", "matplotlib", "nbgrader"} & loaded_by("import autograder.commands.main")


def test_grade_is_what_the_package_offers():
    assert autograder.grade is grading.grade
    with pytest.raises(AttributeError, match="has no attribute 'reference_solution'"):
        autograder.reference_solution  # noqa: B018
