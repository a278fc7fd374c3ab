"""The solution cells of a source notebook, graded like a student's: in the sandbox, at hidden test inputs."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from backprop_lab.validation import Status

from ..exercises import find, shown_points, source_of
from ..judging.verdict import Verdict, render
from ..sandbox import open_sandbox
from ..submission.cells import max_scores
from ..submission.notebook import read_notebook
from ..submission.pipeline import Job, Workshop
from .certificate import Finding, State

SOLUTIONS, POINTS = "solutions", "points"
SEED = b"a certificate of the solutions"

FULL = "all {count} solution cells of {file} get full points, at hidden test inputs"
OPEN = "not filled in yet: {names}. Write them in {file}"
FAILED = "the grader itself failed on {file}: {reason}"
NO_CELLS = "{file} has no graded cell test_{names}: its points cannot be given"
AGREE = "{total} in the notebook and in exercise.py"
DIFFER = (
    "{name} is worth {notebook} in the notebook, and {shown} by POINTS in exercise.py, which students see"
)


def _worth(path: Path) -> dict[str, float]:
    """What each question is worth, by the notebook."""
    return {n.removeprefix("test_"): points for n, points in max_scores(read_notebook(path)).items()}


def _notebook(name: str, course: Path | None) -> Path:
    return source_of(name, course) / f"{name}.ipynb"


def points(name: str, course: Path | None, asked: Mapping[str, object]) -> Finding:
    """Whether the notebook, which counts, and the visible check say the same of the points."""
    path = _notebook(name, course)
    worth, shown = _worth(path), shown_points(name, course)
    if missing := [question for question in asked if question not in worth]:
        return Finding(POINTS, State.WRONG, NO_CELLS.format(file=path.name, names=", test_".join(missing)))
    for question in asked:
        if worth[question] != shown.get(question):
            words = {"notebook": f"{worth[question]:g}", "shown": f"{shown.get(question, 0):g}"}
            return Finding(POINTS, State.WRONG, DIFFER.format(name=question, **words))
    total = f"{sum(worth[question] for question in asked):g}"
    return Finding(POINTS, State.RIGHT, AGREE.format(total=total))


def _job(name: str, course: Path | None) -> Job:
    path = _notebook(name, course)
    template = read_notebook(path)
    for cell in template["cells"]:
        cell["source"] = "".join(cell["source"])
    return Job("", path.read_bytes(), {}, template, name, course, SEED, {})


def _verdicts(name: str, course: Path | None) -> tuple[Mapping[str, Verdict], str]:
    """The verdicts on the solutions by graded cell, and why there are none."""
    shop = Workshop(open_sandbox(), unconfined=True)  # it is the instructor's own code
    try:
        done = shop.do(_job(name, course))
    finally:
        shop.close()
    reason = next((v.reason for v in done.verdicts.values() if v.log), "") if done.log else ""
    return done.verdicts, reason


def _findings(name: str, course: Path | None) -> Iterator[Finding]:
    file = _notebook(name, course).name
    verdicts, reason = _verdicts(name, course)
    if reason:
        yield Finding(SOLUTIONS, State.WRONG, FAILED.format(file=file, reason=reason))
        return
    worth = _worth(_notebook(name, course))
    less = {cell.removeprefix("test_"): v for cell, v in verdicts.items() if v.share != 1}
    unanswered = [name for name, verdict in less.items() if verdict.status is Status.OPEN]
    whole = find(name, course).public.whole.name
    for question, verdict in less.items():
        if question not in unanswered and not (unanswered and question == whole):  # which calls the others
            yield Finding(SOLUTIONS, State.WRONG, render(verdict, worth[question]))
    if unanswered:
        yield Finding(SOLUTIONS, State.OPEN, OPEN.format(names=", ".join(unanswered), file=file))


def solutions(name: str, course: Path | None) -> list[Finding]:
    """How the solutions fare; raises CannotIsolate where there is no sandbox."""
    found = list(_findings(name, course))
    if found:
        return found
    path = _notebook(name, course)
    return [Finding(SOLUTIONS, State.RIGHT, FULL.format(count=len(_worth(path)), file=path.name))]
