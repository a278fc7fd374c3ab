"""For nbgrader's own tests: fails a run in which our changes of nbgrader were not in force."""

import pytest
from nbgrader.converters.base import BaseConverter

NOT_IN_FORCE = "configure(c) was not in force: these tests prove nothing about it"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """Look whether a method that `configure(c)` replaces was replaced."""
    if session.testscollected and not hasattr(BaseConverter.init_assignment, "__wrapped__"):
        print(f"\n{NOT_IN_FORCE}")
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
