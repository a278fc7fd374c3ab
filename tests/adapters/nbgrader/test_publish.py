"""How the files of graded submissions come to autograded/: what all of them have is one file."""

import os

import pytest

from autograder.adapters.nbgrader.publish import Layout, Staged

LAB = {"lab/model.py": b"WIDTH = 3", "README.md": b"Fill in the gradients."}


def layout(**more):
    return Layout(**{"notebook": "n.ipynb", "contents": LAB, "mode": 0o444, "shared": False,
                     "others": frozenset(), **more})  # fmt: skip


@pytest.fixture
def publish(tmp_path):
    def publish(student, laid_out, files=LAB):
        place = tmp_path / student / "assignment"
        Staged(place, {"n.ipynb": student.encode(), **files}, laid_out).publish()
        assert {p.relative_to(place).as_posix(): p.read_bytes() for p in place.rglob("*") if p.is_file()} == {
            "n.ipynb": student.encode(), **files}  # fmt: skip
        assert {p.stat().st_mode & 0o777 for p in place.rglob("*") if p.is_file()} == {0o444}
        return place

    return publish


def are_one(*places, name="lab/model.py"):
    return len({(place / name).stat().st_ino for place in places}) == 1


def test_what_all_have_is_one_file_and_what_a_student_has_is_its_own(publish):
    own, same = layout(), {**LAB, "notes.txt": b"mine"}
    places = [publish(student, own, same) for student in ("student-01", "student-02", "student-03")]
    assert are_one(*places)
    assert (places[0] / "README.md").stat().st_nlink == 3
    assert (places[0] / "notes.txt").stat().st_nlink == (places[0] / "n.ipynb").stat().st_nlink == 1


def test_files_that_are_ready_and_not_in_their_place_yet_are_linked_to(tmp_path):
    own = layout()
    staged = [Staged(tmp_path / name, LAB, own) for name in ("one", "two")]
    for each in staged:
        each.publish()
    assert are_one(tmp_path / "one", tmp_path / "two")


def write_over(path):
    path.chmod(0o644)
    path.write_bytes(b"WIDTH = 4")
    os.utime(path, (0, 0))
    path.chmod(0o444)


def remove(path):
    path.unlink()


def open_up(path):
    path.chmod(0o666)


@pytest.mark.parametrize("change", [write_over, remove, open_up])
def test_a_file_that_somebody_changed_comes_to_nobody_else(publish, change):
    own = layout()
    first = publish("student-01", own)
    before = publish("student-02", own)
    change(first / "lab" / "model.py")
    after = [publish(student, own) for student in ("student-03", "student-04")]
    assert are_one(*after)
    assert not are_one(before, after[0])
    assert are_one(before, after[0], name="README.md")


def test_where_there_are_no_links_files_are_written(publish, monkeypatch):
    def refuse(*paths):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    own = layout()
    assert not are_one(*(publish(student, own) for student in ("student-01", "student-02")))


def test_in_a_course_of_a_group_each_file_is_its_own(publish):
    own = layout(shared=True)
    assert not are_one(*(publish(student, own) for student in ("student-01", "student-02")))


def test_files_that_have_changed_are_written_anew(publish):
    changed = {**LAB, "lab/model.py": b"WIDTH = 5"}
    places = [publish("student-01", layout()), publish("student-02", layout(contents=changed), changed)]
    assert not are_one(*places)
    assert not are_one(places[0], publish("student-01", layout(contents=changed), changed), places[1])
