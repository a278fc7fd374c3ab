"""The doors for a course's nbgrader_config.py and for nbgrader's command line:

from autograder.plugin import configure
configure(c)

nbgrader export --exporter=autograder.plugin.GradesCSV
"""

from .adapters.nbgrader.autograde import IsolatedExecute, configure
from .adapters.nbgrader.export import GradesCSV, MoodleCSV

__all__ = ["GradesCSV", "IsolatedExecute", "MoodleCSV", "configure"]
