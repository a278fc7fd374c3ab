"""The class report: where a class stands, on one page."""
