"""The network with a planted slip, near the end of the first notebook."""

import contextlib
import io

import nbformat
import numpy as np
from support.sample_class import RELEASE

from backprop_lab import numerical_gradient

SLIP, MENDED = "(1 - k)", "(1 - k**2)"


def check(correct):
    """What the notebook's gradient check of that network says: the sign of each gradient."""
    cells = {c.id: c.source for c in nbformat.read(RELEASE, as_version=4).cells}
    assert cells["bug"].count(SLIP) == 1
    names, said = {"np": np, "numerical_gradient": numerical_gradient}, io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(cells["bug"].replace(SLIP, correct), names)
        exec(cells["bug-check"], names)
    return [line[0] for line in said.getvalue().splitlines()]


def test_the_gradient_check_finds_the_planted_slip():
    assert check(SLIP) == ["✗", "✗", "✓"]


def test_there_is_one_slip_only():
    assert check(MENDED) == ["✓", "✓", "✓"]
