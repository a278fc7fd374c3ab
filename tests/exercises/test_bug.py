"""The network with a planted slip, near the end of each notebook."""

import contextlib
import io

import numpy as np
from released import RELEASE, read
from test_release import BATCH, EACH, FIRST

from backprop_lab import numerical_gradient

SOFTMAX = "softmax_classifier"
SLIPS = {
    FIRST: ("(1 - k)", "(1 - k**2)", "✗✗✓"),
    BATCH: ("dF_dt = dF_da\n", "dF_dt = dF_da - np.mean(dF_da)\n", "✓✗"),
    SOFTMAX: ("dF_da = dF_dk *", "dF_da = dF_dm + dF_dk *", "✓✗✗"),
}


def check(assignment, slip, correct):
    """What the notebook's gradient check of that network says: the sign of each gradient."""
    cells = {cell.id: cell.source for cell in read(RELEASE, assignment).cells}
    assert cells["bug"].count(slip) == 1
    names, said = {"np": np, "numerical_gradient": numerical_gradient}, io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(cells["bug"].replace(slip, correct), names)
        exec(cells["bug-check"], names)
    assert max(map(len, said.getvalue().splitlines())) <= 80
    return "".join(line[0] for line in said.getvalue().splitlines()[::2])


@EACH
def test_the_gradient_check_finds_the_planted_slip(assignment):
    slip, _, signs = SLIPS[assignment]
    assert check(assignment, slip, slip) == signs


@EACH
def test_there_is_one_slip_only(assignment):
    slip, mended, signs = SLIPS[assignment]
    assert check(assignment, slip, mended) == "✓" * len(signs)
