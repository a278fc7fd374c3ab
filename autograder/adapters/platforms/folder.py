"""A plain folder: `student-01.ipynb`, `student-01_notebook.ipynb`, or a folder for each student. What is
below such a folder is that student's, whatever it is called."""

import re

from ..moodle.filenames import Platform, Submission

FOLDER = re.compile(r"(?P<student>[^/]+)/(?P<file>.+)", re.DOTALL)
FILE = re.compile(r"(?P<student>[^/]+?)(?:_(?P<file>[^/]+))?(?P<kind>\.[^/.]+)", re.DOTALL)


def parse(path: str) -> Submission | None:
    """The submission at a path; None where no student is named, or one that is a way to another folder."""
    found = FOLDER.fullmatch(path) or FILE.fullmatch(path)
    if found is None or not found["student"].strip(". "):
        return None
    kind = found.groupdict().get("kind", "")
    return Submission(found["student"], "", path, f"{found['file'] or found['student']}{kind}")


PLATFORM = Platform("this folder", parse)
