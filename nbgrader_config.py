"""The course's nbgrader configuration. The exercise works without it. With it, damaged hand-ins are
named in plain words, test cells that a student deleted are put back, and a question that the grader
itself failed on is marked for grading by hand in place of a zero."""

c = get_config()  # noqa: F821

c.Autograde.pre_convert_hook = "autograder.preflight.report"
c.OverwriteCells.add_missing_cells = True
c.Autograde.autograde_preprocessors = [
    "nbgrader.preprocessors.Execute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.saving.SaveGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
