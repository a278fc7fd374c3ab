"""A question's points have one owner, the gradebook: they count, whatever the source notebook says."""

from collections.abc import Mapping
from typing import Any

from ..submission.cells import gives_points, mark, name_of
from ..submission.notebook import Notebook

OTHER_POINTS = (
    "the gradebook's points count, and the source notebook says something else: {cells}. "
    "`nbgrader generate_assignment --force {assignment}` takes the source's points over."
)
OTHER_POINT = "{cell} {source:g} (in the gradebook {gradebook:g})"


def with_max_scores(template: Notebook, max_scores: Mapping[str, float]) -> Notebook:
    """Return the template with the gradebook's points in its graded cells."""

    def given(cell: dict[str, Any]) -> dict[str, Any]:
        marks, name = mark(cell), name_of(cell)
        if name not in max_scores or not gives_points(cell) or marks.get("points") == max_scores[name]:
            return cell
        return {**cell, "metadata": {**cell["metadata"], "nbgrader": {**marks, "points": max_scores[name]}}}

    return {**template, "cells": [given(cell) for cell in template["cells"]]}


def other_points(template: Notebook, max_scores: Mapping[str, float], assignment: str) -> str:
    """Say where the source notebook gives other points than the gradebook; "" if nowhere."""
    graded = [cell for cell in template["cells"] if gives_points(cell) and name_of(cell) in max_scores]
    said = {name_of(cell): float(mark(cell).get("points") or 0) for cell in graded}
    differing = [
        OTHER_POINT.format(cell=name, source=points, gradebook=max_scores[name])
        for name, points in said.items()
        if points != max_scores[name]
    ]
    return OTHER_POINTS.format(cells=", ".join(differing), assignment=assignment) if differing else ""
