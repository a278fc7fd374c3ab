"""The exercise's public half is loaded before the fork: the instructor's, whatever lies beside a notebook."""

import os
import re
import sys

import pytest
from support.sandbox import printed

from autograder.sandbox.forkserver import ForkServer
from autograder.sandbox.spawn import Spawn

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")

EXERCISE = """
import numpy as np
from backprop_lab.model import Exercise
NAME = {name!r}
print("loaded")

def forward(x):
    return 2 * np.asarray(x)

def train():
    import training
    return training.WHO

def __getattr__(name):
    if name == "Lazy":
        from lazily import Lazy
        return Lazy
    raise AttributeError(name)

__all__ = ["NAME", "Lazy", "forward", "train"]
"""
FILES = {
    "training.py": "import helper\nWHO = helper.who()",
    "helper.py": "def who(): return __file__",
    "lazily.py": "class Lazy: pass",
    "aside.py": "raise RuntimeError('nobody imports this')",
}


def write(folder, name, **files):
    folder.mkdir(exist_ok=True)
    for file, content in {"exercise.py": EXERCISE.format(name=name), **FILES, **files}.items():
        (folder / file).write_text(content)
    return folder


@pytest.fixture(scope="module", params=["everything", "without namespaces", "spawn"])
def sandbox(request):
    without = frozenset({"namespaces"} if request.param == "without namespaces" else ())
    made = Spawn() if request.param == "spawn" else ForkServer(without)
    yield made
    made.close()


@pytest.fixture
def public(tmp_path):
    return write(tmp_path / "source", "one")


def test_a_notebook_finds_the_exercise_and_what_it_imports_later(sandbox, public):
    source = "from exercise import *\nprint(NAME, forward([1, 2]), Lazy.__name__, train())"
    assert printed(sandbox, source, public) == f"one [2 4] Lazy {public}/helper.py"


def test_the_exercise_cannot_be_replaced_by_a_file(sandbox, public, tmp_path):
    beside = tmp_path / "beside"
    beside.mkdir()
    for name in ("exercise.py", "training.py", "helper.py", "numpy.py", "data.py"):
        (beside / name).write_text("WHO = NAME = 'the student'\nforward = train = None")
    (beside / "exercise").mkdir()
    (beside / "exercise" / "__init__.py").write_text("NAME = 'the student'")
    (beside / "more").mkdir()
    (beside / "more" / "training.py").write_text("")
    names = ["exercise.py", "training.py", "helper.py", "numpy.py", "data.py", "exercise"]
    source = (
        "import os\nfrom exercise import NAME, train\nimport data\n"
        f"print(NAME, 'helper' in train(), data.NAME, [n for n in {names} if os.path.exists(n)], "
        "os.listdir('more'))"
    )
    shown = printed(sandbox, source, public, material=[beside])
    assert shown == "one True the student ['numpy.py', 'data.py', 'exercise'] ['training.py']"


def test_two_exercises_work_in_one_sandbox(sandbox, public, tmp_path):
    other = write(tmp_path / "other", "two")
    source = "import exercise\nprint(exercise.NAME, exercise.train())"
    for _ in range(2):
        assert printed(sandbox, source, public) == f"one {public}/helper.py"
        assert printed(sandbox, source, other) == f"two {other}/helper.py"


def test_without_a_public_half_nothing_is_loaded(sandbox, public):
    printed(sandbox, "import exercise", public)
    assert printed(sandbox, "import sys\nprint([n in sys.modules for n in ('exercise', 'training')])") == (
        "[False, False]"
    )


def test_an_exercise_that_was_corrected_is_loaded_anew(sandbox, public):
    source = "import exercise\nprint(exercise.NAME)"
    assert printed(sandbox, source, public) == "one"
    write(public, "another one")
    assert printed(sandbox, source, public) == "another one"
    write(public, "another one", **{"helper.py": "def who(): return 'a new helper'"})
    assert printed(sandbox, "import exercise\nprint(exercise.train())", public) == "a new helper"


def test_a_new_file_is_found_however_soon_it_comes(sandbox, tmp_path):
    folder = tmp_path / "early"
    (folder / "parts").mkdir(parents=True)
    (folder / "parts" / "__init__.py").write_text("")
    (folder / "exercise.py").write_text("import parts.layer")
    for place in (folder, folder / "parts"):
        os.utime(place, (0, 0))
    with pytest.raises(RuntimeError, match=re.escape("No module named 'parts.layer'")):
        printed(sandbox, "import exercise", folder)
    (folder / "parts" / "layer.py").write_text("import weights")
    (folder / "weights.py").write_text("W = 3")
    for place in (folder, folder / "parts"):
        os.utime(place, (0, 0))  # as a clock would leave it that had not ticked
    assert printed(sandbox, "import weights\nprint(weights.W)", folder) == "3"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no exercise.py"),
        ("x = 1\nx / 0", "ZeroDivisionError: division by zero, exercise.py line 2"),
        ("def f(:", "SyntaxError: invalid syntax (exercise.py, line 1)"),
        (
            "import no_such_module",
            "ModuleNotFoundError: No module named 'no_such_module', exercise.py line 1",
        ),
        ("import sys\nsys.exit('no')", "SystemExit: no, exercise.py line 2"),
        ("def f():\n    import training", "ZeroDivisionError: division by zero, training.py line 1"),
    ],
)
def test_an_exercise_that_is_broken_is_told(sandbox, tmp_path, content, reason):
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "training.py").write_text("1 / 0")
    if content is not None:
        (folder / "exercise.py").write_text(content)
    with pytest.raises(RuntimeError) as told:
        printed(sandbox, "print('run')", folder)
    assert str(told.value) == (
        f"the student's process did not start: the exercise in {folder} cannot be loaded ({reason}). "
        "Correct it; no code of a student's was run."
    )
    (folder / "exercise.py").write_text("x = 1")
    assert printed(sandbox, "import exercise\nprint(exercise.x)", folder) == "1"


def test_loading_leaves_no_files_and_says_nothing(public, capfd):
    server = ForkServer()
    before = sorted(public.rglob("*"))
    assert "one" in printed(server, "import exercise\nprint(exercise.NAME)", public)
    server.close()
    assert sorted(public.rglob("*")) == before
    assert capfd.readouterr() == ("", "")


def test_a_student_changes_the_exercise_for_nobody_else(sandbox, public):
    assert "changed" in printed(
        sandbox, "import exercise\nexercise.NAME = 'changed'\nprint(exercise.NAME)", public
    )
    assert printed(sandbox, "import exercise\nprint(exercise.NAME)", public) == "one"
