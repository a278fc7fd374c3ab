"""Moodle's download goes in, by nbgrader's own commands, and a worksheet for Moodle comes out."""

import csv
import shutil
from pathlib import Path

import pytest
from adapters.nbgrader.test_sample_class import LOST
from demo import points_of
from nbgrader.api import Gradebook
from support.moodle import (
    ARCHIVE,
    COLUMNS,
    WORKSHEET,
    make,
    name_of,
    number_of,
    prefix,
    write_archive,
    zipped,
)
from support.sample_class import NAME
from support.warm import nbgrader

from autograder.adapters.moodle.filenames import Match, match, parse
from exercise import POINTS

ROOT = Path(__file__).parents[3]
LABELS = (
    "right, plainly",
    "upstream forgotten",
    "right, but prints, warns and logs",
    "untouched",
    "an empty file",
    "a text file in place of the notebook",
    "unfinished",
)
MISSING = number_of(len(LABELS) + 1)
EXPORT = ("export", "--exporter=autograder.adapters.nbgrader.export.MoodleCSV")


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def set_up(folder):
    """A course with the released assignment, set up for Moodle."""
    shutil.copytree(ROOT / "source", folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "release", folder / "release")
    config = (
        ROOT / "nbgrader_config.py"
    ).read_text() + "\nfrom autograder import moodle\nmoodle.configure(c)\n"
    (folder / "nbgrader_config.py").write_text(config)
    archive = folder / "downloaded" / NAME / "archive"
    archive.mkdir(parents=True)
    return archive


@pytest.fixture(scope="module")
def handed_in():
    return {}


@pytest.fixture(scope="module")
def course(tmp_path_factory, handed_in):
    """A course that was collected from Moodle, graded, and exported to Moodle."""
    folder = tmp_path_factory.mktemp("moodle")
    handed_in |= make(set_up(folder), LABELS)
    names, worksheet = f"downloaded/{NAME}/students.csv", f"downloaded/{NAME}/{WORKSHEET}"
    for number, arguments in enumerate([
        ("generate_assignment", NAME, "--force"),
        ("zip_collect", NAME),
        ("db", "student", "import", names),
        ("autograde", NAME),
        (*EXPORT, f"--MoodleCSV.worksheet={worksheet}"),
        ("export", "--exporter=autograder.adapters.nbgrader.export.GradesCSV"),
    ]):  # fmt: skip
        log = folder / f"{number}.log"
        assert nbgrader(folder, log, *arguments) == 0, log.read_text()
    return folder


@pytest.fixture(scope="module")
def gradebook(course):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as opened:
        yield opened


def test_everybody_is_graded_for_what_they_handed_in_last(gradebook, handed_in):
    for number, label in handed_in.items():
        assert points_of(gradebook, number) == {**POINTS, **LOST.get(label, {})}, label


def test_the_names_are_in_the_gradebook(gradebook, handed_in):
    for place, number in enumerate(handed_in, 1):
        assert gradebook.find_student(number).last_name == name_of(place)


def test_the_worksheet_agrees_with_the_gradebook(course, gradebook):
    rows = read(course / "moodle.csv")
    original = read(course / "downloaded" / NAME / WORKSHEET)
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(LABELS) + 1
    for row, before in zip(rows, original, strict=True):
        number = row["Identifier"].removeprefix("Participant ")
        points = [] if number == MISSING else points_of(gradebook, number).values()
        if points and None not in points:
            assert row["Grade"] == f"{round(sum(points), 2):g}"
        else:
            assert row["Grade"] == ""
        assert {**row, "Grade": ""} == before


def test_the_plain_table_agrees_with_the_gradebook(course, gradebook, handed_in):
    rows = {row["student_id"]: row for row in read(course / "grades.csv")}
    assert list(rows) == list(handed_in)
    for number, row in rows.items():
        points = points_of(gradebook, number)
        assert {q: float(row[q]) if row[q] else None for q in POINTS} == pytest.approx(points, abs=0.005)
        graded = None not in points.values()
        assert row["total"] == (f"{round(sum(points.values()), 2):g}" if graded else "")


@pytest.mark.parametrize(
    "words",
    [
        f"{number_of(6)} ({name_of(6)}): no notebook submitted, only: later.txt",
        f"{number_of(7)} ({name_of(7)}): 2 files for {NAME}.ipynb; the last one counts: ",
    ],
)
def test_what_does_not_count_is_named(course, words):
    assert words in (course / "1.log").read_text(encoding="utf-8")


def test_who_has_no_grade_is_named(course):
    log = (course / "4.log").read_text(encoding="utf-8")
    assert f"{NAME}: 2 without a grade stay empty: {number_of(5)}, {number_of(6)}" in log


def test_missing_as_zero_when_asked(course):
    out, worksheet = course / "zero.csv", course / "downloaded" / NAME / WORKSHEET
    asked = ("--Grades.missing_as_zero=True", f"--MoodleCSV.worksheet={worksheet}", f"--to={out}")
    assert nbgrader(course, course / "zero.log", *EXPORT, *asked) == 0
    grades = {row["Identifier"].split()[-1]: row["Grade"] for row in read(out)}
    assert grades[MISSING] == grades[number_of(6)] == "0"
    assert grades[number_of(5)] == ""  # a person has to look


def test_without_a_worksheet_one_is_made(course):
    out = course / "made.csv"
    assert nbgrader(course, course / "made.log", *EXPORT, f"--to={out}") == 0
    rows = read(out)
    assert tuple(rows[0]) == (
        "Identifier", "Full name", "Email address", "Grade", "Maximum Grade", "Last modified (grade)",
    )  # fmt: skip
    assert rows[0]["Identifier"] == f"Participant {number_of(1)}"
    assert (rows[0]["Full name"], rows[0]["Grade"], rows[0]["Maximum Grade"]) == (name_of(1), "20", "20")


# The names


@pytest.mark.parametrize(
    ("path", "number", "name", "file"),
    [
        ("a/Étudiant Élève 01_11_assignsubmission_file_/x.ipynb", "11", "Étudiant Élève 01", "x.ipynb"),
        ("a/Student 02_12_assignsubmission_file/x.ipynb", "12", "Student 02", "x.ipynb"),
        ("a/Student 03_13_assignsubmission_file_x y.ipynb", "13", "Student 03", "x y.ipynb"),
        ("a/b/Participant_14_assignsubmission_file_/c/x.ipynb", "14", "Participant", "c/x.ipynb"),
        ("Student 05_15_assignsubmission_onlinetext_/x.html", "15", "Student 05", "x.html"),
        # what a student named so as to pass for somebody else
        ("Student 06_16_assignsubmission_file_/A_1_assignsubmission_file_/y.ipynb", "16", "Student 06",
         "A_1_assignsubmission_file_/y.ipynb"),
        ("Student 07_17_assignsubmission_file_A_1_assignsubmission_file_y.ipynb", "17", "Student 07",
         "A_1_assignsubmission_file_y.ipynb"),
    ],
)  # fmt: skip
def test_the_names_that_moodle_gives(path, number, name, file):
    found = parse(path)
    assert (found.number, found.name, found.file) == (number, name, file)


@pytest.mark.parametrize(
    "path", ["notebook.ipynb", "Student_assignsubmission_file_/x.ipynb", "Student 01_12/x"]
)
def test_other_names(path):
    assert parse(path) is None


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("lab_2.ipynb", Match("lab_2")),
        ("LAB_2.ipynb", Match("lab_2")),
        ("lab_2 (3).ipynb", Match("lab_2", 3)),
        ("lab_2-1.ipynb", Match("lab_2", 1)),
        ("lab_2-Copy4.ipynb", Match("lab_2", 4)),
        ("lab_2 - Copy.ipynb", Match("lab_2", 1)),
        ("Copy of lab_2.ipynb", Match("lab_2")),
        ("lab_2-Copy1 (12).ipynb", Match("lab_2", 12)),
        ("work/lab_2.ipynb", Match("lab_2")),
    ],
)
def test_copies(file, found):
    assert match(file, ["lab_1", "lab_2"]) == found


def test_another_name_is_accepted_where_there_is_one_notebook_only():
    assert match("final.ipynb", ["lab"]) == Match("lab", named=False)
    assert match("final.ipynb", ["lab_1", "lab_2"]) is None


# The archives


def collect(folder, *options):
    """Collect, and read what lies in submitted/ then; the log."""
    log = folder / "collect.log"
    assert nbgrader(folder, log, "zip_collect", NAME, "--force", *options) == 0
    return log.read_text(encoding="utf-8")


def submitted(folder, place):
    return (folder / "submitted" / number_of(place) / NAME / f"{NAME}.ipynb").read_text()


def test_strange_archives_lose_nothing_without_a_word(tmp_path):
    archive = set_up(tmp_path)
    write_archive(archive / ARCHIVE, {
        1: {f"{NAME}.ipynb": "first", f"{NAME} (2).ipynb": "second", f"{NAME} (10).ipynb": "tenth"},
        2: {"final.ipynb": "renamed"},
        3: {"final.ipynb": "renamed", f"{NAME}.ipynb": "named"},
        4: {"work.zip": zipped({f"work/{NAME}.ipynb": "packed", "__MACOSX/._x.ipynb": "litter"})},
        5: {"work.zip": b"PK\x03\x04 no archive"},
        6: {f"{NAME}.ipynb.txt": "by a browser"},
        7: {f"{prefix(1)}/{NAME}.ipynb": "for another", f"{NAME}.IPYNB": "loud"},
        8: {"work.zip": zipped({f"../../{prefix(1)}/{NAME}.ipynb": "elsewhere"})},
        9: {"work.zip": zipped({"inner.zip": zipped({f"{NAME}.ipynb": "too deep"})})},
    })  # fmt: skip
    (archive / "broken.zip").write_bytes(b"no archive")
    (archive / "notes.txt").write_text("by the instructor")
    log = collect(tmp_path)
    expected = {1: "tenth", 2: "renamed", 3: "named", 4: "packed", 6: "by a browser", 7: "loud"}
    assert {place: submitted(tmp_path, place) for place in expected} == expected
    assert len(list((tmp_path / "submitted").iterdir())) == len(expected)
    for words in (
        f"({name_of(1)}): 3 files for {NAME}.ipynb; the last one counts: ",
        f"({name_of(2)}): final.ipynb is taken for {NAME}.ipynb",
        "work.zip: cannot be unpacked (File is not a zip file)",
        "broken.zip: cannot be unpacked",
        "notes.txt: not a name that Moodle gives",
        "was left out (its path leads elsewhere)",
        f"({name_of(9)}): no notebook submitted, only: work/inner.zip",
    ):
        assert words in log


def test_files_without_folders(tmp_path):
    archive = set_up(tmp_path)
    write_archive(
        archive / ARCHIVE,
        {1: {f"{NAME}.ipynb": "flat"}, 2: {"x_1_assignsubmission_file_y.ipynb": "sly"}},
        False,
    )
    collect(tmp_path)
    assert (submitted(tmp_path, 1), submitted(tmp_path, 2)) == ("flat", "sly")


def test_an_archive_that_would_fill_the_disk(tmp_path):
    archive = set_up(tmp_path)
    bomb = zipped({f"{number}.ipynb": "" for number in range(1001)})
    large = "0" * (21 << 20)
    write_archive(
        archive / ARCHIVE, {1: {"bomb.zip": bomb}, 2: {"large.ipynb": large}, 3: {f"{NAME}.ipynb": "x"}}
    )
    log = collect(tmp_path)
    assert "it holds more than 1000 files or 100 MB" in log
    assert "large.ipynb was left out (21 MB large)" in log
    assert submitted(tmp_path, 3) == "x"


def test_without_a_release_nothing_is_collected_and_it_is_said(tmp_path):
    archive = set_up(tmp_path)
    shutil.rmtree(tmp_path / "release")
    write_archive(archive / ARCHIVE, {1: {f"{NAME}.ipynb": "x"}})
    assert f"Run 'nbgrader generate_assignment {NAME}' first" in collect(tmp_path)
