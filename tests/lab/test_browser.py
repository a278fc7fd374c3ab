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
    """The one picture of an output."""
    drawing = output.locator("svg[role=img]")
    expect(drawing).to_have_count(1)
    return drawing


# The contrast of each text of a picture with what lies behind it, the least of all.
CONTRAST = """svg => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    const over = (colours) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const linear = (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const light = (rgb) => rgb.map((c) => linear(c / 255))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0.05);
    const paper = getComputedStyle(svg.closest(".jp-Notebook")).backgroundColor;
    const behind = (text) => {
        const y = +text.getAttribute("y"), x = +text.getAttribute("x");
        return [...svg.querySelectorAll("rect")].filter((r) => {
            const [left, top, width, height] = ["x", "y", "width", "height"].map((n) => +r.getAttribute(n));
            return x > left && x < left + width && y > top && y < top + height;
        }).map((r) => getComputedStyle(r).fill).filter((fill) => fill !== "none");
    };
    return Math.min(...[...svg.querySelectorAll("text")].map((text) => {
        const ground = [paper, ...behind(text)];
        const text_on = over([...ground, getComputedStyle(text).fill]);
        const [dim, bright] = [over(ground), text_on].map(light).sort((a, b) => a - b);
        return bright / dim;
    }));
}"""


def test_the_graph_lights_up_as_answers_come_right(notebook, theme):
    page = notebook.page
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", str(theme == "light").lower())
    notebook.run("setup")
    notebook.run("grad_z")
    shown = notebook.run("test_grad_z")
    expect(shown).to_have_text("○ grad_z: not answered yet.")
    expect(shown.locator("svg[role=img]")).to_have_count(0)

    shown = notebook.answer("grad_z", WRONG_Z)
    expect(shown).to_contain_text("✗ grad_z: wrong value. ∂L/∂z at the notebook's numbers:")
    expect(shown).to_contain_text("→ What is the derivative of t²?")
    expect(shown).to_contain_text("So far 0 of 8 checks pass, worth 0 of 20 points.")
    expect(picture(shown)).to_have_attribute(
        "aria-label", re.compile(r"0 of 7 gradients right\. Wrong: ∂L/∂z\.")
    )
    page.screenshot(path=PICTURES / f"notebook-wrong-{theme}.png")

    shown = notebook.answer("grad_z", PLAIN["grad_z"])
    expect(shown).to_contain_text("✓ grad_z is right")
    expect(shown).to_contain_text("So far 1 of 8 checks pass, worth 2 of 20 points.")
    expect(picture(shown)).to_have_attribute(
        "aria-label", re.compile(r"1 of 7 gradients right\. Right: ∂L/∂z\. Open")
    )

    shown = notebook.answer("grad_u", TRANSPOSED)
    expect(shown).to_contain_text("✗ grad_u: wrong shape: got (2, 3); ∂L/∂u has the shape of u, (3, 2).")
    expect(picture(shown)).to_have_attribute(
        "aria-label", re.compile(r"Right: ∂L/∂z\. Wrong: ∂L/∂u\. Open: ∂L/∂w")
    )
    picture(shown).scroll_into_view_if_needed()
    page.screenshot(path=PICTURES / f"notebook-{theme}.png")
    assert picture(shown).evaluate(CONTRAST) >= 4.5

    whole = notebook.run("progress")
    expect(whole.locator("figcaption")).to_contain_text("1 of 7 gradients right.")
    assert picture(whole).evaluate(CONTRAST) >= 4.5


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
    expect(picture(shown)).to_have_attribute(
        "aria-label", re.compile("7 of 7 gradients right.* pass is right")
    )
    training = notebook.run("training")
    expect(training).to_contain_text("the mean loss went from")
    expect(picture(training)).to_have_attribute(
        "aria-label", re.compile("the mean loss over 400 passes goes")
    )
    expect(picture(notebook.run("step"))).to_have_attribute(
        "aria-label", re.compile("Central differences make a V")
    )
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
        expect(shown.locator(".lab-picture p")).to_contain_text("6 of 7 gradients right")
        expect(shown.locator("svg[role=img]")).to_have_count(0)  # dropped with its letters: the words stay
        expect(shown.locator(".lab-picture div")).to_be_hidden()
        shown.scroll_into_view_if_needed()
        notebook.page.screenshot(path=PICTURES / "notebook-not-trusted.png")
