"""`autograder report`: numbers that the gradebook confirms, pictures, tables, and no names if asked."""

import base64
import csv
import re
import shutil
import statistics
from collections import Counter

import pytest
from defusedxml.ElementTree import fromstring
from support.course import copy, grade, gradebook_of, submit
from support.sample_class import CLASS, NAME, hand_in

from autograder.class_run.gradebook import Item, Record, Student
from autograder.commands.main import main
from autograder.pages.report.summary import Executed, Summary

SLOW = ("an endless loop", "an endless cell")
LABELS = [label for label in CLASS if label not in SLOW]
FILES = {f"{name}.svg" for name in ("graph", "mistakes", "points", "questions")}
FILES |= {f"{name}.csv" for name in ("looks", "mistakes", "points", "questions")} | {"report.html"}


@pytest.fixture(scope="module")
def course(released, tmp_path_factory):
    """The sample class, graded; a person changed a grade, and one student handed nothing in."""
    course = copy(released, tmp_path_factory.mktemp("report") / "course")
    for number, label in enumerate(LABELS, 1):
        submit(course, f"student-{number:02d}", hand_in(label))
    submit(course, "=SUM(1,2)", hand_in("σ for σ′"))
    grade(course)
    with gradebook_of(course) as gradebook:
        gradebook.update_or_create_student("student-99")
        notebook = gradebook.find_submission_notebook(NAME, NAME, "student-30")
        next(g for g in notebook.grades if g.name == "test_grad_h").manual_score = 1.5
        gradebook.db.commit()
    return course


@pytest.fixture
def run(course, monkeypatch, capsys):
    """Run the command in the course."""

    def command(*options, folder=course):
        monkeypatch.chdir(folder)
        code = main(["report", *options])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.fixture
def written(run, course):
    assert run()[0] == 0
    return course / "report" / NAME


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_page_the_pictures_and_the_tables(run, course):
    code, out, _ = run(NAME)
    folder = course / "report" / NAME
    assert code == 0
    assert str(folder / "report.html") in out
    assert {path.name for path in folder.iterdir()} == FILES


def test_the_points_are_the_gradebooks(written, course):
    found = {row["student"].removeprefix("'"): row for row in rows(written / "points.csv")}
    with gradebook_of(course) as gradebook:
        assert set(found) == {student.id for student in gradebook.students}
        for submission in gradebook.assignment_submissions(NAME):
            row = found[submission.student.id]
            for mark in submission.notebooks[0].grades:
                given = mark.auto_score is not None or mark.manual_score is not None
                shown = row[mark.name.removeprefix("test_")]
                assert (float(shown) if shown else None) == (pytest.approx(mark.score) if given else None)
    assert found["student-99"]["total"] == ""


def test_the_counts_add_up_from_the_gradebook(written, course):
    with gradebook_of(course) as gradebook:
        submissions = gradebook.assignment_submissions(NAME)
        for row in rows(written / "questions.csv"):
            marks = [
                g for s in submissions for g in s.notebooks[0].grades if g.name == f"test_{row['question']}"
            ]
            known = [g for g in marks if g.auto_score is not None or g.manual_score is not None]
            assert int(row["right"]) == sum(g.score >= g.max_score for g in known)
            assert int(row["partly"]) == sum(0 < g.score < g.max_score for g in known)
            assert int(row["wrong"]) + int(row["open"]) == sum(g.score == 0 for g in known)
            assert int(row["not graded"]) == len(marks) - len(known)
            assert float(row["mean"]) == pytest.approx(statistics.mean(g.score for g in known))


def test_the_mistakes_are_those_that_were_made(written):
    found = {row["mistake"]: row for row in rows(written / "mistakes.csv")}
    assert found["σ for σ′"]["students"] == "3"  # two by that name, and a slip in backward
    assert found["σ for σ′"]["hint"] == "Is this the value of σ, or its slope?"
    assert found["factor 2 missing"]["questions"].split() == ["grad_z", "backward"]


def test_who_needs_a_look_and_why(written):
    reasons = Counter(row["student"] for row in rows(written / "looks.csv"))
    by_label = {label: f"student-{number:02d}" for number, label in enumerate(LABELS, 1)}
    for label in ("a crash of the kernel", "an empty file", "invalid JSON", "test cells deleted"):
        assert reasons[by_label[label]] >= 1
    assert reasons["student-99"] == 1
    assert by_label["right, plainly"] not in reasons
    page = (written / "report.html").read_text(encoding="utf-8")
    for words in ("ended its process", "ask for it again", "nothing was submitted", "They were put back"):
        assert words in page


def test_the_page_holds_the_pictures_and_nothing_from_elsewhere(written):
    page = (written / "report.html").read_text(encoding="utf-8")
    held = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)" alt="[^"]+"', page)
    drawn = {path.read_text(encoding="utf-8") for path in written.glob("*.svg")}
    assert {base64.b64decode(text).decode() for text in held} == drawn
    assert not re.findall(r'(?:src|href)="(?!data:)', page)
    assert "<script" not in page


@pytest.mark.parametrize("name", ["graph", "mistakes", "points", "questions"])
def test_a_picture_is_svg_of_its_own(written, name):
    root = fromstring((written / f"{name}.svg").read_text(encoding="utf-8"))
    assert root.tag.endswith("svg")
    assert "student-" not in (written / f"{name}.svg").read_text(encoding="utf-8")


def test_no_cell_is_a_formula(written):
    for name in ("looks", "mistakes", "points", "questions"):
        for row in rows(written / f"{name}.csv"):
            assert not any(value.startswith(("=", "+", "@")) for value in row.values())
    assert "'=SUM(1,2)" in (written / "points.csv").read_text(encoding="utf-8")


def test_the_same_class_gives_the_same_bytes(run, written, tmp_path):
    assert run("--output", str(tmp_path / "again"))[0] == 0
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (written / name).read_bytes()


def test_without_names_there_is_none(run, tmp_path):
    assert run("--anonymous", "--output", str(tmp_path / "public"))[0] == 0
    for path in (tmp_path / "public").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"student-\d", text), path.name
        assert "SUM(1,2)" not in text, path.name
    assert "student" not in rows(tmp_path / "public" / "points.csv")[0]


def test_what_is_handed_in_and_not_graded_yet_is_not_missing(run, course, tmp_path):
    fresh = copy(course, tmp_path / "fresh")
    for student in ("student-99", "student-98"):  # the second is not in the gradebook yet
        submit(fresh, student, hand_in("right, plainly"))
    assert run(folder=fresh)[0] == 0
    reasons = {row["student"]: row["reason"] for row in rows(fresh / "report" / NAME / "looks.csv")}
    for student in ("student-98", "student-99"):
        assert reasons[student] == "submitted, and not graded yet: run `autograder grade`"


def test_without_names_the_words_and_the_order_lead_to_nobody():
    student = Student("7", "Lastname", "Firstname", "first@example.org")
    said = Executed({}, ["7 of 17 cells by Firstname Lastname (first@example.org)"])
    other = Student("1", "", "", "")
    item = Item("n", "test_grad_z", 2.0)
    records = [Record(other, {item: None}), Record(student, {item: 2.0})]
    summary = Summary("a", records, {"7": said, "1": Executed()}, [item], anonymous=True)
    assert [look.student for look in summary.looks] == ["", ""]
    words = " ".join(reason for look in summary.looks for reason in look.reasons)
    assert "17 cells" in words
    assert not re.search(r"Firstname|Lastname|example", words)
    assert summary.looks == sorted(summary.looks, key=str)


# Where there is nothing to report


def test_before_anything_is_graded(run, course, tmp_path):
    fresh = copy(course, tmp_path / "fresh")
    for name in ("submitted", "autograded", "report"):
        shutil.rmtree(fresh / name, ignore_errors=True)
    with gradebook_of(fresh) as gradebook:
        for student in list(gradebook.students):
            gradebook.remove_student(student.id)
    code, _, err = run(folder=fresh)
    assert code == 1
    assert "is in the gradebook yet. Grade it first: autograder grade" in err


def test_without_a_gradebook_none_is_made(run, course, tmp_path):
    fresh = copy(course, tmp_path / "fresh")
    (fresh / "gradebook.db").unlink()
    code, _, err = run(folder=fresh)
    assert code == 1
    assert "there is no gradebook" in err
    assert not (fresh / "gradebook.db").exists()


def test_an_assignment_that_does_not_exist(run):
    code, _, err = run("homework")
    assert code == 2
    assert f"There is: {NAME}." in err


def test_a_folder_that_is_no_course(run, tmp_path):
    code, _, err = run(folder=tmp_path)
    assert code == 2
    assert "Is this the course's folder?" in err
