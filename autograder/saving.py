"""How a failure of the grader itself is recorded: as work for a person, never as a zero.

nbgrader uses it when its configuration puts it in the place of SaveAutoGrades, as the
nbgrader_config.py of this project does.
"""

from typing import Any

from nbgrader.preprocessors import SaveAutoGrades

from .grading import NeedsReview


def needs_review(cell: Any) -> bool:
    """Whether the grader itself failed in this cell."""
    outputs = cell.get("outputs", [])
    return any(o.get("ename") == NeedsReview.__name__ for o in outputs)


class SaveGrades(SaveAutoGrades):
    """Records points as nbgrader does; a cell that could not be judged is left to be graded by hand."""

    def _add_score(self, cell: Any, resources: Any) -> None:
        super()._add_score(cell, resources)
        if not needs_review(cell):
            return
        name = cell.metadata.nbgrader["grade_id"]
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        grade.auto_score, grade.needs_manual_grade = None, True
        self.gradebook.db.commit()
        self.log.error("%s: %s could not be judged and needs review: see the cell", self.student_id, name)
