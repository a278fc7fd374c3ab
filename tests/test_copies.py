"""The copies of the lab: `tests/copies.py` finds those that are stale, and makes them."""

import shutil
import subprocess
import sys
from pathlib import Path

import copies
import pytest


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A clone with three exercises: the first, one with a lab, one without."""
    first = copies.first_lab()
    shutil.copy(copies.ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(first, tmp_path / first.relative_to(copies.ROOT), ignore=copies.IGNORED)
    shutil.copytree(first, tmp_path / "source" / "second" / first.name, ignore=copies.IGNORED)
    (tmp_path / "source" / "third").mkdir()
    for name in (first.parent.name, "second"):
        shutil.copy(first.with_name(copies.README), tmp_path / "source" / name)
    (tmp_path / "tests").mkdir()
    shutil.copy(copies.__file__, tmp_path / "tests")
    return tmp_path


def run(root, *options):
    command = [sys.executable, str(root / "tests" / "copies.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_copies_of_this_repository_are_fresh():
    assert [path for path in copies.copies() if not copies.is_copy(copies.first_lab(), path)] == []


def test_check_names_each_stale_copy(root):
    done = run(root, "--check")
    assert done.returncode == 1
    lab = copies.first_lab().relative_to(copies.ROOT)
    assert done.stderr.splitlines() == [
        copies.STALE.format(path=Path("source/third", first.name), first=first)
        for first in (lab, lab.with_name(copies.README))
    ]


def test_the_words_for_students_are_copied_too(root):
    readme = root / "source" / "second" / copies.README
    readme.write_text("mine", encoding="utf-8")
    assert "source/second/README.md is not a copy" in run(root, "--check").stderr
    assert run(root).returncode == 0
    assert readme.read_text(encoding="utf-8").startswith("# Read me first")


@pytest.mark.parametrize("change", ["edited", "removed", "added"])
def test_stale_copies_are_made_again(root, change):
    module = root / "source" / "second" / "backprop_lab" / ("mine.py" if change == "added" else "graph.py")
    if change == "removed":
        module.unlink()
    else:
        module.write_text("# mine\n", encoding="utf-8")
    assert "source/second/backprop_lab is not a copy" in run(root, "--check").stderr
    assert run(root).returncode == 0
    assert run(root, "--check").returncode == 0
    assert all(copies.is_copy(copies.first_lab(root), path) for path in copies.copies(root))
