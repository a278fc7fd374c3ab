"""A real browser before a real JupyterLab: what the browser tests and the screenshots share.

Needs Debian's chromium, or another one named by the environment variable CHROMIUM.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, Route, expect, sync_playwright

from support.sample_class import NAME, RELEASE

CHROMIUM = shutil.which(os.environ.get("CHROMIUM", "chromium"))
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
PATIENCE = 60_000  # milliseconds for anything to appear: a slow machine is not a failure
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false"},
    "notebook-extension/tracker": {"windowingMode": "none"},  # all cells are there, none moves
}

DIED = "JupyterLab did not start:\n{log}"

expect.set_options(timeout=PATIENCE)


# The server


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def write_settings(folder: Path, theme: str = "light") -> None:
    """Write JupyterLab's settings into their folder."""
    for name, values in {**SETTINGS, "apputils-extension/themes": {"theme": THEMES[theme]}}.items():
        path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")


def _environment(home: Path, theme: str) -> dict[str, str]:
    """Settings, signatures and history of its own, so that nothing of this account matters."""
    write_settings(home / "settings", theme)
    places = {"JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces"}
    places |= {f"JUPYTER_{kind}_DIR": kind.lower() for kind in ("CONFIG", "DATA", "RUNTIME")}
    places |= {"IPYTHONDIR": "ipython"}
    own = Path(sys.executable).parent  # nbgrader calls alembic, which has to be on the PATH
    path = f"{own}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, **{key: str(home / name) for key, name in places.items()}}


def _wait_for(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Return as soon as the server answers; raises RuntimeError if it ended."""
    while server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/api").close()
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise RuntimeError(DIED.format(log=log.read_text(encoding="utf-8")))


@contextmanager
def jupyterlab(
    folder: Path, home: Path, theme: str = "light", application: str = "jupyterlab"
) -> Iterator[str]:
    """The address of a JupyterLab, or of a Jupyter Notebook (`application` is "notebook"), that serves the
    folder and keeps what is its own in `home`."""
    port = free_port()
    command = [sys.executable, "-m", application, "--no-browser", "--allow-root", f"--port={port}",
               "--ServerApp.port_retries=0", "--IdentityProvider.token=", "--LabApp.news_url=",
               "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]  # fmt: skip
    environment, log = _environment(home, theme), home / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            _wait_for(server, f"http://127.0.0.1:{port}", log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


# The browser


def _here_only(route: Route) -> None:
    if "//127.0.0.1:" in route.request.url or not route.request.url.startswith("http"):
        route.continue_()
    else:
        route.abort()


@contextmanager
def browsing(name: str, width: int = 1250, height: int = 1080) -> Iterator[Page]:
    """A page of a fresh browser without a network; how it looked at the end is kept under `name`."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^-\w]+", "-", name).strip("-")  # of a test, perhaps: test_it[light]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(PATIENCE)
        page.route("**", _here_only)
        try:
            yield page
        finally:
            page.screenshot(path=PICTURES / f"{name}.png")
            browser.close()


# A student's notebook


def hand_out(folder: Path) -> Path:
    """A student's folder, as it was handed out; the path of its notebook."""
    shutil.copytree(RELEASE.parent, folder / NAME)
    return folder / NAME / RELEASE.name


class Notebook:
    """The released notebook, open in JupyterLab: cells by their names, and what a student does."""

    place = "lab/tree/{name}/{name}.ipynb?reset"

    def __init__(self, page: Page, address: str) -> None:
        """Open it, and wait until its kernel is ready."""
        self.page = page
        self.names = [
            cell["metadata"].get("nbgrader", {}).get("grade_id") or cell["id"]
            for cell in json.loads(RELEASE.read_text(encoding="utf-8"))["cells"]
        ]
        self.runs = 0
        page.goto(f"{address}/{self.place.format(name=NAME)}")
        expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(self.names))
        self.wait()

    def wait(self) -> None:
        """Return as soon as the kernel has nothing to do."""
        expect(self.page.locator("#jp-main-statusbar")).to_contain_text("| Idle")

    def cell(self, name: str) -> Locator:
        """The cell with that name."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(self.names.index(name))

    def write(self, name: str, source: str) -> None:
        """Type a source in place of what the cell holds."""
        self.cell(name).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)

    def run(self, name: str) -> Locator:
        """Run the cell, and wait until it has run; what it shows."""
        self.cell(name).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        self.runs += 1
        expect(self.cell(name).locator(".jp-InputPrompt")).to_have_text(f"[{self.runs}]:")
        return self.cell(name).locator(".jp-Cell-outputArea")

    def answer(self, question: str, source: str) -> Locator:
        """Write an answer, run it and its check; what the check shows."""
        self.write(question, source)
        self.run(question)
        return self.run(f"test_{question}")

    def save(self) -> None:
        """Save, and wait until the tab no longer says that something is unsaved."""
        self.page.keyboard.press("Control+s")
        expect(self.page.locator(".jp-mod-dirty")).to_have_count(0)


class Notebook7(Notebook):
    """The same in Jupyter Notebook 7."""

    place = "notebooks/{name}/{name}.ipynb"

    def wait(self) -> None:
        """Return as soon as the kernel is there and has nothing to do."""
        expect(self.page.locator(".jp-KernelName")).to_have_text("Python 3 (ipykernel)")
        expect(self.page.locator(".jp-Notebook-ExecutionIndicator")).to_have_attribute("data-status", "idle")


def menu(page: Page, name: str, entry: str) -> None:
    """Choose an entry of JupyterLab's menu bar."""
    page.get_by_role("menuitem", name=name, exact=True).click()
    page.locator(".lm-Menu").get_by_text(entry, exact=True).click()
