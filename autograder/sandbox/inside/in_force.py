"""Which parts of the isolation can be put in force on this machine, each found out by trying."""

from collections.abc import Collection
from functools import partial

from . import namespaces
from .cgroup import Groups
from .children import attempt
from .confinement import ENFORCE, Plan


def apart(without: Collection[str]) -> str:
    """Become the first process of namespaces of our own; return why not, "" if so."""
    if "namespaces" in without:
        return "switched off"
    if not (reason := namespaces.missing()):
        namespaces.become_first()
    return reason


def probe(plan: Plan, without: frozenset[str], no_namespaces: str) -> dict[str, str]:
    """Return for each part "" if it can be put in force here, or why not."""
    reasons = {"namespaces": no_namespaces}
    for part in ENFORCE:
        if part in without:
            reasons[part] = "switched off"
        elif part == "workspace" and no_namespaces:
            reasons[part] = "needs namespaces"
        else:
            reasons[part] = attempt(partial(_put_in_force, part, plan))
    return reasons


def groups(without: Collection[str]) -> tuple[Groups | None, str]:
    """Return the groups for students' processes, and what they lack, or why there are none."""
    if "cgroup" in without:
        return None, "switched off"
    try:
        made = Groups()
    except OSError as error:
        return None, str(error)
    return made, made.lacking


def _put_in_force(part: str, plan: Plan) -> None:
    if part == "workspace":
        namespaces.enter_students()
    ENFORCE[part](plan)
