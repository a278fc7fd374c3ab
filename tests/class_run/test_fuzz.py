"""Submissions made by chance: everybody is graded or named, and no honest one loses a point by them."""

import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="such names and files are Linux's")


@pytest.mark.parametrize("seed", [1, 2])
def test_chance_loses_nobody_and_costs_the_honest_nothing(course, monkeypatch, seed):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    from fuzz import one_class

    found, *_ = one_class(course, seed, 101)
    assert found.keys() <= {"graded", "needs review"}
    assert found["graded"] > 50
