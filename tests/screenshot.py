"""Take the pictures of the documentation, in headless Chromium, from the real pages.

    python tests/screenshot.py [FOLDER]

writes notebook-light.png, notebook-dark.png, formgrader.png, feedback.png and report.png into FOLDER
(docs/images). Needs Debian's chromium, or another one named by the environment variable CHROMIUM.
"""

import json
import re
import sys
import tempfile
from pathlib import Path

import demo
from playwright.sync_api import Page, expect
from support.browser import CHROMIUM, THEMES, Notebook, browsing, hand_out, jupyterlab
from support.formgrader import Formgrader
from support.sample_class import NAME, RELEASE, cell_of, hand_in

from autograder.commands.init import lay_out

STUB = "# YOUR CODE HERE\n    raise NotImplementedError()"
ANSWERS = {
    "grad_z": "return 2 * (z - y)",
    "grad_w": "return dL_dz * h",
    "grad_c": "return dL_dz",
    "grad_h": "return dL_dz * w",
    "grad_g": "return dL_dh * sigma(g)",
}
STUDENT, LABEL = "student-01", "σ for σ′"  # whose hand-in is shown
NO_CHROMIUM = "no Chromium: install Debian's package chromium, or name another one in CHROMIUM"


def notebook_half_way(work: Path, theme: str, picture: Path) -> None:
    """A student's notebook: four questions are right, and the fifth has gone wrong."""
    hand_out(work / "work")
    released = json.loads(RELEASE.read_text(encoding="utf-8"))
    with jupyterlab(work / "work", work / "home", theme) as address, browsing(picture.stem) as page:
        notebook = Notebook(page, address)
        notebook.run("setup")
        for question, line in ANSWERS.items():
            source = "".join(cell_of(released, question)["source"]).replace(STUB, line)
            shown = notebook.answer(question, source)
        expect(shown.locator("svg[role=img]")).to_have_attribute("aria-label", re.compile("Wrong: ∂L/∂g\\."))
        page.keyboard.press("Control+b")  # closes the side bar
        notebook.cell(f"task-{question}").evaluate("cell => cell.scrollIntoView()")
        page.screenshot(path=picture)


def graded_course(folder: Path) -> None:
    """A course with one hand-in, graded, and its feedback written."""
    lay_out(folder)
    submitted = folder / "submitted" / STUDENT / NAME / f"{NAME}.ipynb"
    submitted.parent.mkdir(parents=True)
    submitted.write_text(hand_in(LABEL) or "", encoding="utf-8")
    for command in ("generate_assignment", "autograde", "generate_feedback"):
        log = folder / f"{command}.log"
        if demo.nbgrader(folder, log, command, NAME):
            sys.exit(log.read_text(encoding="utf-8"))


def sample_report(folder: Path) -> Path:
    """The report on the sample class."""
    demo.fresh(folder)
    demo.run_steps(folder)
    return folder / demo.RESULTS["report"]


def manual_grading(page: Page, address: str, picture: Path) -> None:
    """Formgrader's view of the question that went wrong."""
    page.goto(f"{address}/lab?reset")
    tour = Formgrader(page)
    page.keyboard.press("Control+b")
    tour.open("Manual Grading", NAME, NAME)
    tour.row(STUDENT).locator("a.name-hidden").click()
    expect(tour.frame.locator("input#test_grad_g")).to_have_attribute("placeholder", "0")
    answer = tour.frame.locator(".nbgrader_cell").filter(has=tour.frame.locator("#grad_g-comment"))
    answer.evaluate("cell => { cell.scrollIntoView(); scrollBy(0, -101) }")  # below the page's head
    page.screenshot(path=picture)


def main(folder: Path) -> None:
    """Write all the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for theme in THEMES:
            notebook_half_way(work / theme, theme, folder / f"notebook-{theme}.png")
        graded_course(work / "course")
        with (
            jupyterlab(work / "course", work / "home") as address,
            browsing("documentation", width=1250, height=788) as page,
        ):
            manual_grading(page, address, folder / "formgrader.png")
            page.goto((work / "course" / "feedback" / STUDENT / NAME / f"{NAME}.html").as_uri())
            page.screenshot(path=folder / "feedback.png")
            page.goto(sample_report(work / "class").as_uri())
            page.screenshot(path=folder / "report.png")


if __name__ == "__main__":
    if len(sys.argv) > 2 or "-h" in sys.argv or "--help" in sys.argv:
        sys.exit(__doc__)
    if not CHROMIUM:
        sys.exit(NO_CHROMIUM)
    main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "images"))
