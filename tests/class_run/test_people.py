"""What people grade and change, and what the run, its exit code, the report and the gradebook say of it."""

import contextlib
import json

import nbformat
import pytest
from support.course import configure, copy, grade, gradebook_of, submit
from support.people import ASSERT, ESSAY, KINDS, TASK, edit_source, hand_in_with, release_again
from support.sample_class import NAME, hand_in
from support.warm import nbgrader

from autograder.commands.main import main

ALL = sum(marks.get("points", 0) for _, _, marks in KINDS.values()) + 20
ESSAYS = "It says on which side of the slope we are. ![](attachment:drawing.png)"


@pytest.fixture(scope="module")
def extended(released, tmp_path_factory):
    """A released course whose notebook has questions of all kinds, once for all."""
    course = copy(released, tmp_path_factory.mktemp("extended") / "course")
    edit_source(course, *KINDS)
    assert release_again(course) == 0
    return course


@pytest.fixture
def course(extended, tmp_path):
    return copy(extended, tmp_path / "course")


def answer_of(course, student="student-01", *options):
    """What the run says of a student: exit code, status, points, out of how many, who is waited for."""
    code, answer, told = grade(course, *options)
    one = next(s for s in answer["students"] if s["student"] == student)
    return (code, one["status"], one["points"], one["out_of"], one["waiting"]), told


def set_grade(course, cell, points, student="student-01"):
    """Give a grade by hand, as formgrader does."""
    with gradebook_of(course) as gradebook:
        found = gradebook.find_grade(cell, NAME, NAME, student)
        found.manual_score, found.needs_manual_grade = points, False
        gradebook.db.commit()


def in_formgrader(course, student="student-01"):
    """What formgrader shows: the score, and whether a person has to look."""
    with gradebook_of(course) as gradebook:
        found = gradebook.find_submission(NAME, student)
        return found.score, found.needs_manual_grade


def report_of(course):
    """The report's list of who needs a look."""
    with contextlib.chdir(course):
        assert main(["report", NAME]) == 0
    return (course / "report" / NAME / "looks.csv").read_text(encoding="utf-8")


def twice(course, *options):
    """What two runs say, which must be the same."""
    first, told = answer_of(course, "student-01", *options)
    second, _ = answer_of(course, "student-01")
    assert first[:1] + first[2:] == second[:1] + second[2:]
    assert first[1].replace("graded", "unchanged") == second[1]
    return first, told


def test_what_waits_for_a_person_is_said_by_all_and_twice(course):
    submit(course, "student-01", hand_in_with(hand_in("right, plainly"), essay=ESSAYS))
    first, told = twice(course)
    assert first == (1, "waiting", 21, ALL, [ESSAY, TASK])
    assert f"graded automatically is graded. {ESSAY}, {TASK} wait for a person" in told
    assert in_formgrader(course) == (21, True)
    assert f"not graded yet: {ESSAY}, {TASK}" in report_of(course)


def test_when_the_person_has_graded_all_is_graded(course):
    submit(course, "student-01", hand_in_with(hand_in("right, plainly"), essay=ESSAYS))
    grade(course)
    set_grade(course, ESSAY, 2.5)
    set_grade(course, TASK, 2)
    assert answer_of(course)[0] == (0, "unchanged", 25.5, ALL, [])
    assert in_formgrader(course) == (25.5, False)
    assert "student-01" not in report_of(course)


def test_a_free_text_that_was_left_as_it_was_has_no_points(course):
    submit(course, "student-01", hand_in_with(hand_in("right, plainly")))
    assert twice(course)[0] == (1, "waiting", 21, ALL, [TASK])


def test_a_drawing_is_there_for_the_person_who_grades_it(course):
    submit(course, "student-01", hand_in_with(hand_in("right, plainly"), essay=ESSAYS))
    grade(course)
    executed = nbformat.read(course / "autograded" / "student-01" / NAME / f"{NAME}.ipynb", as_version=4)
    essay = next(c for c in executed.cells if c.metadata.get("nbgrader", {}).get("grade_id") == ESSAY)
    assert "image/png" in essay.attachments["drawing.png"]
    assert nbgrader(course, course / "f.log", "generate_feedback", NAME) == 0
    assert "data:image/png" in (course / "feedback" / "student-01" / NAME / f"{NAME}.html").read_text()


@pytest.mark.parametrize(
    ("units", "points", "words"),
    [
        ("units = 3", 1, ""),
        ("units = 4", 0, "the test stopped with AssertionError"),
        ("units = '3'", 0, "the test stopped with TypeError"),
        ("pass", 0, "the test stopped with NameError"),
        ("raise SystemExit", 0, "the test stopped with"),
        ("import os; os._exit(1)", 0, "the test stopped with"),
    ],
)
def test_an_ordinary_test_is_graded_as_nbgrader_does_and_tells_no_hidden_test(course, units, points, words):
    submit(course, "student-01", hand_in_with(hand_in("right, plainly"), units=units))
    grade(course)
    with gradebook_of(course) as gradebook:
        assert gradebook.find_grade(ASSERT, NAME, NAME, "student-01").auto_score == points
        assert gradebook.find_grade("test_grad_w", NAME, NAME, "student-01").auto_score == 3
    assert nbgrader(course, course / "f.log", "generate_feedback", NAME) == 0
    page = (course / "feedback" / "student-01" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert words.lower() in page.lower()
    assert "units == 3" not in page


def test_nbgrader_with_our_lines_records_the_same(course, tmp_path):
    submit(course, "student-01", hand_in_with(hand_in("right, plainly"), essay=ESSAYS, units="units = 4"))
    twin = copy(course, tmp_path / "twin")
    grade(course)
    for _ in range(2):
        assert nbgrader(twin, twin / "a.log", "autograde", NAME, "--force") == 0, (twin / "a.log").read_text()
    assert in_formgrader(course) == in_formgrader(twin) == (20, True)
    assert nbgrader(course, course / "a.log", "autograde", NAME, "--force") == 0
    assert in_formgrader(course) == (20, True)


# A grade by hand, and then another submission


def test_a_manual_grade_for_an_earlier_submission_is_doubtful_everywhere(course):
    edit = hand_in_with(hand_in("right, plainly"), essay=ESSAYS)
    submit(course, "student-01", edit)
    grade(course)
    set_grade(course, ESSAY, 2)
    set_grade(course, TASK, 2)
    set_grade(course, "test_grad_w", 1.5)
    submit(course, "student-01", hand_in_with(hand_in("right, plainly"), essay="Something else."))
    first, told = twice(course)
    assert first == (1, "waiting", 23.5, ALL, ["test_grad_w", ESSAY, TASK])
    assert "the grade that a person gave to an earlier submission still counts, and needs a look" in told
    assert in_formgrader(course) == (23.5, True)
    assert f"given by hand for an earlier submission: grad_w, {ESSAY}, {TASK}" in report_of(course)


def test_a_dry_run_says_what_the_run_would_say(course):
    submit(course, "student-01", hand_in_with(hand_in("right, plainly"), essay=ESSAYS))
    dry = answer_of(course, "student-01", "--dry-run")[0]
    assert dry == answer_of(course)[0]


def test_the_outcome_of_a_student_that_was_not_graded_again_has_its_points(course):
    submit(course, "student-01", hand_in_with(hand_in("right, plainly")))
    grade(course)
    set_grade(course, TASK, 1)
    _, answer, _ = grade(course)
    assert json.loads(json.dumps(answer["students"][0]))["points"] == 22


# Late


def late(course, minutes_late):
    with gradebook_of(course) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-11-20 10:00:00")
    submit(course, "student-01", hand_in("right, plainly"), f"2026-11-20 10:{minutes_late:02d}:00 UTC")


PLUGIN = """\
from nbgrader.plugins import BasePlugin


class Penalty(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {points}
"""


def penalty_of(course):
    with gradebook_of(course) as gradebook:
        return gradebook.find_submission(NAME, "student-01").late_submission_penalty


def test_another_rule_for_being_late_has_the_late_ones_graded_again(course):
    (course / "penalty.py").write_text(PLUGIN.format(points=2))
    configure(course, f"import sys; sys.path.insert(0, {str(course)!r})",
              "c.AssignLatePenalties.plugin_class = 'penalty.Penalty'")  # fmt: skip
    late(course, 30)
    submit(course, "student-02", hand_in("right, plainly"), "2026-11-20 09:00:00 UTC")
    assert run_grade(course) == {"student-01": "waiting", "student-02": "waiting"}
    assert penalty_of(course) == 2
    (course / "penalty.py").write_text(PLUGIN.format(points=3))
    assert run_grade(course) == {"student-01": "waiting", "student-02": "waiting"}
    assert penalty_of(course) == 3


def run_grade(course):
    """Grade in a process of its own, which loads the course's plug-in anew; status by student."""
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-m", "autograder", "grade", "--json"], cwd=course,
                          capture_output=True, text=True)  # fmt: skip
    return {s["student"]: s["status"] for s in json.loads(done.stdout)["students"]}


def test_without_a_time_stamp_the_one_before_counts_and_none_at_all_is_told(course):
    late(course, 30)
    submit(course, "student-02", hand_in("right, plainly"))
    told = grade(course)[2]
    assert "1  without a time stamp, so taken as in time" in told
    before = penalty_of(course)
    (course / "submitted" / "student-01" / NAME / "timestamp.txt").unlink()
    submit(course, "student-01", hand_in("right, with einsum"))
    grade(course)
    assert penalty_of(course) == before
    assert grade(course)[1]["counts"] == {"waiting": 2}


# The secret


def test_a_lost_secret_stops_a_regrade_before_anything_changes(course):
    submit(course, "student-01", hand_in_with(hand_in("right, plainly")))
    grade(course)
    (course / ".autograder_secret").unlink()
    before = (course / "gradebook.db").read_bytes()
    executed = course / "autograded" / "student-01" / NAME / f"{NAME}.ipynb"
    for force in ([], ["--force"]):
        code, _, told = grade(course, *force)
        assert code == 2
        assert ".autograder_secret, the course's secret, is missing" in told
    assert nbgrader(course, course / "a.log", "autograde", NAME, "--force") == 1
    assert "the course's secret, is missing" in (course / "a.log").read_text()
    assert (course / "gradebook.db").read_bytes() == before
    assert executed.is_file()
    assert not (course / ".autograder_secret").exists()
    assert grade(course, "--new-secret")[0] == 1
    assert (course / ".autograder_secret").is_file()
    assert nbgrader(course, course / "a.log", "autograde", NAME, "--force") == 0


def test_a_new_course_needs_no_option_for_its_secret(course):
    submit(course, "student-01", hand_in_with(hand_in("right, plainly")))
    assert answer_of(course)[0][1] == "waiting"


# Cells that come and go


def test_a_question_added_before_the_first_submission_is_taken_over(course):
    edit_source(course, remove=TASK)
    code, _, told = grade(course)
    assert code == 2
    assert f"has changed since it was released: {TASK}. Run `nbgrader generate_assignment --force" in told
    assert release_again(course) == 0
    submit(course, "student-01", hand_in_with(hand_in("right, plainly")))
    assert answer_of(course)[0] == (0, "graded", 21, ALL - 2, [])


@pytest.mark.parametrize("removed", [TASK, ESSAY, ASSERT, "grad_w", "test_grad_w"])
def test_a_cell_removed_after_grading_touches_nothing_and_says_what_works(course, removed):
    submit(course, "student-01", hand_in_with(hand_in("right, plainly")))
    grade(course)
    source = course / "source" / NAME / f"{NAME}.ipynb"
    whole, before = source.read_bytes(), (course / "gradebook.db").read_bytes()
    edit_source(course, remove=removed)
    code, _, told = grade(course)
    assert code == 2
    assert f"other cells than the gradebook: {removed}" in told
    assert "generate_assignment --force" in told
    released = (course / "release" / NAME / f"{NAME}.ipynb").read_bytes()
    assert release_again(course) == 1
    assert f"other cells than the gradebook: {removed}" in (course / "again.log").read_text()
    assert (course / "release" / NAME / f"{NAME}.ipynb").read_bytes() == released
    assert (course / "gradebook.db").read_bytes() == before
    source.write_bytes(whole)
    assert grade(course)[1]["counts"] == {"waiting": 1}


def test_what_is_said_to_work_works(course):
    submit(course, "student-01", hand_in_with(hand_in("right, plainly")))
    grade(course)
    edit_source(course, remove=TASK)
    assert nbgrader(course, course / "db.log", "db", "assignment", "remove", NAME, "--force") == 0
    assert release_again(course) == 0
    assert answer_of(course)[0] == (0, "graded", 21, ALL - 2, [])
