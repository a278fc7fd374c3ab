"""Moodle's archives for `nbgrader zip_collect`. In a course's nbgrader_config.py:

from autograder import moodle
moodle.configure(c)
"""

from .adapters.nbgrader.moodle_zip import configure

__all__ = ["configure"]
