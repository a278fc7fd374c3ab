"""Stands before the package of this name, which jsonschema imports if it is there and does without if not.

That package takes more than a second to import, in each command of nbgrader's and each server, for a
check of international addresses that no notebook has need of. `conftest.py` puts this folder first.
"""

raise ImportError("not needed here")
