"""The released notebook in Jupyter Notebook 7, in a real browser: as it is handed out, and solved."""

import json

import pytest
from playwright.sync_api import expect
from released import LARGEST, solved
from support.browser import CHROMIUM, Notebook7, browsing, hand_out, jupyterlab, menu
from support.sample_class import NAME

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium: install Debian's package chromium")

ERROR = "[data-mime-type='application/vnd.jupyter.error'], [data-mime-type='application/vnd.jupyter.stderr']"


@pytest.fixture(scope="module")
def page_and_path(tmp_path_factory):
    """A page, its server's address, and the path of the notebook that it serves."""
    folder = tmp_path_factory.mktemp("notebook7")
    path = hand_out(folder / "work")
    with (
        jupyterlab(folder / "work", folder / "home", application="notebook") as address,
        browsing("notebook-7") as page,
    ):
        yield page, address, path


def run_all(page, address):
    """Open the notebook, and do what students are told to do before they hand it in."""
    notebook = Notebook7(page, address)
    menu(page, "Kernel", "Restart Kernel and Run All Cells…")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    last = f"[{page.locator('.jp-Notebook .jp-CodeCell').count()}]:"
    expect(notebook.cell("progress").locator(".jp-InputPrompt")).to_have_text(last)
    expect(page.locator(ERROR)).to_have_count(0)
    return notebook


def test_the_untouched_notebook_runs_without_an_exception(page_and_path):
    page, address, _ = page_and_path
    notebook = run_all(page, address)
    expect(notebook.cell("test_grad_z")).to_contain_text("○ grad_z: not answered yet.")
    expect(notebook.cell("progress")).to_contain_text("So far 0 of 8 checks pass")


def test_the_solved_notebook_is_right_and_drawn_and_saved_in_little_space(page_and_path):
    page, address, path = page_and_path
    path.write_text(json.dumps(solved(NAME)), encoding="utf-8")
    notebook = run_all(page, address)
    expect(notebook.cell("progress")).to_contain_text("All 8 checks pass, worth 20 of 20 points")
    expect(notebook.cell("progress").locator("svg[role=img]")).to_be_visible()
    expect(notebook.cell("training").locator("svg[role=img]")).to_be_visible()
    with page.expect_response(lambda response: response.request.method == "PUT"):
        page.keyboard.press("Control+s")
    saved = path.read_bytes()
    assert b"All 8 checks pass" in saved
    assert len(saved) < LARGEST
