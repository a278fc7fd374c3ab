"""The doors for a course's nbgrader_config.py and for nbgrader's command line:

from autograder.plugin import configure
configure(c)

nbgrader export --exporter=autograder.plugin.GradesCSV
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .adapters.nbgrader.patches import configure

if TYPE_CHECKING:
    from .adapters.nbgrader.autograde import IsolatedExecute
    from .adapters.nbgrader.export import GradesCSV, MoodleCSV
    from .adapters.nbgrader.moodle_zip import collect_from
    from .adapters.nbgrader.pages import SafePages
    from .adapters.nbgrader.platform_export import BrightspaceCSV, CanvasCSV

__all__ = [
    "BrightspaceCSV",
    "CanvasCSV",
    "GradesCSV",
    "IsolatedExecute",
    "MoodleCSV",
    "SafePages",
    "collect_from",
    "configure",
]

# Opened when it is gone through: every command of nbgrader's reads the configuration, and few use more of it.
BEHIND = {
    "BrightspaceCSV": "platform_export",
    "CanvasCSV": "platform_export",
    "GradesCSV": "export",
    "IsolatedExecute": "autograde",
    "MoodleCSV": "export",
    "SafePages": "pages",
    "collect_from": "moodle_zip",
}


def __getattr__(name: str) -> Any:
    if name not in BEHIND:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".adapters.nbgrader.{BEHIND[name]}", __package__), name)
