"""The command line as a whole."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import __version__, commands
from autograder.commands.main import main

HEAVY = ("numpy", "nbgrader", "nbformat", "sqlalchemy", "matplotlib", "IPython", "distributed", "jinja2")
COMMANDS = ["certify", "check", "cluster-keys", "grade", "handback", "hints", "init", "new", "report"]


def python(source):
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    return done.stdout


def test_help_imports_nothing_heavy():
    loaded = python(
        "import sys\nfrom autograder.commands.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    ).splitlines()[-1]
    assert not set(HEAVY) & set(loaded.split())


def test_every_module_of_the_folder_is_a_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = re.findall(r"^    ([\w-]+)(?: |$)", capsys.readouterr().out, re.MULTILINE)
    files = {path.stem for path in Path(commands.__file__).parent.glob("*.py")}
    assert listed == COMMANDS
    assert {name.replace("-", "_") for name in listed} == files - {"__init__", "main"}


def test_version(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"autograder {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["mark"], "argument COMMAND: invalid choice: 'mark'"),
        (["grade", "--workers", "0"], "argument --workers: '0' is not a whole number of at least 1"),
        (["grade", "--workers", "two"], "argument --workers: 'two' is not a whole number of at least 1"),
        (["report", "--colour"], "unrecognized arguments: --colour"),
        (["check"], "the following arguments are required: NOTEBOOK"),
    ],
)
def test_a_wrong_call_gets_one_sentence(arguments, reason, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert reason in err
    assert err.startswith("autograder")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: autograder {command}")


def test_a_command_is_needed(capsys):
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2
    assert "COMMAND" in capsys.readouterr().err
