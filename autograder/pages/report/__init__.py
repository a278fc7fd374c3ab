"""The report on a class."""
