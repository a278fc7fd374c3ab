"""What a submission needs before it is run."""

import pytest
from support.sample_class import NAME

from autograder.submission.pipeline import Job, _draws, _session


@pytest.mark.parametrize(
    ("source", "draws"),
    [
        ("import matplotlib.pyplot as plt", True),
        ("def f():\n    from matplotlib import pyplot as plt\n", True),
        ("x = 1\n  %matplotlib inline", True),
        ("%pylab", True),
        ("import matplotlibs", False),
        ("install('matplotlib')  # import matplotlib", False),
        ("import numpy as np", False),
    ],
)
def test_matplotlib_is_expected_where_it_is_imported(source, draws):
    cells = [
        {"cell_type": "code", "source": source},
        {"cell_type": "markdown", "source": "import matplotlib"},
    ]
    assert _draws({"cells": cells}, {}) is draws
    assert _draws({"cells": []}, {"mine.py": source.encode()}) is draws
    assert not _draws({"cells": cells[1:]}, {"mine.txt": source.encode()})


def test_a_session_is_told_of_it():
    cells = [{"cell_type": "code", "source": "import matplotlib"}]
    job = Job("student-01", b"", {}, {"cells": cells}, NAME, None, None, {})
    assert _session({"cells": cells}, job, None, []).draws
    assert not _session({"cells": []}, job, None, []).draws
