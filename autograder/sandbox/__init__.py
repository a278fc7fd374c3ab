"""Processes that run a student's code, and the policy that confines them. Nothing of grading."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what runs inside the sandbox does without
    from .processes import Sandbox


def open_sandbox() -> "Sandbox":
    """Open this system's sandbox. It gets ready while others work."""
    if sys.platform == "linux":
        from .forkserver import ForkServer

        return ForkServer()
    from .spawn import Spawn

    return Spawn()
