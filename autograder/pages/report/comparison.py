"""The assignments of a course side by side, on one page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..environment import environment
from .summary import Made, Question, Summary


@dataclass(frozen=True)
class Row:
    """How an assignment went; `page` is where its own report lies, beside this page."""

    title: str
    page: str
    submitted: int
    graded: int
    mean: float | None
    out_of: float
    full: int
    looks: int
    hardest: Question | None
    mistake: Made | None

    @property
    def share(self) -> float | None:
        """The mean as a share of the points that there are."""
        return None if self.mean is None or not self.out_of else self.mean / self.out_of


def _hardest(summary: Summary) -> Question | None:
    """The question with the lowest mean, as a share of its points."""
    graded = [q for q in summary.questions if q.mean is not None and q.item.out_of]
    return min(graded, key=lambda q: (q.mean or 0.0) / q.item.out_of, default=None)


def _row(title: str, page: str, summary: Summary) -> Row:
    figures = summary.figures
    return Row(
        title,
        page,
        figures["submitted"],
        figures["graded"],
        figures["mean"],
        summary.out_of,
        figures["full points"],
        len(summary.looks),
        _hardest(summary),
        next(iter(summary.mistakes), None),
    )


def render(summaries: Mapping[str, Summary], waiting: Iterable[str]) -> str:
    """The page; `summaries` are by the address of their own reports, `waiting` the names of the assignments
    that nothing is graded of."""
    rows = [_row(s.assignment.replace("_", " "), page, s) for page, s in summaries.items()]
    template = environment("autograder.pages").get_template("comparison.html.j2")
    return template.render(rows=rows, waiting=[name.replace("_", " ") for name in waiting])
