"""The sample class, or a part of it, as Moodle offers it for download.

    python -m support.moodle FOLDER

writes what belongs into downloaded/ASSIGNMENT/archive/: the archive of all submissions, a later one in
which somebody handed in once more; and, beside them, the grading worksheet, WORKSHEET.
"""

import csv
import io
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.sample_class import CLASS, NAME, hand_in

ARCHIVE = f"ML1-{NAME}-4711.zip"
LATER = f"ML1-{NAME}-4711 (1).zip"
WORKSHEET = f"Grades-ML1-{NAME}-4711.csv"
COLUMNS = (
    "Identifier", "Full name", "ID number", "Email address", "Status", "Grade", "Maximum Grade",
    "Grade can be changed", "Last modified (submission)", "Last modified (grade)", "Feedback comments",
)  # fmt: skip
NAMES = ("Étudiant Élève {:02d}", "Student d'Été {:02d}", "Öğrenci Ñandú-Çelik {:02d}", "学生 {:02d}")

Files = Mapping[str, str | bytes]  # what a student handed in, by the student's names for it


def number_of(place: int) -> str:
    """The number of the participant at a place of the class list."""
    return str(1_000_000 + place)


def name_of(place: int) -> str:
    """The participant's full name."""
    return NAMES[place % len(NAMES)].format(place)


def prefix(place: int) -> str:
    """What Moodle puts before the files of a participant."""
    return f"{name_of(place)}_{number_of(place)}_assignsubmission_file_"


def write_archive(path: Path, handed_in: Mapping[int, Files], folders: bool = True) -> None:
    """An archive with a folder for each participant, or with none."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, files in handed_in.items():
            for file, content in files.items():
                archive.writestr(f"{prefix(place)}{'/' if folders else ''}{file}", content)


def zipped(files: Files) -> bytes:
    """An archive that a student made."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return content.getvalue()


def write_worksheet(path: Path, places: Sequence[int], **comments: str) -> None:
    """The grading worksheet, without grades; `comments` are by the participants' numbers (`p1000001`)."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for place in places:
            number, comment = number_of(place), comments.get(f"p{number_of(place)}", "")
            email = f"student-{place:02d}@example.org"
            writer.writerow([f"Participant {number}", name_of(place), f"S{place:05d}", email, "Submitted",
                             "", "20.00", "Yes", "-", "-", comment])  # fmt: skip


def make(folder: Path, labels: Sequence[str] = tuple(CLASS)) -> dict[str, str]:
    """Write the archives and the worksheet; what each participant handed in last, by number.

    The last in the class list hands in once more, in the later archive, what the first handed in;
    and one participant more hands in nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handed_in: dict[int, Files] = {}
    for place, label in enumerate(labels, 1):
        content = hand_in(label)
        handed_in[place] = {f"{NAME}.ipynb": content} if content is not None else {"later.txt": "later"}
    again = hand_in(labels[0])
    assert again is not None
    write_archive(folder / ARCHIVE, handed_in)
    write_archive(folder / LATER, {len(labels): {f"{NAME} (1).ipynb": again}})
    write_worksheet(folder.parent / WORKSHEET, range(1, len(labels) + 2))
    return {number_of(place): label for place, label in enumerate([*labels[:-1], labels[0]], 1)}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER")
    make(Path(sys.argv[1]))
