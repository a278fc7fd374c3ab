"""Take the README's picture: a student's notebook in JupyterLab, in headless Chromium.

    pip install playwright
    python tests/screenshot.py [light|dark] PICTURE

Needs Debian's chromium, or another one named by the environment variable CHROMIUM.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from sample_class import NAME, RELEASE, cell_of

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
STUB = "# YOUR CODE HERE\n    raise NotImplementedError()"
ANSWERS = {
    "grad_z": "return 2 * (z - y)",
    "grad_w": "return dL_dz * h",
    "grad_c": "return dL_dz",
    "grad_h": "return dL_dz * w",
    "grad_g": "return dL_dh * sigma(g)",
}
PORT = 8899
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def lay_out(folder: Path, theme: str) -> None:
    """A student's folder, half way through, and JupyterLab's settings for the theme."""
    shutil.copytree(RELEASE.parent, folder / NAME)
    notebook = json.loads(RELEASE.read_text(encoding="utf-8"))
    for question, line in ANSWERS.items():
        cell = cell_of(notebook, question)
        cell["source"] = "".join(cell["source"]).replace(STUB, line)
    (folder / NAME / f"{NAME}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    for kind, chosen in {"themes": {"theme": THEMES[theme]}, "notification": {"fetchNews": "false"}}.items():
        (settings / f"{kind}.jupyterlab-settings").write_text(json.dumps(chosen), encoding="utf-8")


@contextlib.contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """The address of a JupyterLab that runs in the folder."""
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={PORT}",
               "--ServerApp.port_retries=0", "--IdentityProvider.token=", "--LabApp.news_url=",
               "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]  # fmt: skip
    environment = {**os.environ, "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")}
    server = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{PORT}"
    try:
        for _ in range(120):
            time.sleep(0.5)
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/api"):
                break
        yield address
    finally:
        server.terminate()
        server.wait()


def run_all(page: Page, address: str) -> None:
    """Open the notebook, close the side bar, run every cell, and wait for the last picture."""
    page.goto(f"{address}/lab/tree/{NAME}/{NAME}.ipynb?reset")
    page.get_by_text("Question 8").first.wait_for(state="attached", timeout=60_000)
    page.wait_for_timeout(5_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells")).click()
    page.wait_for_timeout(15_000)
    page.keyboard.press("Control+b")
    page.wait_for_timeout(1_000)


def main(theme: str, picture: Path) -> None:
    """Write the picture of the question that went wrong, with the graph below it."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        lay_out(Path(name), theme)
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        page = browser.new_page(viewport={"width": 1250, "height": 1080})
        with jupyterlab(Path(name)) as address:
            run_all(page, address)
            question = page.locator(".jp-MarkdownOutput h3", has_text="Question 5")
            for _ in range(3):  # the notebook lays out what comes into view, and moves it
                question.first.evaluate("e => e.scrollIntoView()")
                page.wait_for_timeout(1_000)
            page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in THEMES:
        sys.exit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]))
