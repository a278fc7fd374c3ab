"""What nbgrader imports at its start and the grading of a class has no use for."""

import sys
from types import ModuleType
from typing import Any

# Only named at the start; used by nbgrader's server, by `zip_collect`, and to make HTML.
UNUSED = (
    "nbconvert.filters.markdown_mistune",
    "setuptools.archive_util",
    *(
        f"nbgrader.server_extensions.{name}"
        for name in ("assignment_list", "course_list", "formgrader", "validate_assignment")
    ),
)


class Unused(ModuleType):
    """A module in which every name is there, and stands for nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


def do_without_unused() -> None:
    """Have a process that will do nothing but grade a class do without what is not imported yet."""
    for name in UNUSED:
        sys.modules.setdefault(name, Unused(name))
