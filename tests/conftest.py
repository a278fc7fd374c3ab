"""What the tests share: a notebook's namespace, a released course, a sandbox; and who runs which of them."""

import gc
import os
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from filelock import FileLock
from hypothesis import settings
from nbgrader import api
from support.answers import PLAIN
from support.course import copy, release
from support.warm import alembic_version, sandbox

import exercise

HUB = "test_jupyterhub.py"
LONGEST = (
    "attacks",
    "autograde",
    "browser",
    "browser_play",
    "sample_class",
    "session",
    "trouble",
    "tutorial",
    "walkthrough",
)
OPENERS = ("autograder.sandbox", "autograder.commands.grade", "autograder.authoring.solutions")

gc.disable()  # until all is collected
mpl.use("Agg")
settings.register_profile("patient", deadline=None)  # the machine may have other work
settings.load_profile("patient")
# Half the time of nbgrader's commands, which the tests start by the hundred: see the file in there.
os.environ["PYTHONPATH"] = str(Path(__file__).parent / "support" / "quick")
api.get_alembic_version = alembic_version


def pytest_xdist_auto_num_workers(config):
    """Two more than there are processors: tests wait for time limits, browsers and servers."""
    given = "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ
    return None if given else (os.cpu_count() or 1) + 2


def pytest_collection_modifyitems(items):
    """The files that take longest come first, so that nobody waits for one of them at the end."""
    items.sort(key=lambda item: item.path.stem.removeprefix("test_") not in LONGEST)


def pytest_collection_finish():
    """Look for garbage from now on, and not among the tests: to look through thousands takes longer than most
    of them."""
    gc.freeze()
    gc.enable()


def pytest_ignore_collect(collection_path, config):
    """Leave the JupyterHub, which takes two minutes, to who names it: `make test-hub`."""
    if collection_path.name == HUB and not any(HUB in argument for argument in config.args):
        return True
    return None


@pytest.fixture
def notebook(monkeypatch, tmp_path):
    """Run sources one after another as a notebook does; the last call returns the namespace."""
    monkeypatch.chdir(tmp_path)
    names = {"np": np, **{name: getattr(exercise, name) for name in exercise.__all__}}
    values = exercise.forward(*exercise.example())
    names.update({name: values[name] for name in "xyubwcghz"})

    def run(*sources):
        for source in sources:
            exec(compile(source, "<cell>", "exec"), names)
        return names

    run(*PLAIN.values())
    return run


@pytest.fixture(scope="session", autouse=True)
def one_sandbox():
    """The commands that are called in this process share a sandbox; who starts a process has its own."""
    with pytest.MonkeyPatch.context() as patch:
        for module in OPENERS:
            patch.setattr(f"{module}.open_sandbox", sandbox)
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id):
    """A folder that all processes of the tests share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def released(shared):
    """A released course without hand-ins, to be copied; who needs it first makes it for all."""
    course = shared / "released"
    with FileLock(shared / "released.lock"):
        if not course.exists():
            release(shared / "in the making").rename(course)
    return course


@pytest.fixture
def course(released, tmp_path):
    """A released course of the test's own."""
    return copy(released, tmp_path / "course")
