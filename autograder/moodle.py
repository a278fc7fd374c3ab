"""Moodle's archives for `nbgrader zip_collect`. In a course's nbgrader_config.py:

from autograder import moodle
moodle.configure(c)
"""

from .adapters.moodle.collect import configure

__all__ = ["configure"]
