"""nbgrader's own test suite, with our lines in the configuration of every course in it.

    python tests/nbgrader_suite/run.py [ARGUMENTS OF PYTEST]

The suite comes with nbgrader. What it needs is installed into an environment of its own (build/nbgrader):
its plug-ins for pytest would change our own tests. It is no proof that other assignments stay as they are,
for it has no pictures in feedback, no links among the files and no lists of preprocessors: that is what
tests/adapters/nbgrader/test_patches.py compares.
"""

import getpass
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "build" / "nbgrader"
CONFIG = "c = get_config()\nfrom autograder.plugin import configure\nconfigure(c)\n"
OPTIONS = ("-q", "--import-mode=importlib", "-p", "plugin", "-p", "no:cacheprovider", "-n", "auto")


def environment() -> Path:
    """Make the environment once; its Python."""
    python = PLACE / "venv" / "bin" / "python"
    if not (PLACE / "ready").exists():
        venv.create(PLACE / "venv", with_pip=True, clear=True)
        packages = ["--editable", str(ROOT), "nbgrader[tests]"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        (PLACE / "ready").touch()
    return python


def suite(python: Path) -> Path:
    """The folder of nbgrader's tests."""
    asked = "import nbgrader.tests; print(*nbgrader.tests.__path__)"
    return Path(subprocess.check_output([python, "-c", asked], text=True).strip())


def main(arguments: list[str]) -> int:
    """Run the suite, and return pytest's exit code."""
    python = environment()
    config = PLACE / "config"
    config.mkdir(exist_ok=True)
    (config / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    variables = {
        **os.environ,
        "JUPYTER_CONFIG_PATH": str(config),  # read for every course, whatever else the tests set
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parent),
        "USER": getpass.getuser(),  # the exchange asks for it, and a container may not set it
    }
    folder = suite(python)
    chosen = [a for a in arguments if Path(a.partition("::")[0]).exists()]
    command = [python, "-m", "pytest", *OPTIONS, f"--rootdir={folder}", "-c", os.devnull, *arguments]
    return subprocess.call([*command, *([] if chosen else [folder])], cwd=folder.parents[1], env=variables)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
