"""The commands in the documentation are followed word by word: what is run is what the pages show.

What a page has done elsewhere, such as a download from a platform, is laid out before. (The page on
JupyterHub is followed in test_jupyterhub.py, the one on clusters in class_run/test_cluster.py.)
"""

import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.course import configure, submit
from support.moodle import WORKSHEET, make, number_of
from support.sample_class import NAME, hand_in
from support.warm import nbgrader

ROOT = Path(__file__).parents[1]
OWN = Path(sys.executable).parent
COMMAND = re.compile(r"^(?: {4,}|[0-9]+\. (?:.*?`)?)?((?:autograder|nbgrader) [^`\n]*)", re.MULTILINE)
FEEDBACK = f"nbgrader generate_feedback {NAME}"
RIGHT = hand_in("right, plainly")


def commands_in(page):
    """The commands for a shell in a page, in their order; [brackets] make a synopsis of one."""
    text = (ROOT / page).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.partition("  #")[0].strip() for line in COMMAND.findall(text)]
    return [line for line in lines if " [" not in line and "--scheduler" not in line]


def follow(folder, *lines):
    """Run lines one after the other, as a person would: in a shell, or in a process that has imported
    nbgrader before."""
    environment = {**os.environ, "PATH": f"{OWN}{os.pathsep}{os.environ['PATH']}"}
    for line in lines:
        if line.startswith("nbgrader "):
            log = folder / "followed.log"
            assert nbgrader(folder, log, *shlex.split(line)[1:]) == 0, f"{line}\n{log.read_text()}"
            continue
        done = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, check=False,
                              capture_output=True, text=True)  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", ["README.md", "docs/instructors.md"])
def test_a_course_of_ones_own(tmp_path, page):
    lines = commands_in(page)
    first, *others = [line for line in lines if line.startswith("autograder init path")]
    follow(tmp_path, first, *(line.replace("path/to", "another") for line in others))
    course = tmp_path / "path" / "to" / "course"
    released, *rest = [line for line in lines if line not in (first, *others)]
    assert released == f"nbgrader generate_assignment {NAME}"
    follow(course, released)
    submit(course, "student-01", RIGHT)
    follow(course, *rest)
    assert (course / "feedback" / "student-01" / NAME / f"{NAME}.html").is_file()


def set_up_for(course, platform):
    configure(course, "from autograder.plugin import collect_from", f"collect_from(c, {platform!r})")


def hand_back_last(lines):
    """The commands, with the feedback made before it is handed back."""
    place = next(i for i, line in enumerate(lines) if line.startswith("autograder handback"))
    return [*lines[:place], FEEDBACK, *lines[place:]]


def test_moodle(course):
    set_up_for(course, "moodle")
    place = course / "downloaded" / NAME
    make(place / "archive", ["right, plainly", "σ for σ′"])
    (place / WORKSHEET).rename(course / "worksheet.csv")
    lines = commands_in("docs/moodle.md")
    assert [line.split()[1] for line in lines[:3]] == ["zip_collect", "db", "grade"]
    follow(course, *hand_back_last(lines))
    assert number_of(1) in (course / "moodle.csv").read_text(encoding="utf-8")
    assert (course / f"feedback-{NAME}.zip").is_file()
    assert (course / "grades.csv").is_file()


ARCHIVES = {
    "canvas": f"doejane_12345_678901_{NAME}.ipynb",
    "brightspace": f"12345-67890 - Jane Doe - Nov 3, 2026 1005 AM/{NAME}.ipynb",
    "folder": "12345.ipynb",
}
GRADEBOOK = """\
Student,ID,OrgDefinedId,Username,First Name,Last Name,Lab 2 (4711),Lab 2 Points Grade
"Doe, Jane",12345,#1,jane,Jane,Doe,,
"""


@pytest.mark.parametrize("platform", ARCHIVES)
def test_another_platform(course, platform):
    set_up_for(course, platform)
    archive = course / "downloaded" / NAME / "archive"
    archive.mkdir(parents=True)
    if platform == "folder":
        (archive / ARCHIVES[platform]).write_text(RIGHT)
    else:
        with zipfile.ZipFile(archive / "submissions.zip", "w") as made:
            made.writestr(ARCHIVES[platform], RIGHT)
    (course / "exported.csv").write_text(GRADEBOOK)
    follow(course, *hand_back_last(commands_in("docs/platforms.md")))
    assert "20" in (course / "canvas.csv").read_text().splitlines()[1]
    assert ("20" in (course / "brightspace.csv").read_text()) is (platform == "brightspace")
    assert (course / f"feedback-{NAME}" / "index.csv").is_file()
