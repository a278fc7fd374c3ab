"""One notebook graded in a sandbox, and what it shows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat

from autograder import exercises
from autograder.adapters.nbgrader.template import template_of
from autograder.judging.sampling import seed_for
from autograder.sandbox.limits import Limits
from autograder.sandbox.processes import Sandbox
from autograder.sandbox.protocol import load
from autograder.submission.execute import execute
from autograder.submission.hidden_test import Grading
from autograder.submission.rebuild import rebuild
from autograder.submission.session import Session
from exercise import POINTS
from support.sample_class import NAME, RELEASE, Notebook

SOURCE = Path(__file__).parents[2] / "source" / NAME
EXERCISE = exercises.find(NAME)
SEED = seed_for(b"a secret of the tests", NAME, "student-01", b"")
TOKEN = "53.0625"  # seconds that a daemon sleeps: a number that no other process has
NOTHING = dict.fromkeys(POINTS, 0.0)
ORDINARY = 62_500  # a user who may read this Python, wherever it lies, and owns nothing else
AS_ORDINARY = [f"--reuid={ORDINARY}", f"--regid={ORDINARY}", "--clear-groups",
               "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]  # fmt: skip


def hand_in(change: Callable[[Notebook], Notebook]) -> Notebook:
    """The released notebook, changed."""
    return change(json.loads(RELEASE.read_text(encoding="utf-8")))


def grade(
    sandbox: Sandbox, submission: Notebook, folder: Path = SOURCE
) -> tuple[dict[str, float | None], Notebook]:
    """The points by question, and the executed notebook."""
    built = rebuild(template_of(SOURCE / f"{NAME}.ipynb"), load(json.dumps(submission)))
    with Session(sandbox, [folder], cell_time=2.0, notebook_time=30.0, public=SOURCE) as session:
        found = execute(built.notebook, session, Grading(EXERCISE, SEED, {})).verdicts
    nbformat.validate(nbformat.from_dict(built.notebook))
    json.dumps(built.notebook, ensure_ascii=False).encode()  # it can be written to a file
    return {v.question: v.points(POINTS[v.question]) for v in found.values()}, built.notebook


def shown(notebook: Notebook) -> str:
    """All that the cells show, but for their sources, which errors repeat."""
    texts = []
    for output in (o for c in notebook["cells"] for o in c.get("outputs", [])):
        texts += [output.get("text", ""), output.get("evalue", ""), str(output.get("data", ""))]
    return "\n".join(texts)


def printed(sandbox: Sandbox, source: str, public: Path | None = None, **more: Any) -> str:
    """What a cell shows that is run in a process of its own."""
    limits = more.pop("limits", Limits())
    material = more.pop("material", [])
    with Session(sandbox, material, 20.0, 60.0, limits=limits, public=public) as session:
        return shown({"cells": [{"outputs": session.run(source)[0]}]}).strip()
