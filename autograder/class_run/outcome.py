"""What became of one student's submission."""

from dataclasses import dataclass, field

from ..submission.clock import Clock
from .gradebook import Scores

GRADED, UNCHANGED, WAITING, REVIEW = "graded", "unchanged", "waiting", "needs review"
NO_NOTEBOOK, NOT_RECORDED = "no notebook", "not recorded"
STATUSES = (GRADED, UNCHANGED, WAITING, REVIEW, NO_NOTEBOOK, NOT_RECORDED)
FINE = (GRADED, UNCHANGED)


@dataclass(frozen=True)
class Change:
    """Points of a question that a regrade changed; None stands for no grade."""

    question: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Outcome:
    """What became of one student's submission. `points` are those that the gradebook holds by then, before
    what being late costs; `waiting` are the graded cells that a person has to look at."""

    student: str
    status: str
    path: str  # of the notebook that was submitted, or should have been
    points: float | None = None
    out_of: float | None = None
    waiting: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()
    spent: Clock = field(default_factory=Clock)  # by stage
    log: str = ""
    lacking: tuple[str, ...] = ()  # packages that the answers need and that are not installed
    untimed: bool = False  # whether it would matter when it was submitted, and nothing says so


def was_graded(before: Scores | None) -> bool:
    """Whether a grader has given points before."""
    return before is not None and any(score.auto is not None for score in before.values())


def changes(before: Scores | None, after: Scores) -> tuple[Change, ...]:
    """Which points are not what they were; none for a submission that is graded first."""
    if before is None or not was_graded(before):
        return ()
    names = [name for name in after if name in before and before[name].points != after[name].points]
    return tuple(
        Change(name.removeprefix("test_"), before[name].points, after[name].points) for name in names
    )
