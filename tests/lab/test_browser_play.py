"""What a student plays with, in JupyterLab: values at hand, a prediction, a bug to find; and narrow pages."""

import re

import pytest
from playwright.sync_api import expect
from support.answers import PLAIN
from support.browser import CHROMIUM, PICTURES, Notebook, browsing, hand_out, jupyterlab

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium: install Debian's package chromium")

SLOPE = "def slope(f, t, step=1e-6):\n    return (f(t + step) - f(t - step)) / (2 * step)"
# Whether an output of a cell is wider than its place.
OVERFLOWS = """cell => [...cell.querySelectorAll(".jp-OutputArea-output")]
    .some((output) => output.scrollWidth > output.clientWidth + 1)"""
# Whether the right end, where the backward pass begins, is seen without scrolling.
LOSS_IS_SEEN = """cell => {
    const right = (element) => element.getBoundingClientRect().right;
    const svg = cell.querySelector("svg[role=img]");
    return right(svg) <= right(svg.parentElement) + 1;
}"""
# The words of an output that are broken, at the end of a line.
BROKEN_WORDS = """cell => [...cell.querySelectorAll("pre")].flatMap((pre) => {
    const texts = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT), broken = [], word = new Range();
    while (texts.nextNode()) for (const found of texts.currentNode.data.matchAll(/\\S+/g)) {
        word.setStart(texts.currentNode, found.index);
        word.setEnd(texts.currentNode, found.index + found[0].length);
        if (word.getClientRects().length > 1) broken.push(found[0]);
    }
    return broken;
})"""
SMALLEST_LETTER = """svg => 12 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width"""


@pytest.fixture(scope="module", params=["light", "dark"])
def theme(request):
    return request.param


@pytest.fixture(scope="module")
def notebook(tmp_path_factory, theme):
    """One for all tests here, which play in cells of their own: to open it takes longer than to play."""
    folder = tmp_path_factory.mktemp(theme)
    hand_out(folder / "work")
    with (
        jupyterlab(folder / "work", folder / "home", theme) as address,
        browsing(f"play-{theme}", width=1280) as page,
    ):
        yield Notebook(page, address)


@pytest.mark.parametrize("theme", ["light"], indirect=True)
def test_values_are_at_hand_to_try_a_function(notebook):
    for name in ("setup", "example", "upstream"):
        notebook.run(name)
    expect(notebook.cell("upstream").locator(".jp-Cell-outputArea")).to_contain_text("dL_dz = 0.8186")
    notebook.write("grad_w", PLAIN["grad_w"] + "\n\n\nprint(grad_w(dL_dz, h))")
    expect(notebook.run("grad_w")).to_contain_text("[0.5397")
    expect(notebook.run("loop")).to_contain_text("[[1. 1. 4.]")


@pytest.mark.parametrize("theme", ["light"], indirect=True)
def test_a_prediction_is_answered_by_running_and_a_bug_is_found(notebook):
    for name in ("setup", "example"):
        notebook.run(name)
    expect(notebook.run("predict")).to_contain_text(re.compile(r"you said '\?', L changes by \+0\.008"))
    notebook.write("slope", SLOPE)
    notebook.run("slope")
    expect(notebook.run("check_slope")).to_contain_text("✓ slope is right")

    source = "\n".join(notebook.cell("bug").locator(".cm-line").all_inner_texts())
    notebook.run("bug")
    shown = notebook.run("bug_check")
    expect(shown).to_contain_text(re.compile(r"✗ dF_dp.*✗ dF_dq.*✓ dF_dr", re.DOTALL))
    notebook.write("bug", source.replace("(1 - k)", "(1 - k**2)"))
    notebook.run("bug")
    expect(notebook.run("bug_check")).to_contain_text(re.compile(r"✓ dF_dp.*✓ dF_dq.*✓ dF_dr", re.DOTALL))

    folded = notebook.cell("reflections").locator("details").first
    expect(folded.locator("p")).to_be_hidden()
    folded.locator("summary").click()
    expect(folded.locator("p")).to_be_visible()


def test_pictures_are_legible_at_every_width(notebook, theme):
    page = notebook.page
    notebook.run("setup")
    notebook.answer("grad_z", "def grad_z(z, y):\n    return z - y")
    notebook.answer("grad_g", PLAIN["grad_g"])
    notebook.run("progress")
    page.keyboard.press("Control+b")  # closes the side bar
    for width in (1280, 1000, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for name in ("test_grad_z", "progress"):
            cell = notebook.cell(name)
            cell.scroll_into_view_if_needed()
            drawing = cell.locator("svg[role=img]")
            expect(drawing).to_be_visible()
            assert drawing.evaluate(SMALLEST_LETTER) >= 10
            assert cell.evaluate(LOSS_IS_SEEN)
            assert cell.evaluate(BROKEN_WORDS) == []
            if width >= 1000:
                assert not cell.evaluate(OVERFLOWS)
            cell.evaluate("cell => cell.scrollIntoView({block: 'center'})")
            page.screenshot(path=PICTURES / f"width-{width}-{theme}-{name}.png")
