"""A plain folder: `student-01.ipynb`, `student-01_notebook.ipynb`, or a folder for each student."""

import re

from ..moodle.filenames import Platform, Submission

FOLDER = re.compile(r"(?:.*/)?(?P<student>[^/]+)/(?P<file>[^/]+)", re.DOTALL)
FILE = re.compile(r"(?P<student>[^/]+?)(?:_(?P<file>[^/]+))?(?P<kind>\.[^/.]+)", re.DOTALL)


def parse(path: str) -> Submission | None:
    """The submission at a path; None where no student is named."""
    if found := FOLDER.fullmatch(path):
        return Submission(found["student"], "", path, found["file"])
    if found := FILE.fullmatch(path):
        file = f"{found['file'] or found['student']}{found['kind']}"
        return Submission(found["student"], "", path, file)
    return None


PLATFORM = Platform("this folder", parse)
