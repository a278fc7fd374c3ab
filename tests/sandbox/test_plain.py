"""Cells that are plain Python are run as IPython runs them: what they show and leave is the same."""

import json
import re
import sys
import warnings
from itertools import zip_longest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core import inputtransformer2
from IPython.core.compilerop import CachingCompiler
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from support.attacks import CELLS, INSIDE
from support.odd_cells import ODD, PIECES
from support.odd_stories import STORIES
from support.sample_class import CLASS, hand_in
from support.sandbox import SOURCE

from autograder.sandbox.client import OutOfPatience, ProcessDied, StudentProcess
from autograder.sandbox.forkserver import ForkServer
from autograder.sandbox.inside.ahead import Ahead
from autograder.sandbox.inside.plain import PlainShell
from autograder.sandbox.limits import Limits

linux = pytest.mark.skipif(sys.platform != "linux", reason="the isolation is Linux's")

SECONDS = 120.0  # on a busy machine it takes its time to show an endless recursion
ENDLESS = {"an endless cell": 4.0, "the shell never answers": 4.0}
BEFORE = "from backprop_lab import *\nfrom exercise import *\nimport numpy as np\n"
AFTER = (
    "print([f'{name} {type(value)}' for name, value in globals().items()])",
    "print(get_ipython().history_manager.exceptions, get_ipython().last_execution_succeeded)",
    "import linecache\nprint([e for e in linecache.cache.items() if 'ipython-input' in e[0]])",
    "print(In, Out, _)",
)
PREPARE = (
    "from IPython.core.inputtransformer2 import TransformerManager\n"
    "def prepare(ordinary):\n"
    "    if ordinary:\n"
    "        get_ipython().input_transformer_manager = TransformerManager()\n"
    "        PlainShell = type(get_ipython()).__bases__[0]\n"
    "        del PlainShell.should_run_async, PlainShell.run_ast_nodes\n"
)
ADDRESS = re.compile(r"(0x|\bat (0x)?)[0-9a-f]+|[\d.]+ [nμµm]?s\b|/tmp/[\w-]+")


# What is made of a text


SHELL = PlainShell.__new__(PlainShell)  # to start it would take over this process
SHELL.compile = CachingCompiler()


def made_of(text, ordinary):
    """What a cell becomes, or why not; whether it awaits anything; which warnings that shows."""
    manager = TransformerManager() if ordinary else SHELL.input_transformer_manager
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        try:
            cell = manager.transform_cell(text)
            asked = InteractiveShell.should_run_async if ordinary else PlainShell.should_run_async
            made = cell, asked(SHELL, text, transformed_cell=cell)
        except Exception as error:
            made = repr(error)
    return made, [(str(w.message), w.filename, w.lineno) for w in shown]


def cells_of(label):
    """The code cells of what a student of the sample class handed in, if it is a notebook."""
    try:
        cells = json.loads(hand_in(label) or "")["cells"]
    except ValueError:
        return []
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


CLASS_CELLS = sorted({cell for label in CLASS for cell in cells_of(label)})


ALL = (*ODD, *(cell for story in STORIES.values() for cell in story), *CELLS.values(), *CLASS_CELLS)


@pytest.mark.parametrize("text", ALL)
def test_transformer_makes_of_a_cell_what_ipython_makes(text):
    assert made_of(text, ordinary=False) == made_of(text, ordinary=True)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_transformer_makes_of_anything_what_ipython_makes(text):
    assert made_of(text, ordinary=False) == made_of(text, ordinary=True)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from([t for t in (*ODD, *CLASS_CELLS) if t]), st.sampled_from(PIECES), st.randoms())
def test_transformer_makes_of_a_changed_cell_what_ipython_makes(text, piece, random):
    place = random.randrange(len(text))
    text = text[:place] + piece + text[place + random.randrange(2) :]
    assert made_of(text, ordinary=False) == made_of(text, ordinary=True)


@pytest.mark.parametrize("cell", ["def f(x):\n    # % and ! and\n    return x != '?' % 3\n", "1 + 1\n"])
def test_plain_cell_is_not_taken_apart_and_compiled_once(monkeypatch, cell):
    monkeypatch.setattr(inputtransformer2, "make_tokens_by_line", None)
    assert made_of(cell, ordinary=False) == ((cell, False), [])
    monkeypatch.setattr(CachingCompiler, "ast_parse", None)
    monkeypatch.setattr(CachingCompiler, "__call__", None)
    own = {"interactivity": "last_expr", "compiler": SHELL.compile}
    name = SHELL.compile.get_code_name(cell, cell, 1)
    coroutine = SHELL.run_ast_nodes(SHELL.compile.ast_parse(cell, name).body, name, **own)
    assert isinstance(coroutine.cr_frame.f_locals["compiler"], Ahead)
    coroutine.close()


# What a notebook shows


@pytest.fixture(scope="module")
def forkserver():
    server = ForkServer()
    yield server
    server.close()


def ran(forkserver, cells, ordinary, seconds):
    """What each cell answers, and the number of the one that ends the process."""
    answers = []
    with StudentProcess(forkserver, [], Limits(), SOURCE) as process:
        process.run(PREPARE, SECONDS)
        assert "value" in next(process.calls("prepare", [[ordinary]], SECONDS))
        for cell in (BEFORE, *cells, *AFTER):
            try:
                answers.append(process.run(cell, seconds))
            except (ProcessDied, OutOfPatience) as error:
                return [*answers, repr(error)]
    return [ADDRESS.sub("~", json.dumps(answer, ensure_ascii=False)) for answer in answers]


def assert_shows_the_same(forkserver, cells, seconds=SECONDS):
    assert ran(forkserver, cells, False, seconds) == ran(forkserver, cells, True, seconds)


@linux
@pytest.mark.parametrize("cells", [*zip_longest(*[iter(ODD)] * 12, fillvalue=""), *STORIES.values()])
def test_shell_shows_of_odd_cells_what_ipython_shows(forkserver, cells):
    assert_shows_the_same(forkserver, cells)


@linux
@pytest.mark.parametrize("name", INSIDE)
def test_shell_shows_of_attacks_what_ipython_shows(forkserver, name):
    assert_shows_the_same(forkserver, (INSIDE[name],), ENDLESS.get(name, SECONDS))


@linux
@pytest.mark.parametrize("label", CLASS)
def test_shell_shows_of_the_class_what_ipython_shows(forkserver, label):
    assert_shows_the_same(forkserver, cells_of(label), ENDLESS.get(label, SECONDS))
