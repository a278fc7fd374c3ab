"""From a hand-in to the trusted notebook: what is taken, what is ours, what is said."""

import json
import os

import pytest
from support.answers import PLAIN
from support.sample_class import (
    NAME,
    RELEASE,
    answering,
    as_colab,
    as_vscode,
    cell_of,
    code_cell,
    with_cells,
    without_cells,
)
from support.sandbox import SOURCE

from autograder.adapters.nbgrader.template import template_of
from autograder.submission import rebuild as rebuilding
from autograder.submission.annotate import annotate
from autograder.submission.cells import name_of
from autograder.submission.execute import unjudged
from autograder.submission.notebook import Unreadable, read_notebook
from autograder.submission.rebuild import defined_in, rebuild, trusted
from exercise import POINTS

TEMPLATE = template_of(SOURCE / f"{NAME}.ipynb")


def hand_in(*changes):
    notebook = json.loads(RELEASE.read_text(encoding="utf-8"))
    for change in (answering(PLAIN), *changes):
        notebook = change(notebook) or notebook
    return notebook


def sources(built):
    return ["".join(cell["source"]) for cell in built.notebook["cells"]]


def by_name(built):
    return {name_of(cell): "".join(cell["source"]) for cell in built.notebook["cells"] if name_of(cell)}


def test_the_template_is_open_and_has_its_hidden_tests():
    cells = {name_of(cell): cell["source"] for cell in TEMPLATE["cells"]}
    for question in POINTS:
        assert "raise NotImplementedError()" in cells[question]
        assert f'grade("{question}", {question})' in cells[f"test_{question}"]


@pytest.mark.parametrize("change", [lambda n: n, as_colab, as_vscode])
def test_an_honest_hand_in_is_taken_without_a_word(change):
    built = rebuild(TEMPLATE, hand_in(change))
    assert built.notes == ()
    assert {q: by_name(built)[q] for q in PLAIN} == PLAIN
    assert len(built.notebook["cells"]) == len(TEMPLATE["cells"])


def test_own_cells_stay_at_their_place():
    built = rebuild(TEMPLATE, hand_in(with_cells("before = 1", before="grad_w")))
    place = sources(built).index("before = 1")
    assert name_of(built.notebook["cells"][place - 2]) == "test_grad_z"
    assert name_of(built.notebook["cells"][place + 1]) == "grad_w"


def test_nothing_of_a_hand_in_but_text_is_believed():
    def change(notebook):
        cell = cell_of(notebook, "grad_z")
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "forged"}]
        cell["metadata"]["tags"] = ["forged"]
        notebook["metadata"]["kernelspec"]["name"] = "forged"

    text = json.dumps(rebuild(TEMPLATE, hand_in(change)).notebook)
    assert "forged" not in text


def strip(notebook):
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)


def test_cells_without_metadata_are_recognised_by_the_function_they_define():
    built = rebuild(TEMPLATE, hand_in(strip))
    assert {q: by_name(built)[q] for q in PLAIN} == PLAIN
    assert len(built.notebook["cells"]) == len(TEMPLATE["cells"])
    for question in PLAIN:
        assert any(f"{question} was recognised by the function that it defines" in n for n in built.notes)


def test_a_retyped_cell_is_recognised():
    def retype(notebook):
        place = notebook["cells"].index(cell_of(notebook, "grad_w"))
        notebook["cells"][place] = code_cell("def grad_w(d, h):\n    return h * d")

    built = rebuild(TEMPLATE, hand_in(retype))
    assert by_name(built)["grad_w"] == "def grad_w(d, h):\n    return h * d"


def test_of_repeated_cells_the_last_that_defines_counts_and_comes_last():
    def repeat(notebook):
        original = cell_of(notebook, "grad_w")
        place = notebook["cells"].index(original)
        copies = ["def grad_w(d, h):\n    return 1", PLAIN["grad_w"], "helper = 3"]
        notebook["cells"][place : place + 1] = [{**original, "source": source} for source in copies]

    built = rebuild(TEMPLATE, hand_in(repeat))
    assert by_name(built)["grad_w"] == PLAIN["grad_w"]
    text = sources(built)
    assert text.index("def grad_w(d, h):\n    return 1") < text.index(PLAIN["grad_w"])
    assert "grad_w is there 3 times: the last one that defines it counts" in built.notes


def test_missing_cells_are_put_back_and_named():
    built = rebuild(TEMPLATE, hand_in(without_cells("setup", "grad_c", "test_grad_w")))
    assert "raise NotImplementedError()" in by_name(built)["grad_c"]
    assert "import numpy" in by_name(built)["setup"]
    assert built.notes == ("these cells were missing: setup, test_grad_w, grad_c. They were put back",)


def test_an_edited_test_is_ours_again():
    built = rebuild(TEMPLATE, hand_in(lambda n: cell_of(n, "test_grad_z").update(source="2.0")))
    assert "2.0" not in sources(built)


@pytest.mark.parametrize(
    "source",
    ["def f(x):\n    return x", "f = lambda x: x", "class f: pass", "async def f(): pass", "f: int = 3"],
)
def test_what_a_cell_defines(source):
    assert defined_in(source) == {"f"}


def test_what_a_cell_defines_that_does_not_parse():
    assert defined_in("def f(x)\n    return x") == {"f"}
    assert defined_in("%magic\ndef f(x):\n    return x") == {"f"}
    assert defined_in("(" * 10_000) == set()


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the file is empty"),
        (" \n", "the file is empty"),
        ("{", "not valid JSON"),
        (b"\xff\xfe{}", "not UTF-8 text"),
        ("[]", "not a Jupyter notebook of format 4"),
        ('{"worksheets": []}', "not a Jupyter notebook of format 4"),
        ('{"cells": {}}', "not a Jupyter notebook of format 4"),
        ("[" * 200_000, "not valid JSON, nested too deep"),
        ('{"cells": [' + "[" * 200_000 + "]" * 200_000 + "]}", "not valid JSON, nested too deep"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_named(tmp_path, content, words):
    with pytest.raises(Unreadable, match=words):
        read_notebook(write(tmp_path / "n.ipynb", content))


def test_a_byte_order_mark_is_no_harm(tmp_path):
    content = b"\xef\xbb\xbf" + json.dumps(hand_in()).encode()
    assert read_notebook(write(tmp_path / "n.ipynb", content))["cells"]


def test_a_giant_is_not_read(tmp_path):
    path = tmp_path / "n.ipynb"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    with pytest.raises(Unreadable, match="100 MB large, more than the 20 MB"):
        read_notebook(path)


@pytest.mark.parametrize("part", ["{}", "[]", "1", '""', '{"k": 1}'], ids=str)
def test_a_file_of_many_small_parts_is_not_read(tmp_path, part):
    text = '{"cells": [' + ",".join([part] * 600_000) + "]}"
    with pytest.raises(Unreadable, match="more than 500,000 parts"):
        read_notebook(write(tmp_path / "n.ipynb", text))


def test_code_and_pictures_may_be_as_long_as_they_are(tmp_path):
    notebook = hand_in()
    notebook["cells"][0]["source"] = '{"a": [1, "\\\\", {}]}' * 200_000
    assert read_notebook(write(tmp_path / "n.ipynb", json.dumps(notebook).encode())) == notebook


@pytest.mark.parametrize("kind", ["a link", "a folder", "something else"])
def test_only_files_are_read(tmp_path, kind):
    path = tmp_path / "n.ipynb"
    if kind == "a link":
        path.symlink_to(RELEASE)
    elif kind == "a folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(Unreadable, match=f"not a file but {kind}"):
        read_notebook(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(Unreadable, match="No such file"):
        read_notebook(tmp_path / "n.ipynb")


def test_thousands_of_cells_are_cut(monkeypatch):
    monkeypatch.setattr(rebuilding, "MOST_CELLS", 10)
    notes = rebuild(TEMPLATE, hand_in()).notes
    assert notes[0].endswith("only the first 10 were taken")


def test_a_cell_that_is_too_long_for_pythons_parser_is_left_out():
    def change(notebook):
        notebook["cells"] += [code_cell("a;" * 60_000), code_cell("kept = 1")]

    built = rebuild(TEMPLATE, hand_in(change))
    assert "kept = 1" in sources(built)
    assert not any("a;a;" in source for source in sources(built))
    number = len(hand_in()["cells"]) + 1
    assert built.notes == (f"cell {number} was left out: it has 120,000 characters, more than 100,000",)


def test_nothing_that_becomes_of_one_notebook_is_in_the_next():
    before = json.dumps(TEMPLATE)
    for notebook in (rebuild(TEMPLATE, hand_in()).notebook, trusted(TEMPLATE, unreadable)):
        annotate(notebook, unjudged(notebook, "the grader failed"))
        notebook["cells"][0]["metadata"]["mine"] = True
    assert json.dumps(TEMPLATE) == before


def unreadable():
    raise Unreadable("the file is empty")
