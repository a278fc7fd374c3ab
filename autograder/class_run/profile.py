"""What a person sees of where the time of a class went."""

from collections.abc import Sequence

from ..submission.clock import STAGES, Spent, total
from .outcome import Outcome

HEAD = "Processor time for each of {count} submissions, in milliseconds:"
COLUMNS = "  stage       grader  student's process"
ROW = "  {stage:9} {grader:8.2f} {student:8.2f}   {words}"
TOGETHER = "together"


def profile(outcomes: Sequence[Outcome], apart: float) -> str:
    """A table of processor time by stage. `apart` are the seconds of all that is no process of the grader's:
    what begins students' processes, and these until they were gone; 0 where that is not known."""
    spent = total(outcome.spent for outcome in outcomes)
    count = sum(bool(outcome.spent) for outcome in outcomes)
    students = sum(each.student for each in spent.values())
    spent.add("fork", Spent(student=max(0.0, apart - students)))
    rows = [(stage, spent.get(stage, Spent()), words) for stage, words in STAGES.items()]
    whole = Spent(*(sum(times) for times in zip(*spent.values(), strict=True)))
    return "\n".join(
        [HEAD.format(count=count), COLUMNS]
        + [_row(stage, each, words, count) for stage, each, words in [*rows, (TOGETHER, whole, "")]]
    )


def _row(stage: str, spent: Spent, words: str, count: int) -> str:
    grader, student = (1000 * seconds / max(1, count) for seconds in (spent.grader, spent.student))
    return ROW.format(stage=stage, grader=grader, student=student, words=words).rstrip()
