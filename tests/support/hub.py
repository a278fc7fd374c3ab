"""A real JupyterHub with its proxy, and people who use it in a browser.

Needs PyPI's jupyterhub, and npm's configurable-http-proxy, which is installed into build/hub.
"""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from support.browser import CHROMIUM, free_port, menu, write_settings

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "build" / "hub"
PROXY = PLACE / "node_modules" / ".bin" / "configurable-http-proxy"
PAGE = (ROOT / "docs" / "jupyterhub.md").read_text(encoding="utf-8")
INSTRUCTOR = "instructor"
LACKING = "no JupyterHub: needs Chromium, PyPI's jupyterhub, and npm for its proxy"
DIED = "JupyterHub did not start:\n{log}"

# As in the usual images of containers: one account, and JUPYTERHUB_USER says who it is.
ONE_ACCOUNT = """\
import pwd
_named = pwd.getpwuid
pwd.getpwuid = lambda uid: pwd.struct_passwd(("jovyan", *_named(uid)[1:]))
"""
CONFIG = """\
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root", "--LabApp.news_url=",
                  "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
c.Spawner.environment = {environment!r}
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
c.JupyterHub.log_level = "INFO"
"""


def _have_proxy() -> bool:
    """Install the proxy if it is not there; whether it is."""
    if not PROXY.exists() and shutil.which("npm"):
        PLACE.mkdir(parents=True, exist_ok=True)
        command = [
            "npm",
            "install",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(PLACE),
            "configurable-http-proxy",
        ]
        subprocess.run(command, check=False, capture_output=True)
    return PROXY.exists()


def available() -> bool:
    """Whether a hub can be had here."""
    return bool(CHROMIUM and find_spec("jupyterhub") and _have_proxy())


def block(title: str) -> str:
    """The file that the page of the documentation shows under a title."""
    found = re.search(
        rf"\*\*`{re.escape(title)}`\*\*[^\n]*\n(?:[^\n`]+\n)*\n```python\n(.*?)```", PAGE, re.DOTALL
    )
    assert found, f"docs/jupyterhub.md shows no {title}"
    return found[1]


def commands(containing: str) -> list[str]:
    """The commands of the block in the documentation that holds this one."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    return next(found for found in blocks if containing in found).strip().splitlines()


class Hub:
    """A running hub: its address, and its users' home folders."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.exchange = folder / "exchange"
        self.exchange.mkdir(mode=0o777)
        self.exchange.chmod(0o777)
        system, modules = folder / "etc", folder / "modules"
        for each in (system, modules):
            each.mkdir()
        text = block("/etc/jupyter/nbgrader_config.py").replace("/srv/nbgrader/exchange", str(self.exchange))
        (system / "nbgrader_config.py").write_text(text, encoding="utf-8")
        (modules / "sitecustomize.py").write_text(ONE_ACCOUNT, encoding="utf-8")
        own = Path(sys.executable).parent
        self.environment = {
            "JUPYTER_CONFIG_PATH": str(system),
            "PATH": f"{own}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(modules),
        }

    def home(self, user: str) -> Path:
        """A user's home folder."""
        place = self.folder / "homes" / user
        if not place.exists():
            place.mkdir(parents=True)
            write_settings(place / ".jupyter" / "lab" / "user-settings")
        return place

    def run(self, user: str, *lines: str, folder: Path | None = None) -> str:
        """Run commands as in a terminal of a user's server; what they say."""
        home = self.home(user)
        variables = {**os.environ, **self.environment, "HOME": str(home), "JUPYTERHUB_USER": user}
        said = ""
        for line in lines:
            done = subprocess.run(["bash", "-c", line], cwd=folder or home, env=variables, check=False,
                                  capture_output=True, text=True)  # fmt: skip
            said += done.stdout + done.stderr
            assert done.returncode == 0, f"{line}:\n{done.stdout}{done.stderr}"
        return said

    def configuration(self) -> str:
        """What the hub is started with."""
        return CONFIG.format(port=self.port, hub_port=free_port(), api_port=free_port(), proxy=str(PROXY),
                             homes=str(self.folder / "homes"), python=sys.executable,
                             environment=self.environment)  # fmt: skip


@contextmanager
def jupyterhub(folder: Path) -> Iterator[Hub]:
    """A hub that keeps all that is its own in a folder."""
    hub = Hub(folder)
    config, log = folder / "jupyterhub_config.py", folder / "hub.log"
    config.write_text(hub.configuration(), encoding="utf-8")
    command = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
        try:
            _wait_for(server, hub, log)
            yield hub
        finally:
            server.terminate()
            server.wait()


def _wait_for(server: "subprocess.Popen[bytes]", hub: Hub, log: Path) -> None:
    """Return as soon as the hub answers; raises RuntimeError if it ended."""
    while server.poll() is None:
        try:
            urllib.request.urlopen(f"{hub.address}/hub/login").close()
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise RuntimeError(DIED.format(log=log.read_text(encoding="utf-8")))


def log_in(page: Page, hub: Hub, user: str) -> str:
    """Log in, and wait for the user's server; its address."""
    page.goto(f"{hub.address}/hub/login")
    page.locator("#username_input").fill(user)
    page.locator("#password_input").fill("secret enough")
    page.locator("#login_submit").click()
    page.wait_for_url(re.compile(rf"/user/{user}/"))
    return f"{hub.address}/user/{user}"


class AssignmentList:
    """nbgrader's list of assignments, in its tab of a student's JupyterLab."""

    def __init__(self, page: Page, address: str) -> None:
        page.goto(f"{address}/lab?reset")
        expect(page.get_by_role("tab", name="Launcher")).to_be_visible()  # or it comes in front later
        menu(page, "Nbgrader", "Assignment List")
        self.page, self.panel = page, page.get_by_role("tabpanel", name="Assignments")
        expect(self.panel).to_be_visible()

    def button(self, words: str) -> Locator:
        """The button with these words."""
        return self.panel.get_by_role("button", name=words, exact=True)

    def press(self, words: str) -> None:
        """Press the button with these words."""
        expect(self.button(words).first).to_be_visible()
        self.button(words).first.click()

    def open(self, assignment: str) -> None:
        """Show the notebooks of an assignment."""
        self.panel.get_by_role("button", name=assignment).first.click()
