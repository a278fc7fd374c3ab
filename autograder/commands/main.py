"""The command line as a whole: `autograder COMMAND`."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import NoReturn, Protocol, cast

from .. import __version__
from . import __path__ as folder

WRONG_CALL = "{program}: {reason}. See: {program} --help"


class Command(Protocol):
    """What a module of this folder has to offer."""

    HELP: str
    DESCRIPTION: str

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        """Add the command's arguments."""

    @staticmethod
    def run(options: argparse.Namespace) -> int:
        """Do it, and return the exit code: 0 if all went well, 1 if not, 2 for a wrong call."""


class Parser(argparse.ArgumentParser):
    """A parser that answers a wrong call with one sentence in place of the whole usage."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and exit with 2."""
        self.exit(2, WRONG_CALL.format(program=self.prog, reason=message) + "\n")


def commands() -> Iterator[tuple[str, Command]]:
    """Yield each command and its name."""
    for module in iter_modules(folder):
        if module.name != "main":
            yield module.name.replace("_", "-"), cast(Command, import_module(f"{__package__}.{module.name}"))


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, with all commands."""
    whole = Parser(prog="autograder", description="The auto-graded exercise on backpropagation.")
    whole.add_argument("--version", action="version", version=f"autograder {__version__}")
    choices = whole.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, command in commands():
        one = choices.add_parser(name, help=command.HELP, description=command.DESCRIPTION)
        command.add_arguments(one)
        one.set_defaults(run=command.run)
    return whole


def _do_without_slow_imports() -> None:
    """Have jsonschema do without the checks of international addresses and of periods of time: they take
    more than a second to import, and no notebook has one to check."""
    for name in ("rfc3987_syntax", "isoduration"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 if all went well, 1 if not, 2 for a wrong call."""
    options = parser().parse_args(arguments)
    _do_without_slow_imports()
    options.alone = arguments is None  # in a process that does nothing else
    code: int = options.run(options)
    return code
