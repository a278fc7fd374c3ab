"""The released notebook in JupyterLab, in a real browser: what a student sees and does."""

import re

import pytest
from playwright.sync_api import expect
from support.answers import PLAIN
from support.browser import CHROMIUM, PICTURES, Notebook, browsing, hand_out, jupyterlab

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium: install Debian's package chromium")

WRONG_Z = "def grad_z(z, y):\n    return z - y"
TRANSPOSED = "def grad_u(dL_dg, x):\n    return np.outer(x, dL_dg)"


@pytest.fixture(params=["light", "dark"])
def theme(request):
    return request.param


@pytest.fixture
def notebook(tmp_path, theme, request):
    hand_out(tmp_path / "work")
    with (
        jupyterlab(tmp_path / "work", tmp_path / "home", theme) as address,
        browsing(request.node.name) as page,
    ):
        yield Notebook(page, address)


def picture(output):
    """The one picture of an output, once it is there and drawn."""
    image = output.locator("img")
    expect(image).to_have_count(1)
    image.evaluate("image => image.decode()")
    return image


def test_the_graph_lights_up_as_answers_come_right(notebook, theme):
    page = notebook.page
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", str(theme == "light").lower())
    notebook.run("setup")
    notebook.run("grad_z")
    shown = notebook.run("test_grad_z")
    expect(shown).to_have_text("○ grad_z: not answered yet.")
    expect(shown.locator("img")).to_have_count(0)

    shown = notebook.answer("grad_z", WRONG_Z)
    expect(shown).to_contain_text("✗ grad_z: wrong value. ∂L/∂z at the notebook's numbers:")
    expect(shown).to_contain_text("→ What is the derivative of t²?")
    expect(shown).to_contain_text("So far 0 of 8 checks pass, worth 0 of 20 points.")
    expect(picture(shown)).to_have_attribute("alt", re.compile(r"0 of 7 gradients right\. Wrong: ∂L/∂z\."))
    page.screenshot(path=PICTURES / f"notebook-wrong-{theme}.png")

    shown = notebook.answer("grad_z", PLAIN["grad_z"])
    expect(shown).to_contain_text("✓ grad_z is right")
    expect(shown).to_contain_text("So far 1 of 8 checks pass, worth 2 of 20 points.")
    expect(picture(shown)).to_have_attribute(
        "alt", re.compile(r"1 of 7 gradients right\. Right: ∂L/∂z\. Open")
    )

    shown = notebook.answer("grad_u", TRANSPOSED)
    expect(shown).to_contain_text("✗ grad_u: wrong shape: got (2, 3); ∂L/∂u has the shape of u, (3, 2).")
    expect(picture(shown)).to_have_attribute("alt", re.compile(r"Right: ∂L/∂z\. Wrong: ∂L/∂u\. Open: ∂L/∂w"))
    picture(shown).scroll_into_view_if_needed()
    page.screenshot(path=PICTURES / f"notebook-{theme}.png")


@pytest.mark.parametrize("theme", ["light"], indirect=True)
def test_a_whole_notebook_from_the_first_answer_to_handing_in(notebook, tmp_path):
    notebook.run("setup")
    for question, source in PLAIN.items():
        shown = notebook.answer(question, source)
        expect(shown).to_contain_text(
            f"✓ {question} is right: it agrees with the numerical gradient at 3 inputs."
        )
    expect(shown).to_contain_text(
        "All 8 checks pass, worth 20 of 20 points, and they were all run again just now."
    )
    expect(picture(shown)).to_have_attribute("alt", re.compile("7 of 7 gradients right.* pass is right"))
    training = notebook.run("training")
    expect(training).to_contain_text("the mean loss went from")
    expect(picture(training)).to_have_attribute("alt", re.compile("the mean loss over 400 passes goes"))
    expect(picture(notebook.run("step"))).to_have_attribute("alt", re.compile("Central differences make a V"))
    notebook.page.screenshot(path=PICTURES / "notebook-finished.png")
    notebook.save()
    notebook.page.locator(".jp-NotebookPanel-toolbar").get_by_text("Validate", exact=True).click()
    expect(notebook.page.locator(".jp-Dialog")).to_contain_text(
        "Success! Your notebook passes all the tests."
    )

    elsewhere = tmp_path / "another account"  # for which the outputs are not trusted, but sanitised
    elsewhere.mkdir()
    with jupyterlab(tmp_path / "work", elsewhere) as address:
        shown = Notebook(notebook.page, address).cell("test_grad_u").locator(".jp-Cell-outputArea")
        expect(picture(shown)).to_have_attribute("alt", re.compile("6 of 7 gradients right"))
        shown.scroll_into_view_if_needed()
        notebook.page.screenshot(path=PICTURES / "notebook-not-trusted.png")
