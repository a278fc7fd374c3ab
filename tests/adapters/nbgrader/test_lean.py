"""nbgrader without what the grading of a class has no use for: in a process that does nothing else."""

import json
import subprocess
import sys

from autograder.adapters.nbgrader.lean import NAMING, UNUSED

LOADED = f"""
import json, sys
print(json.dumps([name in sys.modules for name in {UNUSED!r}]))
"""
LEAN = "from autograder.adapters.nbgrader.lean import import_without_unused\nimport_without_unused()\n"


def shown(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_all_that_is_left_out_is_what_nbgrader_names_when_it_is_imported():
    assert all(shown("".join(f"import {name}\n" for name in NAMING) + LOADED))


def test_none_of_it_is_loaded_and_none_of_it_is_kept_from_who_needs_it():
    assert not any(shown(LEAN + LOADED))
    use = "print(json.dumps([bleach.clean('<hr>'), bs4.BeautifulSoup('<p>a</p>').text]))"
    assert shown(f"{LEAN}import json, bleach, bs4\n{use}") == ["&lt;hr&gt;", "a"]
