"""Which notebooks are graded here, by their source."""

import pytest

from autograder.submission.recognition import exercise_of, imports_autograder, is_ours

OURS = [
    "from autograder import grade",
    "import autograder",
    "import autograder as a",
    "import numpy as np, autograder",
    "from autograder import grade as g",
    "from autograder.submission.hidden_test import grade",
    "import autograder.submission.hidden_test as h",
    "def test():\n    from autograder import grade\n    grade('grad_z', grad_z)",
    "if True: import autograder",
    "__import__('autograder').grade('grad_z', grad_z)",
    "import importlib\nimportlib.import_module('autograder')",
    "%time x = 1\nfrom autograder import grade",  # no Python, but a notebook's
    "!ls\nimport numpy, autograder",
]
OTHERS = [
    "",
    "# from autograder import grade",
    "'from autograder import grade'",
    "import autograder_of_another_kind",
    "from . import autograder",
    "from .autograder import grade",
    "autograder = 3",
    "assert answer == 42",
    "%time from_autograder = 1",
]


def notebook(source="x = 1", **metadata):
    marks = {"nbgrader": {"grade": True, "solution": False, "grade_id": "test"}}
    return {"metadata": metadata, "cells": [{"cell_type": "code", "metadata": marks, "source": source}]}


@pytest.mark.parametrize("source", OURS)
def test_imports_autograder_in_any_spelling(source):
    assert imports_autograder(source)
    assert is_ours(notebook(source))
    assert is_ours(notebook(source.splitlines(keepends=True)))


@pytest.mark.parametrize("source", OTHERS)
def test_imports_autograder_takes_no_mention_for_an_import(source):
    assert not imports_autograder(source)


def test_is_ours_asks_graded_cells_only():
    other = notebook("from autograder import grade")
    other["cells"][0]["metadata"] = {}
    assert not is_ours(other)


def test_is_ours_where_the_metadata_says_so():
    assert is_ours(notebook(autograder={"exercise": "some_exercise"}))
    assert exercise_of(notebook(autograder={"exercise": "some_exercise"})) == "some_exercise"


@pytest.mark.parametrize("odd", [None, 3, [], {}, {"exercise": None}, {"exercise": 3}, {"exercise": ""}])
def test_exercise_of_odd_metadata_is_none(odd):
    assert exercise_of(notebook(autograder=odd)) == ""
    assert not is_ours(notebook(autograder=odd))
