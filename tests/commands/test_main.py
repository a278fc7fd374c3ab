"""The command line as a whole."""

import subprocess
import sys

import pytest

from autograder.commands.main import main

HEAVY = ("numpy", "nbgrader", "nbformat", "sqlalchemy", "matplotlib", "IPython", "distributed", "jinja2")


def python(source):
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    return done.stdout


def test_help_imports_nothing_heavy():
    loaded = python(
        "import sys\nfrom autograder.commands.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    ).splitlines()[-1]
    assert not set(HEAVY) & set(loaded.split())


@pytest.mark.parametrize("command", ["init", "grade", "check", "report"])
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
