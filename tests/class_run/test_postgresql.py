"""`autograder grade` with the gradebook in PostgreSQL: a real server, stopped and started meanwhile."""

import threading

import pytest
from support.course import configure, copy, grade, gradebook_of, held, release, submit
from support.postgresql import server
from support.sample_class import CLASS, NAME, hand_in
from support.warm import nbgrader

from autograder.adapters.nbgrader.writer import Recorder
from exercise import POINTS

pytest.importorskip("psycopg", reason="psycopg is not installed (extra: postgresql)")

SLOW = ("an endless loop", "an endless cell")
LABELS = [label for label in CLASS if label not in SLOW]
LATE = "c.LateSubmissionPlugin.penalty_method = 'zero'"
COURSE = "c.CourseDirectory.course_id = 'course'"  # without one, nbgrader's tables refer to nothing
DUE = "2026-11-20 10:20:00 UTC"


@pytest.fixture(scope="module")
def postgresql():
    with server() as running:
        yield running


@pytest.fixture(scope="module")
def released(postgresql, tmp_path_factory):
    """A course that was released into PostgreSQL, and its database."""
    database = postgresql.database()
    folder = tmp_path_factory.mktemp("released") / "course"
    return release(folder, COURSE, LATE, database_of(postgresql, database)), database


def database_of(postgresql, database):
    return f"c.CourseDirectory.db_url = {postgresql.url(database)!r}"


@pytest.fixture
def course(postgresql, released, tmp_path):
    """A copy of the course with a copy of its database; its folder and the URL."""
    folder, original = released
    database = postgresql.database(original)
    made = copy(folder, tmp_path / "course")
    configure(made, database_of(postgresql, database))
    return made, postgresql.url(database)


def submit_class(course, *labels):
    for number, label in enumerate(labels, 1):
        submit(course, f"student-{number:02d}", hand_in(label), f"2026-11-20 10:{number:02d}:00 UTC")


def give_a_person_s_grades(gradebook):
    notebook = gradebook.find_submission_notebook(NAME, NAME, "student-17")
    next(g for g in notebook.grades if g.name == "test_grad_w").manual_score = 2.5
    next(c for c in notebook.comments if c.name == "grad_w").manual_comment = "almost"
    gradebook.db.commit()


def test_the_gradebook_is_the_one_that_sqlite_holds(course, tmp_path):
    course, url = course
    submit_class(course, *LABELS)
    twin = copy(course, tmp_path / "sqlite")
    configure(twin, f"c.CourseDirectory.db_url = 'sqlite:///{twin}/gradebook.db'")
    assert nbgrader(twin, twin / "release.log", "generate_assignment", NAME, "--force") == 0
    found = []
    for folder, its_url in ((course, url), (twin, "")):
        with gradebook_of(folder, its_url) as gradebook:
            gradebook.update_or_create_assignment(NAME, duedate=DUE)
        assert grade(folder)[0] == 1  # some cannot be read
        with gradebook_of(folder, its_url) as gradebook:
            give_a_person_s_grades(gradebook)
        code, answer, _ = grade(folder, "--force", "--student=student-17")
        assert (code, answer["counts"]) == (1, {"waiting": 1})
        with gradebook_of(folder, its_url) as gradebook:
            found.append(held(gradebook))
    assert found[0] == found[1]
    assert len(found[0]) == len(LABELS) - 1  # one handed in no notebook


def test_nbgrader_gives_the_same(course):
    course, url = course
    submit_class(course, *LABELS[:4], "σ for σ′", "unfinished")
    assert grade(course)[0] == 0
    with gradebook_of(course, url) as gradebook:
        ours = held(gradebook)
    assert nbgrader(course, course / "autograde.log", "autograde", NAME, "--force") == 0
    with gradebook_of(course, url) as gradebook:
        assert held(gradebook) == ours


def test_unchanged_work_is_skipped(course):
    course, _ = course
    submit_class(course, *LABELS[:3])
    assert grade(course)[1]["counts"] == {"graded": 3}
    assert grade(course)[1]["counts"] == {"unchanged": 3}


def test_a_server_that_stops_for_a_while_costs_nobody_a_grade(course, postgresql, monkeypatch):
    course, url = course
    submit_class(course, *LABELS * 2)
    recorded, stopped = [], threading.Event()
    ordinary = Recorder.record

    def record(self, grades):
        if len(recorded) >= 5 and not stopped.is_set():
            stopped.set()
            postgresql.stop()
            threading.Timer(3.0, postgresql.start).start()
        ordinary(self, grades)
        recorded.extend(one.student for one in grades)

    monkeypatch.setattr(Recorder, "record", record)
    _, answer, told = grade(course)
    assert stopped.is_set()
    assert "the database does not answer" in told
    assert "Traceback" not in told
    assert answer["counts"]["graded"] + answer["counts"]["needs review"] == len(recorded)
    with gradebook_of(course, url) as gradebook:
        found = held(gradebook)
    assert set(found) == set(recorded)
    assert all(len(rows["grades"]) == len(POINTS) for rows in found.values())


def test_a_server_that_does_not_come_back_ends_the_run_in_words(course, postgresql):
    course, _ = course
    submit_class(course, *LABELS[:2])
    postgresql.stop()
    try:
        code, _, told = grade(course, "--patience", "1")
    finally:
        postgresql.start()
    assert code == 2
    assert "the database does not answer" in told
    assert "run this again" in told
    assert grade(course)[1]["counts"] == {"graded": 2}
