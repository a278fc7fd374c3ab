"""`autograder grade` on a course: the same grades as nbgrader's, what is skipped, what is said."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import closing, suppress

import nbformat
import pytest
from sqlalchemy import event
from support.course import configure, copy, grade, gradebook_of, held, submit, submit_all
from support.sample_class import CLASS, NAME, hand_in
from support.warm import nbgrader

from autograder.adapters.nbgrader.course import open_course
from autograder.class_run.grader import Outcome
from autograder.class_run.progress import Lines
from autograder.submission.annotate import verdicts
from autograder.submission.rebuild import about
from exercise import POINTS

SLOW = ("an endless loop", "an endless cell")
RIGHT, WRONG = "right, plainly", "σ for σ′"
LATE = ("c.LateSubmissionPlugin.penalty_method = 'zero'",)


@pytest.fixture
def run(course):
    """Run the command in the course."""
    return lambda *options: grade(course, *options)


def statuses(answer):
    return {student["student"]: student["status"] for student in answer["students"]}


def points(course):
    with gradebook_of(course) as gradebook:
        return {
            student: {name.removeprefix("test_"): auto for name, auto, *_ in found["grades"]}
            for student, found in held(gradebook).items()
        }


def path_of(course, student, step="autograded"):
    return course / step / student / NAME / f"{NAME}.ipynb"


# The same as nbgrader's own


@pytest.fixture(scope="module")
def twins(released, tmp_path_factory):
    """Two copies of a course with the sample class: some late, one with an extension, one with files."""
    ours = copy(released, tmp_path_factory.mktemp("twins") / "ours")
    configure(ours, *LATE)
    labels = [label for label in CLASS if label not in SLOW]
    for number, label in enumerate(labels, 1):
        submit(ours, f"student-{number:02d}", hand_in(label), f"2026-11-20 10:{number:02d}:00 UTC")
    (path_of(ours, "student-01", "submitted").parent / "data.csv").write_text("1,2\n")
    with gradebook_of(ours) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-11-20 10:20:00 UTC")
        for student in ("student-30", "student-50"):
            gradebook.update_or_create_student(student, first_name="A", last_name="B")
        gradebook.add_submission(NAME, "student-30")
        gradebook.grant_extension(NAME, "student-30", hours=1)
    return ours, copy(ours, ours.parent / "theirs")


def both(twins):
    ours, theirs = twins
    code, answer, _ = grade(ours, "--force")
    nbgrader(theirs, theirs / "autograde.log", "autograde", NAME, "--force")
    with gradebook_of(ours) as mine, gradebook_of(theirs) as nbgraders:
        return code, answer, held(mine), held(nbgraders)


def without_unreadable(found):
    """Without the hand-ins that nbgrader keeps out of the gradebook, because it stops at them."""
    return {student: rows for student, rows in found.items() if rows["grades"]}


def test_the_gradebook_is_the_one_that_nbgrader_makes(twins):
    code, answer, ours, theirs = both(twins)
    assert code == 1  # some hand-ins cannot be read
    assert ours == theirs
    late = [student for student, found in ours.items() if found["penalty"]]
    assert "student-25" in late
    assert "student-30" not in late
    assert answer["missing"] == ["student-50"]


def test_what_people_gave_is_kept_as_nbgrader_keeps_it(twins):
    for course in twins:
        with gradebook_of(course) as gradebook:
            notebook = gradebook.find_submission_notebook(NAME, NAME, "student-17")
            marks = {g.name: g for g in notebook.grades}
            marks["test_grad_w"].manual_score = 2.5
            marks["test_grad_z"].extra_credit = 1.0
            next(c for c in notebook.comments if c.name == "grad_w").manual_comment = "almost"
            gradebook.db.commit()
    _, _, ours, theirs = both(twins)
    assert ours == theirs
    kept = {row[0]: row for row in ours["student-17"]["grades"]}
    assert kept["test_grad_w"][1:5] == (0, 2.5, None, True)
    assert ("grad_w", None, "almost") in ours["student-17"]["comments"]


def test_the_same_files_are_in_autograded(twins):
    ours, theirs = ({p.relative_to(c) for p in (c / "autograded").rglob("*") if p.is_file()} for c in twins)
    assert ours == theirs
    assert not list(twins[0].rglob(".*.autograder"))


def test_nbgrader_goes_on_from_there(twins, tmp_path):
    course = copy(twins[0], tmp_path / "course")
    for command in (["generate_feedback", NAME], ["export"], ["autograde", NAME, "--student=student-01"]):
        assert nbgrader(course, course / "next.log", *command) == 0, (course / "next.log").read_text()
    assert (course / "feedback" / "student-01" / NAME / f"{NAME}.html").is_file()


# What is left alone, and what is graded again


def test_unchanged_work_is_skipped_and_changed_work_is_not(course, run):
    submit_all(course, RIGHT, WRONG)
    assert statuses(run()[1]) == {"student-01": "graded", "student-02": "graded"}
    before = path_of(course, "student-01").stat().st_mtime_ns
    assert statuses(run()[1]) == {"student-01": "unchanged", "student-02": "unchanged"}
    assert path_of(course, "student-01").stat().st_mtime_ns == before
    submit(course, "student-02", hand_in(RIGHT))
    code, answer, told = run()
    assert code == 0
    assert statuses(answer) == {"student-01": "unchanged", "student-02": "graded"}
    assert "student-02: grad_g: 0 → 4 points" in told
    assert points(course)["student-02"] == POINTS


def add_a_file(course):
    (path_of(course, "student-01", "submitted").parent / "more.txt").write_text("x")


def change_the_policy(course):
    (course / "autograder.toml").write_text('kept = {"σ for σ′" = 0.5}\n', encoding="utf-8")


def change_the_secret(course):
    (course / ".autograder_secret").write_text("another secret, long enough")


def change_the_source(course):
    path = course / "source" / NAME / f"{NAME}.ipynb"
    path.write_text(
        path.read_text(encoding="utf-8").replace("Machine Learning I", "Our course", 1), encoding="utf-8"
    )


def change_the_limits(course):
    configure(course, "c.IsolatedExecute.cell_time = 7")


def lose_the_executed_notebook(course):
    path_of(course, "student-01").unlink()


def damage_the_executed_notebook(course):
    path = path_of(course, "student-01")
    text = path.read_text(encoding="utf-8")
    path.unlink()
    path.write_text(text[:1000], encoding="utf-8")


def change_a_grade(course):
    with gradebook_of(course) as gradebook:
        notebook = gradebook.find_submission_notebook(NAME, NAME, "student-01")
        notebook.grades[0].auto_score = 0.5
        gradebook.db.commit()


def move_the_deadline(course):
    (path_of(course, "student-01", "submitted").parent / "timestamp.txt").write_text(
        "2026-11-20 10:00:00 UTC"
    )
    with gradebook_of(course) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-11-20 09:00:00 UTC")


@pytest.mark.parametrize(
    "change",
    [
        add_a_file,
        change_the_policy,
        change_the_secret,
        change_the_source,
        change_the_limits,
        lose_the_executed_notebook,
        damage_the_executed_notebook,
        change_a_grade,
        move_the_deadline,
    ],
)
def test_whatever_the_grade_depends_on_has_it_graded_again(course, run, change):
    submit_all(course, WRONG)
    run()
    change(course)
    assert statuses(run()[1]) == {"student-01": "graded"}
    assert statuses(run()[1]) == {"student-01": "unchanged"}


def test_force_grades_all_again(course, run):
    submit_all(course, WRONG)
    run()
    assert statuses(run("--force")[1]) == {"student-01": "graded"}


def test_only_the_named_students(course, run):
    submit_all(course, RIGHT, WRONG, RIGHT)
    code, answer, _ = run("--student", "student-01", "--student", "student-03")
    assert (code, set(statuses(answer))) == (0, {"student-01", "student-03"})
    assert set(points(course)) == {"student-01", "student-03"}


def test_a_named_student_who_handed_nothing_in(course, run):
    submit_all(course, RIGHT)
    code, answer, told = run("--student", "student-09")
    assert (code, statuses(answer)) == (1, {"student-09": "no notebook"})
    assert "nothing was submitted by a student of this name" in told


def test_a_dry_run_says_what_would_change_and_records_nothing(course, run):
    submit_all(course, WRONG)
    run()
    executed = path_of(course, "student-01").read_bytes()
    submit(course, "student-01", hand_in(RIGHT))
    submit(course, "student-02", hand_in(RIGHT))
    code, answer, told = run("--dry-run")
    assert code == 0
    assert "student-01: grad_g: 0 → 4 points" in told
    assert "nothing was recorded" in told
    changes = {student["student"]: student["changes"] for student in answer["students"]}
    assert changes["student-01"][0] == {"question": "grad_g", "before": 0.0, "after": 4.0}
    assert changes["student-02"] == []
    assert set(points(course)) == {"student-01"}
    assert path_of(course, "student-01").read_bytes() == executed
    assert not path_of(course, "student-02").exists()


def test_a_manual_grade_does_not_have_it_graded_again(course, run):
    submit_all(course, WRONG)
    run()
    with gradebook_of(course) as gradebook:
        notebook = gradebook.find_submission_notebook(NAME, NAME, "student-01")
        next(g for g in notebook.grades if g.name == "test_grad_g").manual_score = 3.0
        gradebook.db.commit()
    assert statuses(run()[1]) == {"student-01": "unchanged"}


# Hand-ins as they come


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[1, 2", "not valid JSON"),
        (b"[" * 200_000 + b"]" * 200_000, "nested too deep"),
        (b'{"nbformat": 3, "worksheets": []}', "not a Jupyter notebook of format 4"),
    ],
)
def test_what_cannot_be_read_is_left_to_a_person(course, run, content, words):
    submit_all(course, RIGHT)
    path = submit(course, "student-02", content)
    code, answer, told = run()
    assert code == 1
    assert statuses(answer) == {"student-01": "graded", "student-02": "needs review"}
    assert words in told
    assert str(path) in told
    assert set(points(course)["student-02"].values()) == {None}
    with gradebook_of(course) as gradebook:
        assert all(row[4] for row in held(gradebook)["student-02"]["grades"])  # needs a manual grade
    assert words in about(nbformat.read(path_of(course, "student-02"), 4))["unreadable"]


def test_what_waits_for_a_person_waits_in_the_next_run_too(course, run):
    submit(course, "student-01", b"")
    for _ in range(2):
        code, answer, _ = run()
        assert (code, answer["counts"]) == (1, {"needs review": 1})


def test_a_folder_without_the_notebook(course, run):
    submit_all(course, RIGHT)
    path = submit(course, "student-02", None)
    path.with_name("homework (1).ipynb").write_text(hand_in(RIGHT), encoding="utf-8")
    code, answer, told = run()
    assert (code, statuses(answer)["student-02"]) == (1, "no notebook")
    assert "but homework (1).ipynb. If one of them is it, rename it" in told
    assert set(points(course)) == {"student-01"}


def test_links_lead_nowhere(course, run, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text(hand_in(RIGHT), encoding="utf-8")
    path = submit(course, "student-01", None)
    path.symlink_to(secret)
    (path.parent / "data").symlink_to("/etc")
    _, answer, told = run()
    assert statuses(answer) == {"student-01": "needs review"}
    assert "link" in told
    assert not (course / "autograded" / "student-01" / NAME / "data").exists()


def test_a_timestamp_that_is_none(course, run):
    submit(course, "student-01", hand_in(RIGHT), "yesterday, I think")
    code, _, told = run()
    assert code == 0
    assert "timestamp.txt cannot be read" in told


def test_names_with_spaces_and_accents(course, run):
    names = ["étudiant 01", "student [2]", "O'Neill-like; DROP", "100%"]
    for name in names:
        submit(course, name, hand_in(RIGHT))
    assert run()[0] == 0
    assert points(course) == dict.fromkeys(names, POINTS)


def test_what_the_student_sees_and_wrote_is_in_autograded(course, run):
    submit_all(course, WRONG)
    run()
    notebook = nbformat.read(path_of(course, "student-01"), 4)
    nbformat.validate(notebook)
    assert {v.question: v.points(POINTS[v.question]) for v in verdicts(notebook).values()} == {
        **POINTS,
        "grad_g": 0,
        "backward": pytest.approx(18 / 7),
    }
    assert set(about(notebook)["seconds"]) >= {"fork", "cells", "judge", "calls"}
    assert (path_of(course, "student-01").stat().st_mode & 0o222) == 0  # as nbgrader leaves it


def test_a_file_that_is_not_handed_in_any_more_goes(course, run):
    submit_all(course, RIGHT)
    extra = path_of(course, "student-01", "submitted").parent / "data" / "numbers.csv"
    extra.parent.mkdir()
    extra.write_text("1")
    run()
    copied = path_of(course, "student-01").parent / "data"
    assert (copied / "numbers.csv").read_text() == "1"
    shutil.rmtree(extra.parent)
    extra.parent.write_text("now a file")
    run()
    assert copied.read_text() == "now a file"


# A course that cannot be graded as it is


def test_before_the_release(course, run):
    (course / "gradebook.db").unlink()
    submit_all(course, RIGHT)
    code, _, told = run()
    assert code == 2
    assert f"Run `nbgrader generate_assignment {NAME}` first" in told
    assert not (course / "gradebook.db").exists()


def test_a_gradebook_that_is_none(course, run):
    (course / "gradebook.db").write_bytes(b"no database" * 1000)
    code, _, told = run()
    assert code == 2
    assert "the gradebook cannot be used (file is not a database). Restore it from a copy" in told
    assert (course / "gradebook.db").read_bytes() == b"no database" * 1000


def test_an_assignment_that_does_not_exist(course, run):
    code, _, told = run("homework")
    assert code == 2
    assert "no assignment 'homework'" in told
    assert f"There is: {NAME}." in told


def test_a_folder_that_is_no_course(tmp_path):
    code, _, told = grade(tmp_path)
    assert code == 2
    assert "Is this the course's folder?" in told
    assert not list(tmp_path.glob("*.db"))


def test_a_notebook_that_is_graded_otherwise(course, run):
    other = course / "source" / "other"
    other.mkdir()
    (other / "other.ipynb").write_text(json.dumps(nbformat.v4.new_notebook()))
    code, _, told = run("other")
    assert code == 2
    assert "is not graded by this autograder. Use `nbgrader autograde other`." in told


def test_a_source_that_was_changed_since_its_release(course, run):
    submit_all(course, RIGHT)
    path = course / "source" / NAME / f"{NAME}.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("test_grad_w", "test_grad_v"), encoding="utf-8")
    code, _, told = run()
    assert code == 2
    assert "has changed since it was released: test_grad_v, test_grad_w" in told


def test_reading_the_gradebook_takes_no_longer_for_a_student_of_many(course, run):
    """No table is looked through for each student: the database finds every row by an index."""
    submit_all(course, RIGHT, WRONG)
    run()
    asked = []
    with closing(open_course(course, NAME).gradebook()) as recorder:
        engine = recorder._db.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
        assert len(recorder.scores()) == 2
    statement, parameters = asked[0]
    with engine.connect() as connection:
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert len(steps) == 3
    assert all("USING INDEX" in step[-1] for step in steps)


def test_nobody_handed_in(course, run):
    code, answer, _ = run()
    assert (code, answer["students"]) == (0, [])


@pytest.mark.parametrize("workers", ["0", "-1", "many"])
def test_a_wrong_number_of_workers(course, run, workers):
    with pytest.raises(SystemExit) as stopped:
        run("--workers", workers)
    assert stopped.value.code == 2


# What a person sees


def on_a_terminal(course, *options):
    """What the command shows on a terminal."""
    import termios

    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (40, 120))
    command = [sys.executable, "-m", "autograder", "grade", *options]
    process = subprocess.Popen(command, cwd=course, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # the end of it
        while piece := os.read(ours, 4096):
            shown += piece
    process.wait()
    os.close(ours)
    return shown.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_on_a_terminal_there_is_a_bar(course):
    submit_all(course, RIGHT, WRONG)
    submit(course, "student-03", b"")
    shown = on_a_terminal(course)
    assert re.search(r"100%\|.*\| 3/3 .*submissions/s, problems=1\]", shown)
    assert "student-03: needs review" in shown


def test_elsewhere_there_are_plain_lines_and_a_table(course, run):
    submit_all(course, RIGHT, WRONG)
    _, _, told = run()
    assert "✓ files" in told
    assert re.search(r"^2 of 2 submissions, [\d.]+ a second, 0 s left, 0 with problems$", told, re.MULTILINE)
    assert re.search(r"^ +2  graded and recorded$", told, re.MULTILINE)
    assert "All submissions are graded." in told
    assert "\r" not in told


def test_each_line_is_said_once(monkeypatch, capsys):
    monkeypatch.setattr("autograder.class_run.progress.LINE_EVERY", 0.0)
    with closing(Lines(2)) as lines:
        for student in ("student-01", "student-02"):
            lines.step(Outcome(student, "graded", ""))
    assert re.findall(r"^(\d) of 2", capsys.readouterr().err, re.MULTILINE) == ["1", "2"]
