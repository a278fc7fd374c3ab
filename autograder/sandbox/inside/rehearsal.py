"""What the fork server does once, so that no student's process has to."""

import sys
from collections.abc import Iterable
from typing import Any

from . import shell

# Cells that are run once, so that every student's process inherits the caches that they fill.
REHEARSAL = (
    "from backprop_lab import *\nimport numpy as np",
    "def f(x):\n    '''doc'''\n    return [y for y in x if y > 1 and not undefined]",
    "f([1, 2])",
    "np.linalg.solve(np.ones((2, 2)), np.ones(2))",
    "assert np.allclose(np.eye(2), 2), 'no'",
    "class A:\n    def __init__(self): self.x = {}['key']\nA()",
    "np.random.default_rng(0).normal(size=3)",
)
# The same for matplotlib, which few need: it would make every process larger, and take half a second.
DRAWING = (
    "import numpy as np\nimport matplotlib.pyplot as plt",
    "fig, ax = plt.subplots(); ax.plot(np.arange(9) / 3, label='$x^2$'); ax.set_title('a')\n"
    "ax.legend(); plt.show()",
    "plt.close('all')",
)


def _forget_inputs(history: Any) -> None:
    """Empty `In`, `_i` and the like, which IPython does only for a new session of its database."""
    history.reset(new_session=False)
    history.input_hist_parsed[:], history.input_hist_raw[:] = [""], [""]
    history._i00 = history._i = history._ii = ""


def rehearse(student_shell: Any, cells: Iterable[str] = REHEARSAL) -> None:
    """Run the cells, and forget what they defined."""
    streams, before = (sys.stdout, sys.stderr), set(student_shell.user_ns)
    shell.take_over(student_shell)
    for source in cells:
        student_shell.outputs = shell.Outputs()
        student_shell.run_cell(source, store_history=True)
    sys.stdout, sys.stderr = streams
    for name in set(student_shell.user_ns) - before:
        del student_shell.user_ns[name]
    _forget_inputs(student_shell.history_manager)
    student_shell.execution_count = 1
    student_shell.displayhook.flush()
    student_shell._last_traceback = None
