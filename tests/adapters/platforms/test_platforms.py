"""Submissions out of learning platforms' archives, grades and feedback back into them."""

import contextlib
import csv
import io
import json
import os
import struct
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from support.course import configure, gradebook_of, submit
from support.course import grade as grade_class
from support.sample_class import NAME, hand_in
from support.warm import nbgrader
from traitlets.config import Config

from autograder.adapters.moodle.archive import are_of_the_download, time_of, unpacked
from autograder.adapters.moodle.filenames import MOODLE
from autograder.adapters.nbgrader.moodle_zip import collect_from
from autograder.adapters.nbgrader.platform_export import BrightspaceCSV, CanvasCSV
from autograder.adapters.platforms import brightspace, canvas, folder
from autograder.commands.main import main

NOTEBOOK = f"{NAME}.ipynb"


def local(*numbers):
    return datetime(*numbers).astimezone(UTC)


# Names


@pytest.mark.parametrize(
    ("platform", "path", "number", "name", "file", "time", "late"),
    [
        (canvas, f"s/doejane_12345_678901_{NOTEBOOK}", "12345", "doejane", NOTEBOOK, None, False),
        (canvas, f"doejane_LATE_12345_67_{NAME}-2.ipynb", "12345", "doejane", f"{NAME}-2.ipynb", None, True),
        (canvas, "o'brien_1_2_work/a_3_4_x.ipynb", "1", "o'brien", "work/a_3_4_x.ipynb", None, False),
        (brightspace, f"x/123-456 - Jane Doe - Nov 3, 2026 1005 AM/{NOTEBOOK}", "123", "Jane Doe", NOTEBOOK,
         local(2026, 11, 3, 10, 5), False),
        (brightspace, "12-45 - Ana-Maria O'Neil - Mar 13, 2026 905 PM/a/b.ipynb", "12", "Ana-Maria O'Neil",
         "a/b.ipynb", local(2026, 3, 13, 21, 5), False),
        (brightspace, "1-2 - 学生 - Okt 3, 2026 1205 AM/b.ipynb", "1", "学生", "b.ipynb", None, False),
        (folder, "student-01.ipynb", "student-01", "", "student-01.ipynb", None, False),
        (folder, f"student-01_{NOTEBOOK}", "student-01", "", NOTEBOOK, None, False),
        (folder, "student-02/student-01/x.ipynb", "student-02", "", "student-01/x.ipynb", None, False),
        (brightspace, "s/9-2 - Eve - Nov 3, 2026 1005 AM/8-2 - Bob - Nov 9, 2026 1005 AM/x.ipynb", "9", "Eve",
         "8-2 - Bob - Nov 9, 2026 1005 AM/x.ipynb", local(2026, 11, 3, 10, 5), False),
    ],
)  # fmt: skip
def test_the_names_that_platforms_give(platform, path, number, name, file, time, late):
    found = platform.PLATFORM.parse(path)
    assert (found.number, found.name, found.file, found.time, found.late) == (number, name, file, time, late)
    assert found.path == path


@pytest.mark.parametrize(
    ("platform", "path"),
    [(canvas, "notes.txt"), (canvas, "doe_1_x.ipynb"), (brightspace, "index.html"),
     (brightspace, "1-2/x.ipynb"), (brightspace, "1-2 - A - yesterday/x.ipynb"), (folder, "README"),
     (folder, "...ipynb"), (folder, "..ipynb"), (folder, "../x.ipynb")],
)  # fmt: skip
def test_other_names(platform, path):
    assert platform.PLATFORM.parse(path) is None


def test_an_unknown_platform_is_refused():
    with pytest.raises(ValueError, match="There are: moodle, canvas, brightspace, folder"):
        collect_from(Config(), "blackboard")


# Archives


def archive_with(info, content=b"x" * 100, lie=None):
    """An archive with one entry, whose declared size may be a lie."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(info, content)
    raw = made.getvalue()
    if lie is not None:
        raw = raw.replace(struct.pack("<L", len(content)), struct.pack("<L", lie))
    return zipfile.ZipFile(io.BytesIO(raw))


@pytest.mark.parametrize("lie", [3, 5_000_000, 2**31])
def test_a_size_that_lies_is_noticed(lie):
    info = zipfile.ZipInfo("x.ipynb")
    info.compress_type = zipfile.ZIP_DEFLATED
    archive = archive_with(info, b"x" * 70_003, lie)
    with pytest.raises((ValueError, zipfile.BadZipFile)):
        unpacked(archive, archive.infolist()[0])


@pytest.mark.parametrize("kind", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_what_is_packed_to_explode_is_not_unpacked(kind):
    info = zipfile.ZipInfo("x.ipynb")
    info.compress_type = kind
    archive = archive_with(info, b"0" * 100_000)
    with pytest.raises(ValueError, match="packed in a way that is not read"):
        unpacked(archive, archive.infolist()[0])


def test_the_time_of_an_entry():
    plain = zipfile.ZipInfo("x", (2026, 11, 20, 10, 0, 2))
    assert time_of(plain) == local(2026, 11, 20, 10, 0, 2).timestamp()
    assert time_of(zipfile.ZipInfo("x")) == 0  # nobody says
    assert time_of(zipfile.ZipInfo("x", (2026, 2, 31, 0, 0, 0))) == 0
    plain.extra = struct.pack("<HH", 0x7075, 2) + b"ab" + struct.pack("<HHBl", 0x5455, 5, 1, 1_780_000_000)
    assert time_of(plain) == 1_780_000_000


# From an archive to points


def deliver(course, platform, files, times=None, name="submissions.zip"):
    """Put an archive where zip_collect looks for it, and collect; what was told."""
    if platform not in (course / "nbgrader_config.py").read_text():
        configure(course, "from autograder.plugin import collect_from", f"collect_from(c, {platform!r})")
    place = course / "downloaded" / NAME / "archive"
    place.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(place / name, "w") as archive:
        for path, content in files.items():
            info = zipfile.ZipInfo(path, (times or {}).get(path, (1980, 1, 1, 0, 0, 0)))
            archive.writestr(info, content)
    log = course / "collect.log"
    assert nbgrader(course, log, "zip_collect", "--force", NAME) == 0, log.read_text()
    return log.read_text()


def graded(course):
    """Points by student, after a run."""
    grade_class(course)
    with gradebook_of(course) as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions(NAME)}


RIGHT, SIGMA = hand_in("right, plainly"), hand_in("σ for σ′")


def test_canvas_from_the_zip_to_the_gradebook(course, tmp_path):
    told = deliver(course, "canvas", {
        f"doejane_12345_1_{NOTEBOOK}": SIGMA,
        f"doejane_LATE_12345_2_{NAME}-1.ipynb": RIGHT,
        f"roejohn_777_3_{NOTEBOOK}": SIGMA,
        "poeadam_888_4_essay.txt": "x",
    })  # fmt: skip
    assert "Canvas calls 1 late, and does not say by how much: 12345" in told
    assert "888 (poeadam): no notebook submitted" in told
    points = graded(course)
    assert points["12345"] == 20
    assert points["777"] < 20
    (tmp_path / "canvas.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Other (1),Lab (2)\n"
        "    Points Possible,,,,,10.00,20.00\n"
        '"Doe, Jane",12345,S1,jane,A,5,\n"Roe, John",777,,john,A,,\n"Absent, Ann",999,,ann,A,3,7\n'
    )
    with gradebook_of(course) as gradebook:
        exporter(
            CanvasCSV,
            gradebook,
            gradebook_file=tmp_path / "canvas.csv",
            column="Lab (2)",
            to=tmp_path / "c.csv",
        )
    assert (tmp_path / "c.csv").read_text().splitlines() == [
        "Student,ID,SIS User ID,SIS Login ID,Section,Lab (2)",
        "    Points Possible,,,,,20.00",
        '"Doe, Jane",12345,S1,jane,A,20',
        f'"Roe, John",777,,john,A,{round(points["777"], 2):g}',
        '"Absent, Ann",999,,ann,A,7',
    ]


def exporter(kind, gradebook, gradebook_file="", **traits):
    made = kind(config=Config(), assignment=[NAME], gradebook=str(gradebook_file),
                **{name: str(value) for name, value in traits.items()})  # fmt: skip
    made.export(gradebook)


def test_brightspace_from_the_zip_to_the_gradebook(course, tmp_path):
    with gradebook_of(course) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-11-01 00:00:00")
    told = deliver(course, "brightspace", {
        "index.html": "<p>",
        f"123-9 - Jane Doe - Nov 3, 2026 1005 AM/{NOTEBOOK}": RIGHT,
        f"123-9 - Jane Doe - Nov 2, 2026 1105 PM/{NOTEBOOK}": SIGMA,
        f"456-9 - John Roe - Oct 2, 2026 105 PM/{NOTEBOOK}": SIGMA,
    })  # fmt: skip
    assert "index.html: not a name" not in told
    assert nbgrader(course, course / "s.log", "db", "student", "import",
                    f"downloaded/{NAME}/students.csv") == 0  # fmt: skip
    points = graded(course)
    assert points["123"] == 20
    with gradebook_of(course) as gradebook:
        late = gradebook.find_submission(NAME, "123")
        assert late.timestamp == local(2026, 11, 3, 10, 5).replace(tzinfo=None)  # nbgrader keeps it so
        assert gradebook.find_submission(NAME, "456").total_seconds_late == 0
    (tmp_path / "b.csv").write_text(
        "OrgDefinedId,Username,Last Name,First Name,Email,Lab Points Grade <Numeric MaxPoints:20>,"
        "End-of-Line Indicator\n"
        "#20067930,jane.doe,Doe,Jane,j@x.org,,#\n#20067931,john.roe,Roe,John,r@x.org,,#\n"
        "#20067932,ann,Absent,Ann,a@x.org,,#\n"
    )
    with gradebook_of(course) as gradebook:
        exporter(
            BrightspaceCSV, gradebook, gradebook_file=tmp_path / "b.csv", column="Lab", to=tmp_path / "o.csv"
        )
    rows = list(csv.reader((tmp_path / "o.csv").read_text().splitlines()))
    assert rows[0] == [
        "OrgDefinedId",
        "Username",
        "Lab Points Grade <Numeric MaxPoints:20>",
        "End-of-Line Indicator",
    ]
    assert [row[2:] for row in rows[1:]] == [["20", "#"], [f"{round(points['456'], 2):g}", "#"], ["", "#"]]


def test_a_plain_folder(course):
    configure(course, "from autograder.plugin import collect_from", "collect_from(c, 'folder')")
    place = course / "downloaded" / NAME / "archive"
    (place / "student-02").mkdir(parents=True)
    (place / "student-01.ipynb").write_text(RIGHT)
    (place / "student-02" / "my work.ipynb").write_text(RIGHT)
    assert nbgrader(course, course / "c.log", "zip_collect", NAME) == 0
    assert "student-02 (): my work.ipynb is taken for" in (course / "c.log").read_text()
    assert graded(course) == {"student-01": 20, "student-02": 20}


@pytest.mark.parametrize("platform", ["moodle", "canvas", "brightspace", "folder"])
def test_paths_that_lead_elsewhere_stay_where_they_are(course, platform):
    deliver(course, platform, {
        "../../../evil.ipynb": "x", "/evil.ipynb": "x", "a/../../evil.ipynb": "x",
        f"doejane_12345_1_{NOTEBOOK}": RIGHT,
    })  # fmt: skip
    assert not list(course.parent.rglob("evil.ipynb"))


# Moodle: times, a second archive, feedback


def moodle(number, file=NOTEBOOK, name="Jane d'Été"):
    return f"{name}_{number}_assignsubmission_file_/{file}"


def test_a_late_entry_of_moodles_zip_costs_what_the_course_takes_off(course):
    configure(course, "c.LateSubmissionPlugin.penalty_method = 'zero'")
    with gradebook_of(course) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-11-10 00:00:00")
    times = {moodle(1): (2026, 11, 9, 10, 0, 0), moodle(2): (2026, 11, 12, 10, 0, 0)}
    deliver(course, "moodle", {moodle(1): RIGHT, moodle(2): RIGHT, moodle(3): RIGHT}, times)
    assert graded(course) == {"1": 20, "2": 20, "3": 20}
    with gradebook_of(course) as gradebook:
        penalties = {s.student.id: s.late_submission_penalty for s in gradebook.assignment_submissions(NAME)}
    assert penalties == {"1": 0, "2": 20, "3": 0}


def test_a_second_archive_replaces_what_is_older_and_keeps_the_others(course):
    deliver(course, "moodle", {moodle(1): SIGMA, moodle(2): SIGMA})
    assert graded(course)["1"] < 20
    told = deliver(course, "moodle", {moodle(1): RIGHT}, name="submissions (1).zip")
    assert f"1 (Jane d'Été): 2 files for {NOTEBOOK}; the last one counts" in told
    points = graded(course)
    assert points["1"] == 20
    assert points["2"] < 20


def hand_back(course, *arguments):
    out, told = io.StringIO(), io.StringIO()
    with contextlib.chdir(course), contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
        return main(["handback", *arguments]), out.getvalue(), told.getvalue()


@pytest.fixture
def with_feedback(course):
    """Two participants and a student without a number, with feedback for all but the last one."""
    for student in ("1001", "1002", "student-01"):
        submit(course, student, RIGHT)
    assert grade_class(course)[0] == 0
    with gradebook_of(course) as gradebook:
        gradebook.update_or_create_student(
            "1001", first_name="~.Jane_", last_name="d'Été/x", email="=j@x.org"
        )
    assert nbgrader(course, course / "f.log", "generate_feedback", NAME) == 0
    submit(course, "1003", RIGHT)
    grade_class(course)
    return course


def moodle_takes(name):
    """By whom and by which plug-in Moodle knows a file, as its import does (importziplib.php)."""
    assert not name.startswith((".", "~"))
    _, number, subtype, plugin, file = name.split("_", 4)
    assert number.isdecimal()
    assert "/" not in file
    return number, f"{subtype}_{plugin}", file


def test_feedback_goes_back_in_moodles_form(with_feedback):
    code, out, told = hand_back(with_feedback, "moodle")
    assert code == 1
    assert "student-01: no number of a Moodle participant, so left out" in told
    assert "1003: graded, but without a feedback page" in told
    path = with_feedback / f"feedback-{NAME}.zip"
    assert f"Packed 2 feedback pages: {path}" in out
    with zipfile.ZipFile(path) as archive:
        found = {moodle_takes(name): archive.read(name) for name in archive.namelist()}
    page = (with_feedback / "feedback" / "1001" / NAME / f"{NAME}.html").read_bytes()
    assert found[("1001", "assignfeedback_file", f"{NAME}.html")] == page
    assert len(found) == 2


def test_feedback_files_to_send(with_feedback, tmp_path):
    code, _, _ = hand_back(with_feedback, "folder", "--output", str(tmp_path / "out"))
    assert code == 1
    with (tmp_path / "out" / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert rows.keys() == {"1001", "1002", "student-01"}
    assert rows["1001"]["email"] == "'=j@x.org"
    assert all(
        (tmp_path / "out" / row["file"]).read_text(encoding="utf-8").startswith("<!DOCTYPE")
        for row in rows.values()
    )


def test_what_is_there_already_is_not_overwritten(with_feedback):
    hand_back(with_feedback, "moodle")
    code, _, told = hand_back(with_feedback, "moodle")
    assert code == 2
    assert "is there already" in told


def test_without_feedback_it_is_said_how_to_make_it(course):
    submit(course, "1001", RIGHT)
    grade_class(course)
    code, _, told = hand_back(course, "moodle")
    assert code == 2
    assert "Make them first: nbgrader generate_feedback" in told


# A wrong call of an exporter


@pytest.fixture
def small(tmp_path, monkeypatch):
    own = Path(sys.executable).parent  # nbgrader calls alembic, which has to be on the PATH
    monkeypatch.setenv("PATH", f"{own}{os.pathsep}{os.environ['PATH']}")
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        book.add_assignment(NAME)
        yield book


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (CanvasCSV, None, "name the gradebook that Canvas exported: --CanvasCSV.gradebook=FILE.csv"),
        (CanvasCSV, "a,b\n", "has none of the columns ID. Is it the gradebook that Canvas exported?"),
        (
            CanvasCSV,
            "ID,Lab\n",
            f"has no columns for '{NAME}'; name one of them with --CanvasCSV.column: ID, Lab",
        ),
        (BrightspaceCSV, f"Username,{NAME} Grade\n", "has no columns for"),
        (BrightspaceCSV, "\xff", "cannot be read"),
    ],
)
def test_a_gradebook_that_is_none(small, tmp_path, caplog, kind, text, words):
    path = tmp_path / "sheet.csv"
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SystemExit) as stopped:
        exporter(kind, small, gradebook_file=path if text is not None else "", to=tmp_path / "out.csv")
    assert stopped.value.code == 1
    assert words in caplog.text
    assert not (tmp_path / "out.csv").exists()


def test_moodle_keeps_times_and_the_others_do_not():
    assert (
        json.dumps([p.keeps_times for p in (MOODLE, canvas.PLATFORM, folder.PLATFORM)])
        == "[true, false, false]"
    )


# What is not certain


NAMESAKES = """\
OrgDefinedId,Username,Last Name,First Name,Lab Points Grade,End-of-Line Indicator
#1,jane1,Doe,Jane,,#
#2,jane2,Doe,Jane,,#
#3,roe,Roe,John,,#
#77,ann,Other,Ann,,#
"""


def test_no_grade_goes_to_a_namesake_or_by_another_ones_number(small, tmp_path, caplog):
    small.add_notebook("nb", NAME)
    small.add_grade_cell("test_a", "nb", NAME, max_score=20, cell_type="code")
    for student, name in (("123", "Jane Doe"), ("77", "John Roe")):
        small.add_student(student, last_name=name)
        small.add_submission(NAME, student)
        small.find_grade("test_a", "nb", NAME, student).auto_score = 20
    small.db.commit()
    (tmp_path / "b.csv").write_text(NAMESAKES)
    exporter(BrightspaceCSV, small, tmp_path / "b.csv", column="Lab", to=tmp_path / "o.csv")
    rows = list(csv.reader((tmp_path / "o.csv").read_text().splitlines()))
    assert [row[2] for row in rows[1:]] == ["", "", "20", ""]
    assert "123: graded, but not in" in caplog.text


def test_the_last_submission_counts_by_its_time_before_all_else(course):
    times = {moodle(1): (2026, 2, 1, 10, 0, 0), moodle(2): (2026, 2, 2, 10, 0, 0)}
    deliver(course, "moodle", {moodle(1): RIGHT, moodle(2): RIGHT}, times, name="a.zip")
    times = {moodle(1): (2026, 1, 1, 10, 0, 0), moodle(2): (2026, 1, 2, 10, 0, 0)}
    deliver(course, "moodle", {moodle(1): SIGMA, moodle(2): SIGMA}, times, name="b.zip")
    assert graded(course) == {"1": 20, "2": 20}


def test_times_of_the_download_make_nobody_late(course):
    configure(course, "c.LateSubmissionPlugin.penalty_method = 'zero'")
    with gradebook_of(course) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-11-10 00:00:00")
    now = datetime.now().timetuple()[:6]
    told = deliver(course, "moodle", {moodle(1): RIGHT, moodle(2): RIGHT}, {moodle(1): now, moodle(2): now})
    assert "submissions.zip: the times in it are those of the download" in told
    assert grade_class(course)[2].count("without a time stamp") == 1
    with gradebook_of(course) as gradebook:
        assert [s.late_submission_penalty for s in gradebook.assignment_submissions(NAME)] == [0, 0]


@pytest.mark.parametrize(
    ("times", "made", "download"),
    [([100, 160], 200, True), ([100, 160], 3700, True), ([100, 900], 950, False), ([100], 9e5, False),
     ([0, 0], 50, False), ([100, 160], 2000, False), ([7300], 100, True)],
)  # fmt: skip
def test_what_is_taken_for_the_time_of_the_download(times, made, download):
    assert are_of_the_download(times, made) is download


def test_a_name_that_is_not_utf_8_is_named_and_the_others_are_collected(course):
    configure(course, "from autograder.plugin import collect_from", "collect_from(c, 'folder')")
    place = course / "downloaded" / NAME / "archive"
    place.mkdir(parents=True)
    (place / "student-01.ipynb").write_text(RIGHT)
    Path(os.fsdecode(os.fsencode(place) + b"/L\xf6sung.ipynb")).write_text(RIGHT)
    assert nbgrader(course, course / "c.log", "zip_collect", NAME) == 0
    assert "its name is not UTF-8" in (course / "c.log").read_text()
    assert graded(course) == {"student-01": 20}
    assert (course / "downloaded" / NAME / "students.csv").read_text().splitlines() == ["id", "student-01"]
