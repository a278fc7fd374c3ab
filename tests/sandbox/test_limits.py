"""The limits are one list, checked when they are made, and in force for each student's process."""

import sys
from dataclasses import asdict, fields, replace

import pytest
from support.sandbox import printed

from autograder.sandbox.forkserver import ForkServer
from autograder.sandbox.limits import RLIMITS, Limits, environment, rlimits
from autograder.sandbox.spawn import Spawn

linux = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")

OWN = Limits(51, 1 << 30, 3 << 20, 5 << 20, 21, 87)
LOOK = (
    "import resource, shutil\n"
    f"print({{name: resource.getrlimit(getattr(resource, name)) for name in {sorted(RLIMITS)}}})\n"
    "print('total', shutil.disk_usage('.').total)"
)


@pytest.fixture(scope="module")
def forkserver():
    server = ForkServer()
    yield server
    server.close()


def test_limits_are_the_ordinary_ones_but_for_those_set():
    assert Limits.of({"memory": 1 << 30}) == replace(Limits(), memory=1 << 30)
    assert Limits.of({}) == Limits()


def test_a_limit_that_is_unknown_is_refused():
    with pytest.raises(ValueError, match=r"there is no limit 'ram'.* There are: processor_time, memory, "):
        Limits.of({"ram": 1})


@pytest.mark.parametrize("name", asdict(Limits()))
@pytest.mark.parametrize("value", [0, -1, 1.5, "1", None, True])
def test_a_limit_is_a_positive_whole_number(name, value):
    with pytest.raises(ValueError, match=f"the limit '{name}' .* positive whole number"):
        Limits.of({name: value})


def test_every_limit_is_in_force_somewhere():
    names = {field.name for field in fields(Limits)}
    assert {*RLIMITS.values(), "workspace"} == names
    assert rlimits(OWN)["RLIMIT_NPROC"] == 21
    assert rlimits(OWN)["RLIMIT_CORE"] == 0


@linux
def test_limits_are_those_of_each_start(forkserver):
    shown = printed(forkserver, LOOK, limits=OWN)
    for name, value in rlimits(OWN).items():
        if name != "RLIMIT_CORE":
            assert f"'{name}': ({value}, {value})" in shown
    assert f"total {OWN.workspace}" in shown or forkserver.reasons["workspace"]
    assert f"'RLIMIT_FSIZE': ({Limits().file_size}" in printed(forkserver, LOOK)


@linux
def test_limits_of_a_spawned_process_are_the_same_but_for_what_counts_all():
    sandbox = Spawn()
    shown = printed(sandbox, LOOK, limits=OWN)
    sandbox.close()
    for name, value in rlimits(OWN).items():
        if name not in ("RLIMIT_CORE", "RLIMIT_NPROC"):
            assert f"'{name}': ({value}, {value})" in shown


@linux
@pytest.mark.parametrize("kind", [ForkServer, Spawn])
def test_environment_of_a_student_is_the_one_list(kind, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_SECRET", "a secret of the tests")
    sandbox = kind()
    shown = printed(sandbox, "import os\nprint(sorted(os.environ), os.environ['HOME'] == os.getcwd())")
    sandbox.close()
    own = {"COLUMNS", "LINES", "LC_CTYPE", "PWD", "SHLVL", "_"}  # Python's own, or a shell's
    names = set(eval(shown.partition("]")[0] + "]")) - own
    assert names == environment("/").keys()
    assert "AUTOGRADER_SECRET" not in shown
    assert "True" in shown
