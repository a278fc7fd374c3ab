"""nbgrader, imported without what only its server and its pages use: a fifth of the start of a command."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

# What nbgrader and nbconvert name when they are imported, and the grading of a class has no use for.
UNUSED = (
    "bleach",
    "bs4",
    "nbconvert.filters.markdown_mistune",
    "nbconvert.postprocessors.serve",
    "rapidfuzz",
    "requests",
    "setuptools.archive_util",
    "yaml",
    *(
        f"nbgrader.server_extensions.{name}"
        for name in ("assignment_list", "course_list", "formgrader", "validate_assignment")
    ),
)
NAMING = ("nbconvert.exporters", "nbgrader.apps", "nbgrader.converters")


class _Unused(ModuleType):
    """A module in which every name is there, and stands for nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


def import_without_unused() -> None:
    """Import nbgrader into a process that will do nothing but grade a class.

    Who imports one of the modules themselves later on, a course's configuration for instance, gets the real
    one.
    """
    missing = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update({name: _Unused(name) for name in missing})
    try:
        for name in NAMING:
            import_module(name)
    finally:
        for name in missing:
            del sys.modules[name]
