"""Whatever is wrong with one submission's files is that submission's own; nobody else is harmed."""

import os
import subprocess
import sys

import pytest
from demo import points_of
from support.course import grade, gradebook_of, submit
from support.sample_class import NAME, hand_in
from support.warm import nbgrader

from autograder.submission import beside
from autograder.submission.beside import in_the_way, printable, read_files
from exercise import POINTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="such names and files are Linux's")


def no_utf8(folder):
    (folder / os.fsdecode(b"gr\xe4ph.csv")).write_text("1")
    return r"gr\xe4ph.csv was left out: its name is not UTF-8"


def no_utf8_folder(folder):
    inner = folder / os.fsdecode(b"d\xe4ta")
    inner.mkdir()
    (inner / "numbers.csv").write_text("1")
    return r"d\xe4ta/numbers.csv was left out: its name is not UTF-8"


def a_folder_for_a_file(folder):
    (folder / "numbers.csv").mkdir()
    (folder / "numbers.csv" / "more.csv").write_text("1")
    return "numbers.csv/more.csv was left out: it stands where the course has a file"


def a_file_for_a_folder(folder):
    (folder / "backprop_lab").write_text("mine")
    return "backprop_lab was left out: it stands where the course has a file or a folder"


def a_folder_for_the_time(folder):
    (folder / "timestamp.txt").mkdir()
    return "timestamp.txt cannot be read (it is not a file)"


def a_pipe_for_the_time(folder):
    os.mkfifo(folder / "timestamp.txt")
    return "timestamp.txt cannot be read (it is not a file)"


def a_long_time(folder):
    (folder / "timestamp.txt").write_text("2026-11-20 10:00:00 UTC" + " " * 10_000_000)
    return "timestamp.txt cannot be read (it is too long)"


def a_time_out_of_time(folder):
    (folder / "timestamp.txt").write_text("0001-01-01 00:00:00 99999999999999")
    return "timestamp.txt cannot be read"


def a_time_that_is_no_text(folder):
    (folder / "timestamp.txt").write_bytes(b"\xff\xfe\x00")
    return "timestamp.txt cannot be read"


def a_time_that_is_none(folder):
    (folder / "timestamp.txt").write_text("yesterday, I think")
    return "timestamp.txt cannot be read"


def a_deep_folder(folder):
    place = os.open(folder, os.O_RDONLY)
    for _ in range(1_100):  # deeper than any path may be long, and than Python recurses
        os.mkdir("deep", dir_fd=place)
        inner = os.open("deep", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(place)
    return "was left out: it cannot be read (folders lie more than 32 deep in one another)"


def a_full_folder(folder):
    (folder / "data").mkdir()
    for number in range(5_001):
        (folder / "data" / f"{number}").touch()
    return "data was left out: it cannot be read (it holds more than 5000 files and folders)"


ODD = [
    a_deep_folder,
    a_full_folder,
    no_utf8,
    no_utf8_folder,
    a_folder_for_a_file,
    a_file_for_a_folder,
    a_folder_for_the_time,
    a_pipe_for_the_time,
    a_long_time,
    a_time_out_of_time,
    a_time_that_is_no_text,
    a_time_that_is_none,
]


@pytest.fixture
def odd(course):
    """A course in which every second student has something odd beside the notebook."""
    (course / "source" / NAME / "numbers.csv").write_text("1,2\n")
    said = {}
    for number, make in enumerate(ODD):
        path = submit(course, f"student-{number}-odd", hand_in("right, plainly"))
        said[f"student-{number}-odd"] = make(path.parent)
    submit(course, "z-honest", hand_in("right, plainly"))
    yield course, said
    # too deep for Python's own functions, with which pytest cleans up
    subprocess.run(["rm", "-rf", str(course / "submitted")], check=True)


def test_nobody_loses_a_grade_for_anothers_files(odd):
    course, said = odd
    code, answer, told = grade(course)
    assert (code, answer["counts"]) == (0, {"graded": len(ODD) + 1})
    remarks = {s["student"]: " ".join(s["remarks"]) for s in answer["students"]}
    for student, words in said.items():
        assert words in remarks[student]
        assert words in told
    with gradebook_of(course) as gradebook:
        assert all(points_of(gradebook, student) == POINTS for student in (*said, "z-honest"))
    assert grade(course)[1]["counts"] == {"unchanged": len(ODD) + 1}


def test_nobody_loses_a_grade_with_the_plug_in_either(odd):
    course, said = odd
    assert nbgrader(course, course / "autograde.log", "autograde", NAME) == 0
    log = (course / "autograde.log").read_text(encoding="utf-8", errors="backslashreplace")
    for words in said.values():
        assert words in log
    with gradebook_of(course) as gradebook:
        assert all(points_of(gradebook, student) == POINTS for student in (*said, "z-honest"))


def test_a_student_whose_name_is_not_utf8_is_told_and_left_out(course):
    submit(course, os.fsdecode(b"\xe4-student"), hand_in("right, plainly"))
    submit(course, "z-honest", hand_in("right, plainly"))
    code, answer, told = grade(course)
    assert (code, answer["counts"]) == (1, {"not recorded": 1, "graded": 1})
    assert r"\xe4-student: not recorded" in told
    assert "is not UTF-8" in told


def test_what_nobody_thought_of_is_one_submissions_own(course, monkeypatch):
    for student in ("a-student", "z-honest"):
        submit(course, student, hand_in("right, plainly"))
    ordinary = beside.read_files

    def broken(paths):
        if any("a-student" in str(path) for path in paths.values()):
            raise ZeroDivisionError("nobody thought of it")
        return ordinary(paths)

    (course / "submitted" / "a-student" / NAME / "data.csv").write_text("1")
    monkeypatch.setattr("autograder.class_run.submissions.read_files", broken)
    code, answer, told = grade(course)
    assert (code, answer["counts"]) == (1, {"not recorded": 1, "graded": 1})
    assert "internal error: ZeroDivisionError: nobody thought of it" in told


# The room below


@pytest.mark.skipif(os.getuid() != 0, reason="whoever is not root has files that cannot be read at once")
def test_read_files_tells_what_cannot_be_read(tmp_path):
    paths = {"missing.csv": tmp_path / "missing.csv", "there.csv": tmp_path / "there.csv"}
    paths["there.csv"].write_text("1")
    os.mkfifo(tmp_path / "pipe")
    files, remarks = read_files({**paths, "pipe": tmp_path / "pipe"})
    assert files == {"there.csv": b"1"}
    assert remarks == [
        "missing.csv was left out: it cannot be read (No such file or directory)",
        "pipe was left out: it cannot be read (not a file)",
    ]


def test_read_files_stops_where_there_is_no_room(tmp_path, monkeypatch):
    paths = {name: tmp_path / name for name in "abc"}
    for path in paths.values():
        path.write_text("12345")
    monkeypatch.setattr(beside, "MOST_BYTES", 10)
    files, remarks = read_files(paths)
    assert (set(files), len(remarks)) == ({"a", "b"}, 1)
    monkeypatch.setattr(beside, "MOST_FILES", 1)
    assert "more than 1 files" in read_files(paths)[1][0]


def test_in_the_way_are_files_for_folders_and_folders_for_files():
    assert in_the_way(["a/b", "c", "d", "e/f"], ["a", "c/d", "e/g", "d"]) == {"a/b", "c"}


def test_printable_escapes_what_is_not_utf8():
    assert printable(os.fsdecode(b"\xe4b")) == r"\xe4b"
    assert printable("äb") == "äb"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\rb\x08c\x07", r"a\rb\x08c\x07"),
        ("\u202eexe.txt", r"\u202eexe.txt"),
        ("two\nlines of σ′", "two\nlines of σ′"),
    ],
)
def test_printable_escapes_what_moves_a_terminal(text, shown):
    assert printable(text) == shown
