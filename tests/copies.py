"""The lab and the words for students are written once: python tests/copies.py [--check]

Every exercise hands out copies of its own, which are made from those of the first one, whose lab the wheel
installs.
"""

import filecmp
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
IGNORED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
README = "README.md"
STALE = "{path} is not a copy of {first}: change the first one, then run 'make lab'"


def first_lab(root: Path = ROOT) -> Path:
    """Return the lab that all others are copies of."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    (lab,) = [root / package for package in packages if package.startswith("source/")]
    return lab


def copies(root: Path = ROOT) -> Iterator[Path]:
    """Yield where the other exercises have their labs."""
    first = first_lab(root)
    for folder in sorted((root / "source").iterdir()):
        if folder.is_dir() and folder != first.parent:
            yield folder / first.name


def is_copy(one: Path, other: Path) -> bool:
    """Return whether two files hold the same, or two folders the same modules."""
    if one.is_file():
        return other.is_file() and filecmp.cmp(one, other, shallow=False)
    names = {path.name for folder in (one, other) for path in folder.glob("*.py")}
    return not any(filecmp.cmpfiles(one, other, names, shallow=False)[1:])


def main() -> None:
    """Make the copies, or with --check say whether they are fresh."""
    lab = first_lab()
    readme = lab.with_name(README)
    pairs = [pair for copy in copies() for pair in ((lab, copy), (readme, copy.with_name(README)))]
    stale = [(first, path) for first, path in pairs if not is_copy(first, path)]
    if "--check" in sys.argv and stale:
        words = (STALE.format(path=p.relative_to(ROOT), first=f.relative_to(ROOT)) for f, p in stale)
        sys.exit("\n".join(words))
    for first, path in stale:
        if first == readme:
            shutil.copy(first, path)
            continue
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(first, path, ignore=IGNORED)


if __name__ == "__main__":
    main()
