"""The whole way from the source to the grades, for the sample class, on real nbgrader.

    python tests/demo.py [FOLDER]

makes a course in FOLDER (build/demo), hands the release out, collects the sample class, grades
it, writes feedback, a report and a CSV file, and prints a summary.
"""

import os
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from support.sample_class import NAME, STUDENTS, make

from autograder.adapters.nbgrader.template import template_of
from autograder.commands.init import CONFIG, lay_out
from autograder.submission.notebook import read_notebook
from autograder.submission.rebuild import about, trusted
from exercise import POINTS

DOWNLOADS = r".*[\\/](?P<student_id>[^\\/_]+)_attempt_(?P<timestamp>[0-9T]+)_(?P<file_id>[^\\/]+)"
# This class means no harm: where there is no isolation, it may be graded without.
SETTINGS = (
    "c.IsolatedExecute.cell_time = 8  # seconds: one of the class has an endless cell",
    f"c.IsolatedExecute.unconfined = {sys.platform != 'linux'}",
)
STEPS = {
    "release": ["nbgrader", "generate_assignment", NAME],
    "class list": ["nbgrader", "db", "student", "import", f"downloaded/{NAME}/archive/students.csv"],
    "collect": ["nbgrader", "zip_collect", NAME, f"--FileNameCollectorPlugin.named_regexp={DOWNLOADS}"],
    "grade": ["autograder", "grade", NAME],
    "feedback": ["nbgrader", "generate_feedback", NAME],
    "report": ["autograder", "report", NAME],
    "grades as CSV": ["nbgrader", "export", "--to", "grades.csv"],
}
RESULTS = {
    "feedback": "feedback/",
    "report": f"report/{NAME}/report.html",
    "grades": "grades.csv",
    "gradebook": "gradebook.db",
}
MARK = ".made_by_demo"

NOT_OURS = "{course} is there and was not made by this script. Name another folder."
NOTHING = "no notebook submitted"


def fresh(course: Path) -> None:
    """Lay out a new course, in place of what an earlier run of this script left there."""
    if course.exists() and not (course / MARK).exists():
        sys.exit(NOT_OURS.format(course=course))
    shutil.rmtree(course, ignore_errors=True)
    lay_out(course)
    with (course / CONFIG).open("a", encoding="utf-8") as config:
        config.write("\n".join(("", *SETTINGS, "")))
    (course / MARK).touch()
    make(course / "downloaded" / NAME / "archive")


def run(course: Path, log: Path, *command: str) -> int:
    """Run a command of nbgrader's or of ours in the course folder; its exit code."""
    own = Path(sys.executable).parent  # nbgrader calls alembic, which has to be on the PATH
    environment = {**os.environ, "PATH": f"{own}{os.pathsep}{os.environ['PATH']}"}
    whole = [sys.executable, "-m", *command]
    with log.open("w", encoding="utf-8") as output:
        return subprocess.call(whole, cwd=course, env=environment, stdout=output, stderr=output)


def nbgrader(course: Path, log: Path, *arguments: str) -> int:
    """Run one nbgrader command in the course folder; its exit code."""
    return run(course, log, "nbgrader", *arguments)


def run_steps(course: Path) -> None:
    """All the steps in their order, each with its log; one that fails is told, and the next runs."""
    logs = course / "logs"
    logs.mkdir()
    for number, (step, command) in enumerate(STEPS.items(), 1):
        start, log = time.monotonic(), logs / f"{number}-{command[1]}.log"
        code = run(course, log, *command)
        outcome = "done" if code == 0 else f"done, but some could not be processed: see {log}"
        print(f"  {step:14} {time.monotonic() - start:5.1f} s  {outcome}", flush=True)


def points_of(gradebook: Gradebook, student: str) -> dict[str, float | None]:
    """The points by question, None where there is no grade."""
    try:
        notebook = gradebook.find_submission_notebook(NAME, NAME, student)
    except MissingEntry:
        return dict.fromkeys(POINTS)
    scores = {grade.name.removeprefix("test_"): grade.auto_score for grade in notebook.grades}
    return {question: scores.get(question) for question in POINTS}


def remark(course: Path, student: str) -> str:
    """What an instructor has to know about a hand-in that is damaged or missing."""
    path = course / "submitted" / student / NAME / f"{NAME}.ipynb"
    template = template_of(course / "source" / NAME / path.name)
    if template is None or not path.exists():
        return NOTHING
    return "; ".join(about(trusted(template, partial(read_notebook, path)))["notes"])


def table(course: Path) -> list[str]:
    """The summary: a line for each student, with the points of each question."""
    cells = [("student", *(q.removeprefix("grad_") for q in POINTS), "total", "this student")]
    cells += [("points", *(f"{points:g}" for points in POINTS.values()), f"{sum(POINTS.values())}", "")]
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for student, label in STUDENTS.items():
            points = points_of(gradebook, student)
            shown = [f"{p:.3g}" if p is not None else "–" for p in points.values()]
            graded = [p for p in points.values() if p is not None]
            total = f"{sum(graded):.3g}" if graded else "–"
            note = " | ".join(filter(None, (label, remark(course, student))))
            cells.append((student, *shown, total, note))
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]) - 1)]
    return [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:-1], widths[1:]), row[-1]]) for row in cells
    ]


def main() -> None:
    """Make the course, run the steps, print the summary."""
    course = Path(sys.argv[1] if len(sys.argv) > 1 else "build/demo").resolve()
    print(f"A course with {len(STUDENTS)} students in {course}")
    fresh(course)
    run_steps(course)
    print("", *table(course), "", sep="\n")
    for what, where in RESULTS.items():
        print(f"  {what:10} {course / where}")


if __name__ == "__main__":
    main()
