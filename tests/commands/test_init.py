"""`autograder init`, from a clone and from a wheel."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.course import grade, submit
from support.sample_class import NAME as ASSIGNMENT
from support.sample_class import hand_in
from support.warm import nbgrader

from autograder.commands.init import CONFIG, origin
from autograder.commands.main import main

ROOT = Path(__file__).parents[2]


def contents(folder):
    return {
        p.relative_to(folder): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and "__pycache__" not in p.parts
    }


def test_init_makes_a_new_course(tmp_path, capsys):
    course = tmp_path / "a new" / "course"
    assert main(["init", str(course)]) == 0
    out = capsys.readouterr().out
    assert contents(course / "source" / ASSIGNMENT) == contents(ROOT / "source" / ASSIGNMENT)
    assert (course / CONFIG).read_bytes() == (ROOT / CONFIG).read_bytes()
    commands = [line.strip() for line in out.splitlines() if line.strip().startswith("nbgrader ")]
    assert [c.split()[1] for c in commands] == ["generate_assignment", "autograde", "generate_feedback"]
    assert {p.name for p in course.iterdir()} == {"source", CONFIG, ".gitignore"}


def test_init_leaves_an_existing_course_alone(tmp_path, capsys):
    (tmp_path / CONFIG).write_text("c = get_config()\nc.CourseDirectory.course_id = 'mine'\n")
    (tmp_path / "source" / "other").mkdir(parents=True)
    (tmp_path / "source" / "other" / "notebook.ipynb").write_text("{}")
    (tmp_path / "gradebook.db").write_text("grades")
    before = contents(tmp_path)
    assert main(["init", str(tmp_path)]) == 0
    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before
    assert "configure(c)" in capsys.readouterr().out


def test_init_follows_the_courses_own_folders(tmp_path):
    (tmp_path / CONFIG).write_text(
        "c = get_config()\nc.CourseDirectory.source_directory = 'master'\n"
        "c.CourseDirectory.directory_structure = '{nbgrader_step}/{assignment_id}/{student_id}'\n"
    )
    assert main(["init", str(tmp_path)]) == 0
    assert (tmp_path / "master" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").is_file()
    assert not (tmp_path / "source").exists()


def test_init_a_second_time_changes_nothing(tmp_path, capsys):
    main(["init", str(tmp_path)])
    before = contents(tmp_path)
    assert main(["init", str(tmp_path)]) == 0
    assert contents(tmp_path) == before
    assert "already, in this very version" in capsys.readouterr().out


@pytest.mark.parametrize("change", ["edited", "removed", "added"])
def test_init_never_overwrites_another_version(tmp_path, capsys, change):
    main(["init", str(tmp_path)])
    lab = tmp_path / "source" / ASSIGNMENT / "backprop_lab"
    if change == "removed":
        (lab / "graph.py").unlink()
    else:
        (lab / ("check.py" if change == "edited" else "mine.py")).write_text("# mine\n")
    before = contents(tmp_path)
    assert main(["init", str(tmp_path)]) == 1
    assert contents(tmp_path) == before
    assert "is there already and is not this version" in capsys.readouterr().err


def test_init_refuses_a_file_as_the_folder(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["init", str(tmp_path / "file")]) == 1
    assert "is a file, not a folder" in capsys.readouterr().err


BAD = {
    "no Python": "c = get_config(\n",
    "it stops": "import sys; sys.exit(3)\n",
    "a folder that is a number": "c = get_config()\nc.CourseDirectory.source_directory = 5\n",
    "unknown names": "c = get_config()\nc.CourseDirectory.directory_structure = '{bad}/{nbgrader_step}'\n",
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_init_names_an_unreadable_configuration(tmp_path, capsys, content):
    (tmp_path / CONFIG).write_text(content)
    assert main(["init", str(tmp_path)]) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == [CONFIG]


@pytest.mark.parametrize("kind", ["a folder", "a link to nowhere"])
def test_init_refuses_a_configuration_that_is_no_file(tmp_path, capsys, kind):
    if kind == "a folder":
        (tmp_path / CONFIG).mkdir()
    else:
        (tmp_path / CONFIG).symlink_to(tmp_path / "nowhere")
    assert main(["init", str(tmp_path)]) == 1
    assert "not a file" in capsys.readouterr().err
    assert not (tmp_path / "source").exists()


def test_init_quotes_a_folder_with_a_blank(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "a course"]) == 0
    assert "cd 'a course'" in capsys.readouterr().out


def test_origin_is_the_clone_here():
    assert origin() == ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The contents of the wheel, unpacked: what an installation gets."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    (path,) = folder.glob("backprop_autograder-*.whl")
    zipfile.ZipFile(path).extractall(folder / "site")
    return folder / "site"


def test_the_wheel_carries_the_source_and_nothing_else(wheel):
    packaged = contents(wheel / "autograder" / "assignment" / "source" / ASSIGNMENT)
    assert packaged == contents(ROOT / "source" / ASSIGNMENT)
    assert {p.name for p in wheel.iterdir() if "dist-info" not in p.name} == {"autograder", "backprop_lab"}
    assert not list(wheel.rglob("__pycache__"))


def test_the_wheel_carries_the_numbers_of_system_calls(wheel):
    assert {p.name for p in wheel.glob("autograder/sandbox/inside/syscalls/*")} == {
        "aarch64.json",
        "x86_64.json",
    }


def test_init_from_the_wheel(wheel, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(wheel)}
    code = "import autograder, sys; from autograder.commands.main import main; print(autograder.__file__);"
    command = [sys.executable, "-P", "-c", f"{code} sys.exit(main(['init', 'course']))"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(wheel))
    assert contents(tmp_path / "course" / "source" / ASSIGNMENT) == contents(ROOT / "source" / ASSIGNMENT)
    assert (tmp_path / "course" / CONFIG).is_file()


# A course's own words


def words_of(course):
    """The texts of the notebook, and the points of its tests."""
    notebook = json.loads(
        (course / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
    )
    marks = [cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"]]
    points = {m["grade_id"].removeprefix("test_"): m["points"] for m in marks if m.get("grade")}
    return ["".join(cell["source"]) for cell in notebook["cells"]], points


def test_the_notebook_bears_the_courses_name(tmp_path):
    options = ["--title", "Gradients by hand", "--course", "Learning machines", "--year", "2026"]
    assert main(["init", str(tmp_path), *options]) == 0
    head = words_of(tmp_path)[0][0]
    assert head.startswith("# Gradients by hand\n\nLearning machines (2026)\n\nStatement: Machine Learning I")
    assert "UMONS" in head
    assert "Let $x \\in \\mathbb{R}^2$ denote" in head


def test_points_are_the_same_wherever_a_student_reads_them(tmp_path):
    assert main(["init", str(tmp_path), "--points", "grad_g=8", "--points", "grad_w=1"]) == 0
    texts, points = words_of(tmp_path)
    assert (points["grad_g"], points["grad_w"], sum(points.values())) == (8, 1, 22)
    assert any("$\\partial L / \\partial g$ (8 points)" in text for text in texts)
    assert any("$\\partial L / \\partial w$ (1 point)" in text for text in texts)
    assert "worth 22 points together" in texts[0]
    public = tmp_path / "source" / ASSIGNMENT / "exercise.py"
    asked = "import exercise; print(exercise.POINTS['grad_g'], sum(exercise.POINTS.values()))"
    assert subprocess.check_output([sys.executable, "-c", asked], cwd=public.parent, text=True) == "8 22\n"


def test_a_course_in_its_own_words_is_graded(tmp_path):
    course = tmp_path / "course"
    assert main(["init", str(course), "--course", "Learning machines", "--points", "grad_g=8"]) == 0
    assert nbgrader(course, tmp_path / "log", "generate_assignment", ASSIGNMENT) == 0
    submit(course, "student-01", hand_in("right, plainly"))
    code, answer, _ = grade(course)
    assert (code, answer["students"][0]["points"], answer["students"][0]["out_of"]) == (0, 24, 24)


def test_the_same_words_once_more_change_nothing_and_others_are_refused(tmp_path, capsys):
    assert main(["init", str(tmp_path), "--year", "2026"]) == 0
    assert main(["init", str(tmp_path), "--year", "2026"]) == 0
    assert "already, in this very version" in capsys.readouterr().out
    assert main(["init", str(tmp_path), "--year", "2027"]) == 1


@pytest.mark.parametrize("points", ["grad_w", "grad_w=", "grad_w=-1", "=3", "grad_w=nan", "grad_w=inf"])
def test_points_that_are_none(tmp_path, capsys, points):
    with pytest.raises(SystemExit) as stopped:
        main(["init", str(tmp_path), "--points", points])
    assert stopped.value.code == 2
    assert "is not QUESTION=POINTS" in capsys.readouterr().err


def test_points_of_no_question(tmp_path, capsys):
    assert main(["init", str(tmp_path / "course"), "--points", "grad_x=3"]) == 1
    assert "there is no question 'grad_x'" in capsys.readouterr().err
    assert not (tmp_path / "course").exists()


# What does not belong into a repository


def test_git_ignores_the_secret_the_logs_and_the_gradebook(tmp_path):
    assert main(["init", str(tmp_path)]) == 0
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name in (
        ".autograder_secret",
        ".autograder.lock",
        "gradebook.db",
        ".autograder_logs/lab/student-01.log",
    ):
        assert subprocess.run(["git", "check-ignore", "-q", name], cwd=tmp_path, check=False).returncode == 0


def test_a_gitignore_that_is_there_is_left_alone(tmp_path, capsys):
    (tmp_path / ".gitignore").write_text("gradebook.db\n")
    assert main(["init", str(tmp_path)]) == 0
    assert (tmp_path / ".gitignore").read_text() == "gradebook.db\n"
    out = capsys.readouterr().out
    assert "    .autograder_secret\n" in out
    assert "    gradebook.db\n" not in out
