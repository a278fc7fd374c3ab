"""The former place of the exporters, for one release: see `autograder.plugin`."""

from .plugin import GradesCSV, MoodleCSV

__all__ = ["GradesCSV", "MoodleCSV"]
