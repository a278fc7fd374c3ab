"""Grades out of a gradebook: every kind of score, every kind of hole, and no formulas."""

import csv
import os
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import text
from traitlets.config import Config

from autograder.adapters.moodle.worksheet import read_worksheet
from autograder.adapters.nbgrader.export import GradesCSV, MoodleCSV
from autograder.adapters.nbgrader.gradebook import open_gradebook, records
from autograder.class_run.gradebook import GradebookError
from autograder.pages.spreadsheet import plain, write_table

STUDENTS = ("101", "102", "103", "104", "105")


@pytest.fixture
def gradebook(tmp_path, monkeypatch):
    """Two assignments; in `lab` 101 was graded by hand and late, 102 waits for a person, 103 is far too
    late, 104 handed in nothing, 105 has extra credit."""
    own = Path(sys.executable).parent  # nbgrader calls alembic, which has to be on the PATH
    monkeypatch.setenv("PATH", f"{own}{os.pathsep}{os.environ['PATH']}")
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        for name in ("lab", "other"):
            book.add_assignment(name)
            book.add_notebook("nb", name)
            for cell, points in (("test_b", 2), ("test_a", 3)):
                book.add_grade_cell(cell, "nb", name, max_score=points, cell_type="code")
        for student in STUDENTS:
            book.add_student(student, last_name='O\'Brien, "B"', first_name="=1+1", email=f"{student}@x.org")
        scores = {"101": (1, 3), "102": (2, None), "103": (1, 1), "105": (2, 3)}
        for student, (b, a) in scores.items():
            book.add_submission("lab", student)
            for cell, score in (("test_b", b), ("test_a", a)):
                grade = book.find_grade(cell, "nb", "lab", student)
                grade.auto_score, grade.needs_manual_grade = score, score is None
        book.find_grade("test_b", "nb", "lab", "101").manual_score = 1.5
        book.find_grade("test_b", "nb", "lab", "105").extra_credit = 0.5
        book.find_submission_notebook("nb", "lab", "101").late_submission_penalty = 0.25
        book.find_submission_notebook("nb", "lab", "103").late_submission_penalty = 9
        book.db.commit()
        yield book


def run(exporter, gradebook, **traits):
    exporter(config=Config(), **traits).export(gradebook)


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def exported(gradebook, tmp_path, **traits):
    run(GradesCSV, gradebook, to=str(tmp_path / "g.csv"), **traits)
    return read(tmp_path / "g.csv")


def test_manual_scores_penalties_and_extra_credit_count_as_in_nbgrader(gradebook, tmp_path):
    rows = {row["student_id"]: row for row in exported(gradebook, tmp_path, assignment=["lab"])}
    assert {student: row["total"] for student, row in rows.items()} == {
        "101": "4.25", "102": "", "103": "0", "104": "", "105": "5.5",
    }  # fmt: skip
    for student in ("101", "103", "105"):
        submission = gradebook.find_submission("lab", student)
        assert float(rows[student]["points"]) == submission.score
        assert float(rows[student]["late_submission_penalty"]) == submission.late_submission_penalty
    assert (rows["102"]["a"], rows["102"]["b"], rows["102"]["points"]) == ("", "2", "")
    assert {row["max_points"] for row in rows.values()} == {"5"}


@pytest.mark.parametrize(("decimals", "shown"), [(None, "4.29"), (0, "4"), (4, "4.2857")])
def test_points_are_rounded_in_the_file_and_not_in_the_gradebook(gradebook, tmp_path, decimals, shown):
    grade = gradebook.find_grade("test_a", "nb", "lab", "101")
    before, grade.manual_score = grade.score, 30 / 7
    gradebook.db.commit()
    traits = {} if decimals is None else {"decimals": decimals}
    row = next(
        r for r in exported(gradebook, tmp_path, assignment=["lab"], **traits) if r["student_id"] == "101"
    )
    assert row["a"] == shown
    assert gradebook.find_grade("test_a", "nb", "lab", "101").score == 30 / 7 != before


def test_fields_are_quoted_and_no_field_is_a_formula(gradebook, tmp_path):
    row = exported(gradebook, tmp_path)[0]
    assert row["last_name"] == 'O\'Brien, "B"'
    assert row["first_name"] == "'=1+1"


@pytest.mark.parametrize(
    "text", ["=1+1", " =1+1", "\u3000=1+1", "\ufeff=1+1", "＝1+1", "＠SUM(A1)", "\n+1", "-1+1", "\tx"]
)
def test_what_a_spreadsheet_would_calculate_is_text(text):
    assert plain(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-", "a=1", " a", "Ｏ", "", "1 + 1"])
def test_what_it_would_not_calculate_stays(text):
    assert plain(text) == text


def test_all_assignments_or_those_asked_for(gradebook, tmp_path):
    everything = exported(gradebook, tmp_path)
    assert [row["assignment"] for row in everything] == ["lab"] * 5 + ["other"] * 5
    some = exported(gradebook, tmp_path, assignment=["lab"], student=[101, "104"])
    assert [(row["assignment"], row["student_id"]) for row in some] == [("lab", "101"), ("lab", "104")]


def test_missing_as_zero(gradebook, tmp_path):
    rows = exported(gradebook, tmp_path, assignment=["lab"], missing_as_zero=True)
    totals = {row["student_id"]: row["total"] for row in rows}
    assert (totals["104"], totals["102"]) == ("0", "")
    assert [rows[3][name] for name in ("a", "b", "points")] == ["0", "0", "0"]


@pytest.mark.parametrize(
    ("exporter", "traits", "words"),
    [
        (GradesCSV, {"assignment": ["lb"]}, "no assignment 'lb' in the gradebook. There are: lab, other"),
        (GradesCSV, {"student": ["9"]}, "no student of that id: 9"),
        (MoodleCSV, {}, "one assignment at a time. Name it: --assignment \"['lab']\". There are: lab, other"),
        (MoodleCSV, {"assignment": ["lab"], "worksheet": "nowhere.csv"}, "nowhere.csv cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_said_and_writes_nothing(gradebook, tmp_path, caplog, exporter, traits, words):
    with pytest.raises(SystemExit) as stopped:
        run(exporter, gradebook, to=str(tmp_path / "g.csv"), **traits)
    assert stopped.value.code == 1
    assert words in caplog.text
    assert not (tmp_path / "g.csv").exists()


# Moodle's worksheet


def filled(gradebook, tmp_path, text, **traits):
    """What becomes of a worksheet."""
    (tmp_path / "sheet.csv").write_text(text, encoding="utf-8")
    names = {"worksheet": str(tmp_path / "sheet.csv"), "to": str(tmp_path / "m.csv"), "assignment": ["lab"]}
    run(MoodleCSV, gradebook, **names, **traits)
    return (tmp_path / "m.csv").read_text(encoding="utf-8")


SHEET = """Identifier,"Full name",Grade,"Maximum Grade",Feedback
"Participant 101","Student d'Été",,5.00,"- well
done"
"Participant 102",=1+1,3.00,5.00,
"Participant 999","Öğrenci, 3",,5.00,
"""


def test_the_worksheet_is_filled_in_and_otherwise_untouched(gradebook, tmp_path, caplog):
    assert filled(gradebook, tmp_path, SHEET) == (
        "Identifier,Full name,Grade,Maximum Grade,Feedback\n"
        'Participant 101,Student d\'Été,4.25,5.00,"- well\ndone"\n'
        "Participant 102,'=1+1,3.00,5.00,\n"
        'Participant 999,"Öğrenci, 3",,5.00,\n'
    )
    assert "103, 105: graded, but not in the worksheet" in caplog.text
    assert "105: more than the 5 points available" in caplog.text


def test_a_worksheet_in_another_language_with_other_separators(gradebook, tmp_path):
    text = "\ufeffIdentifikation;Bewertung\nTeilnehmer/in101;\n"
    assert filled(gradebook, tmp_path, text, grade_column="Bewertung") == (
        "Identifikation,Bewertung\nTeilnehmer/in101,4.25\n"
    )


def test_another_maximum_in_moodle_is_told(gradebook, tmp_path, caplog):
    filled(gradebook, tmp_path, SHEET.replace("5.00", "100.00"))
    assert "The points are out of 5, and in Moodle the assignment is out of 100" in caplog.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no column 'Grade'; its columns are: none"),
        ("Identifier,Bewertung\n", "its columns are: Identifier, Bewertung"),
        ("Identifier,Grade\nsomebody,\n", "row 2: 'somebody' does not end in the number of a participant"),
    ],
)
def test_what_is_no_worksheet(tmp_path, text, words):
    (tmp_path / "sheet.csv").write_text(text)
    with pytest.raises(GradebookError, match="sheet") as found:
        read_worksheet(tmp_path / "sheet.csv", "Grade")
    assert words in str(found.value)


# The room below


@pytest.mark.parametrize("text", ["=1+1", "+1", "-student", "@x", "\t=1", "\r=1"])
def test_no_cell_of_a_table_is_a_formula(tmp_path, text):
    write_table(tmp_path / "t.csv", ("id",), [(text,), (-1.5,), ("a-b",), ("-",)])
    assert [row["id"] for row in read(tmp_path / "t.csv")] == [f"'{text}", "-1.5", "a-b", "-"]


def test_to_look_makes_no_gradebook(tmp_path):
    with (
        pytest.raises(GradebookError, match="there is no gradebook at"),
        open_gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}"),
    ):
        pass
    assert not list(tmp_path.iterdir())


def test_what_is_no_gradebook(tmp_path):
    path = tmp_path / "gradebook.db"
    path.write_text("no database, but long enough to be looked at as one" * 100)
    words = "cannot be read: file is not a database"
    with pytest.raises(GradebookError, match=words), open_gradebook(f"sqlite:///{path}") as db:
        records(db, "lab")


def test_records_are_those_of_nbgrader(gradebook):
    for record in records(gradebook.db, "lab"):
        if record.total is not None:
            submission = gradebook.find_submission("lab", record.student.id)
            assert record.total == max(0, submission.score - submission.late_submission_penalty)
            assert {i.name: i.out_of for i in record.points} == {"test_a": 3, "test_b": 2}


# Headings


def add(book, assignment, notebooks, cells):
    """Put an assignment's graded cells into the gradebook, and full points of student 101."""
    book.add_assignment(assignment)
    both = [(cell, notebook) for notebook in notebooks for cell in cells]
    for notebook in notebooks:
        book.add_notebook(notebook, assignment)
    for cell, notebook in both:
        book.add_grade_cell(cell, notebook, assignment, max_score=1, cell_type="code")
    book.add_submission(assignment, "101")
    for cell, notebook in both:
        book.find_grade(cell, notebook, assignment, "101").auto_score = 1
    book.db.commit()


@pytest.mark.parametrize(
    "cells",
    [("test_c", "c"), ("total", "test_points"), ("test_student_id", "test_x"), ("test_test_x", "test_x")],
)
def test_no_column_stands_for_two_things(gradebook, tmp_path, cells):
    add(gradebook, "third", ["nb", "more"], cells)
    add(gradebook, "fourth", ["nb"], cells)
    run(GradesCSV, gradebook, to=str(tmp_path / "g.csv"))
    header, *rows = csv.reader((tmp_path / "g.csv").read_text().splitlines())
    assert len(header) == len(set(header))
    row = next(dict(zip(header, r, strict=True)) for r in rows if r[:2] == ["third", "101"])
    assert (row["student_id"], row["points"], row["total"]) == ("101", "4", "4")
    between = header[header.index("timestamp") + 1 : header.index("points")]
    assert sum(row[name] == "1" for name in between) == 4


def test_assignments_with_questions_of_one_name_have_a_column_each(gradebook, tmp_path):
    add(gradebook, "third", ["nb"], ("test_a", "test_z"))
    rows = exported(gradebook, tmp_path, student=["101"])
    third = next(row for row in rows if row["assignment"] == "third")
    assert (third["third/a"], third["z"], third["lab/a"]) == ("1", "1", "")
    assert [row["lab/a"] for row in rows if row["assignment"] == "lab"] == ["3"]


# Gradebooks of an older nbgrader


@pytest.fixture
def old(gradebook):
    """The same as before nbgrader 0.8: without the students' numbers in a learning platform."""
    gradebook.db.execute(text("ALTER TABLE student DROP COLUMN lms_user_id"))
    gradebook.db.commit()
    return gradebook


@pytest.mark.parametrize("exporter", [GradesCSV, MoodleCSV])
def test_grades_of_an_old_gradebook_are_not_exported_as_none(old, tmp_path, caplog, exporter):
    with pytest.raises(SystemExit) as stopped:
        run(exporter, old, to=str(tmp_path / "g.csv"))
    assert stopped.value.code == 1
    assert (
        "its table student has no lms_user_id. Copy it to be safe, then run `nbgrader db upgrade`"
        in caplog.text
    )
    assert not (tmp_path / "g.csv").exists()


def test_an_old_gradebook_is_not_reported_on(old, tmp_path):
    with (
        pytest.raises(GradebookError, match="nbgrader db upgrade"),
        open_gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}"),
    ):
        pass
