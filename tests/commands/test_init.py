"""`autograder init`, from a clone and from a wheel."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.sample_class import NAME as ASSIGNMENT

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
    assert {p.name for p in course.iterdir()} == {"source", CONFIG}


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
