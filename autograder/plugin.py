"""The doors for a course's nbgrader_config.py and for nbgrader's command line:

from autograder.plugin import configure
configure(c)

nbgrader export --exporter=autograder.plugin.GradesCSV
"""

from .adapters.nbgrader.autograde import IsolatedExecute
from .adapters.nbgrader.export import GradesCSV, MoodleCSV
from .adapters.nbgrader.moodle_zip import collect_from
from .adapters.nbgrader.pages import SafePages
from .adapters.nbgrader.patches import configure
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
