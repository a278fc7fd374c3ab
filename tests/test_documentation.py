"""The documentation is true: its links, its paths, its names in Python, and the code map."""

import re
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote

import pytest
from support import payloads
from support.attacks import CELLS, FILES, SHADOWS
from support.sample_class import NAME as ASSIGNMENT

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
BASES = (
    ROOT,
    ROOT / "autograder",
    ROOT / "tests",
    ROOT / "tests" / "benchmarks",
    *(ROOT / "source").iterdir(),
)
ANYWHERE = {  # in a course, in an exercise, on a hub
    "autograder.toml", "gradients.py", "mistakes.py", "etc/jupyter/jupyter_server_config.py",
    "FILE.py", "two_units.py", "source/two_units/exercise.py", "exercises/two_units/gradients.py",
    "exercises/two_units/mistakes.py", "etc/jupyter/nbgrader_config.py",
    "jupyter/nbgrader_config.py", ".jupyter/nbgrader_config.py",
}  # fmt: skip
documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def anchors(document):
    """The anchors of the headings, as hosting services make them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@documents
def test_links_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    for link in links:
        if link.startswith("https://"):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@documents
def test_paths_exist(document):
    text = document.read_text(encoding="utf-8").replace("/NAME/", f"/{ASSIGNMENT}/")
    for path in set(re.findall(r"[`/ ]((?:[\w.]+/)*\w+\.(?:py|toml|yml))\b", text)) - ANYWHERE:
        assert any((base / path).is_file() for base in BASES), path


@documents
def test_names_in_python_can_be_imported(document):
    names = re.findall(
        r"\bautograder(?:\.[a-z_]\w*)*\.[A-Za-z_]\w*\b(?!\.md)", document.read_text(encoding="utf-8")
    )
    for name in set(names) - ANYWHERE:
        module, _, member = name.rpartition(".")
        assert hasattr(import_module(module), member) or import_module(name), name


def folders_of_the_package():
    package = ROOT / "autograder"
    folders = {path.parent for pattern in ("*.py", "*.j2") for path in package.rglob(pattern)}
    exercises = {path for path in folders if path.parent == package / "exercises"}
    gathered = {package, package / "adapters"}  # what holds nothing but folders
    return {f"{path.relative_to(ROOT)}/" for path in folders - exercises - gathered}


def test_the_code_map_names_every_folder_once():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    code_map = text.split("## Code map")[1].split("##")[0]
    named = re.findall(r"^\| `([^`]+)` \|", code_map, re.MULTILINE)
    assert len(named) == len(set(named))
    assert {name for name in named if name.startswith("autograder/")} == folders_of_the_package()
    for name in named:
        assert (ROOT / name.replace("NAME", ASSIGNMENT)).is_dir(), name


# The table of bounds

UNITS = {"MB": 1 << 20}
BOUNDS = re.findall(
    r"^\| .* \| ([\d,]+) ?(\w*) \| `(\S+)\.py`: `(\w+)` \|$",
    (ROOT / "docs" / "security.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


@pytest.mark.parametrize(("number", "unit", "module", "name"), BOUNDS, ids=lambda v: v)
def test_a_bound_is_what_the_security_page_says(number, unit, module, name):
    found = getattr(import_module(f"autograder.{module.replace('/', '.')}"), name)
    assert found == int(number.replace(",", "")) * UNITS.get(unit, 1)


def test_the_security_page_has_the_bounds():
    assert len(BOUNDS) > 20


def test_the_security_page_counts_the_attacks():
    page = " ".join((ROOT / "docs" / "security.md").read_text(encoding="utf-8").split())
    said = re.search(
        r"holds (\d+) attacks: (\d+) cells and (\d+) .*, and (\d+) files .* (\d+) payloads", page
    )
    attacks = [len(attacks) for attacks in (CELLS, FILES, SHADOWS)]
    _imports, *acting = payloads.CELLS
    assert [int(number) for number in said.groups()] == [sum(attacks), *attacks, len(acting)]
