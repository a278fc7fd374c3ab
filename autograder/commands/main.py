"""The command line: `autograder COMMAND`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .check_arguments import add_check
from .grade_arguments import add_grade
from .report import add_report


def _init(options: argparse.Namespace) -> int:
    from .init import InitError, lay_out

    try:
        print(lay_out(options.folder))
    except (InitError, OSError) as error:
        print(f"autograder init: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="autograder", description="The auto-graded exercise on backpropagation."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    init = commands.add_parser(
        "init",
        help="lay the assignment into a new or an existing nbgrader course",
        description="Lay the assignment into a new or an existing nbgrader course. "
        "Nothing that is there already is touched.",
    )
    init.add_argument("folder", type=Path, metavar="FOLDER", help="the course's folder")
    init.set_defaults(run=_init)
    add_check(commands)
    add_report(commands)
    add_grade(commands)
    return parser


def _do_without_slow_imports() -> None:
    """Have jsonschema do without the check of international addresses: it takes more than a second to
    import, and no notebook has one to check."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code is 0 if all went well, 1 if not, 2 for a wrong call."""
    options = _parser().parse_args(arguments)
    _do_without_slow_imports()
    code: int = options.run(options)
    return code
