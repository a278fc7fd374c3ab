"""The sample class: hand-ins as students make them, from the released notebook.

    python -m support.sample_class FOLDER

writes FOLDER/student-01_attempt_20261120T100000_neural_network_derivation.ipynb and so on,
the names that a learning platform gives to downloads, and FOLDER/students.csv.
"""

import csv
import json
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.answers import FORMS, PLAIN, SLIPS, WRONG

Notebook = dict[str, Any]
Change = Callable[[Notebook], Notebook | str | None]

NAME = "neural_network_derivation"
RELEASE = Path(__file__).parents[2] / "release" / NAME / f"{NAME}.ipynb"


def cell_of(notebook: Notebook, grade_id: str) -> dict[str, Any]:
    """The cell with that grade_id."""
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def answering(answers: dict[str, str], then: Change | None = None) -> Change:
    """A student who puts these sources into the solution cells, and may do something more."""

    def change(notebook: Notebook) -> Notebook | str | None:
        for question, source in answers.items():
            cell_of(notebook, question)["source"] = source
        return then(notebook) if then else notebook

    return change


def right_but(then: Change | None = None, **answers: str) -> Change:
    """A student who answers everything plainly and rightly, apart from what is given."""
    return answering({**PLAIN, **answers}, then)


def forms(*names: str) -> Change:
    """A student whose answers are all right, in the named forms where a question has them."""
    chosen = {q: FORMS[q][name] for q in FORMS for name in names if name in FORMS[q]}
    return right_but(**chosen)


def code_cell(source: str, **metadata: Any) -> dict[str, Any]:
    """A cell that a student adds."""
    return {
        "cell_type": "code",
        "id": f"added-{zlib.crc32(source.encode(errors='replace')):08x}",
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def with_cells(*sources: str, before: str = "grad_z") -> Change:
    """Add code cells before the solution cell of a question."""

    def change(notebook: Notebook) -> Notebook:
        place = notebook["cells"].index(cell_of(notebook, before))
        notebook["cells"][place:place] = [code_cell(source) for source in sources]
        return notebook

    return change


def without_cells(*grade_ids: str) -> Change:
    """Delete cells."""

    def change(notebook: Notebook) -> Notebook:
        gone = [cell_of(notebook, grade_id) for grade_id in grade_ids]
        notebook["cells"] = [c for c in notebook["cells"] if c not in gone]
        return notebook

    return change


def as_colab(notebook: Notebook) -> Notebook:
    """As Google Colab saves it: format 4.0, ids in the metadata, its own kernelspec."""
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"]["id"] = cell.pop("id", f"cell{number}")
        if cell["cell_type"] == "code":
            cell["metadata"]["outputId"] = f"output{number}"
    notebook["metadata"] = {
        "colab": {"provenance": [], "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    return notebook | {"nbformat": 4, "nbformat_minor": 0}


def as_vscode(notebook: Notebook) -> Notebook:
    """As Visual Studio Code saved it for years: format 4.2, no ids, an interpreter's hash."""
    for cell in notebook["cells"]:
        cell.pop("id", None)
        if cell["cell_type"] == "code":
            cell["metadata"]["vscode"] = {"languageId": "python"}
            cell["execution_count"] = 1
    notebook["metadata"] = {
        "interpreter": {"hash": "f" * 64},
        "kernelspec": {
            "display_name": "Python 3.12.1 ('.venv': venv)",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python", "version": "3.12.1", "file_extension": ".py"},
        "orig_nbformat": 4,
    }
    return notebook | {"nbformat": 4, "nbformat_minor": 2}


def renamed(question: str, name: str) -> str:
    """The plain answer under another name."""
    return PLAIN[question].replace(f"def {question}(", f"def {name}(")


MAGICS = ("%matplotlib inline", "%timeit -n 1 -r 1 sigma(g)", "!echo a shell command", "%%capture\nprint(1)")
HELPERS = (
    "def slope_of_sigma(t):\n    s = sigma(t)\n    return s * (1 - s)",
    "def times(factor, array):\n    return [factor * entry for entry in array]",
)

# Each student with a word on what is special about the hand-in.
CLASS: dict[str, Change] = {
    "right, plainly": right_but(),
    "right, with loops and lists": forms("loop", "list", "loops", "loop with math", "ordered dict and lists"),
    "right, with einsum": forms("einsum", "polynomial", "identity matrix", "outer"),
    "right, exponentials and broadcasting": forms("exponential", "broadcasting", "sum", "all at once"),
    "right, tanh, Jacobians and products": forms("tanh", "product with the Jacobian", "column times row"),
    "right, with lambdas, partials and objects": forms("lambda", "partial", "callable object", "vectorize"),
    "right, 0-d arrays and Python floats": forms("0-d array", "python float", "nested lists", "copy"),
    "right, but prints, warns and logs": forms("prints", "logs to stderr", "writes to descriptor 2"),
    "right, but plots": forms("warns", "plots", "in place"),
    "right, with helpers in extra cells": right_but(
        with_cells(*HELPERS),
        grad_g="def grad_g(dL_dh, g):\n    return dL_dh * slope_of_sigma(g)",
        grad_h="def grad_h(dL_dz, w):\n    return times(dL_dz, w)",
    ),
    "right, with magics": right_but(with_cells(*MAGICS)),
    "right, and an extra cell that crashes": right_but(with_cells("1 / 0", "undefined", before="grad_w")),
    "right, saved by Colab": right_but(as_colab),
    "right, saved by Visual Studio Code": right_but(as_vscode),
    "factor 2 missing": right_but(grad_z="def grad_z(z, y):\n    return z - y"),
    "sign": right_but(grad_z="def grad_z(z, y):\n    return 2 * (y - z)"),
    "upstream forgotten": right_but(
        grad_w="def grad_w(dL_dz, h):\n    return h", grad_c="def grad_c(dL_dz):\n    return 1"
    ),
    "σ for σ′": right_but(grad_g="def grad_g(dL_dh, g):\n    return dL_dh * sigma(g)"),
    "σ′ at h": right_but(
        grad_g="def grad_g(dL_dh, g):\n    h = sigma(g)\n    return dL_dh * sigma(h) * (1 - sigma(h))"
    ),
    "g(1 − g)": right_but(grad_g="def grad_g(dL_dh, g):\n    return dL_dh * g * (1 - g)"),
    "tanh′": right_but(grad_g="def grad_g(dL_dh, g):\n    return dL_dh * (1 - np.tanh(g) ** 2)"),
    "only 1 − σ": right_but(grad_g="def grad_g(dL_dh, g):\n    return dL_dh * (1 - sigma(g))"),
    "transposed": right_but(grad_u="def grad_u(dL_dg, x):\n    return np.outer(x, dL_dg)"),
    "summed": right_but(grad_u="def grad_u(dL_dg, x):\n    return np.outer(dL_dg, x).sum()"),
    "columns for vectors": right_but(
        grad_w="def grad_w(dL_dz, h):\n    return (dL_dz * h).reshape(3, 1)",
        grad_b="def grad_b(dL_dg):\n    return dL_dg[:, np.newaxis]",
    ),
    "h for w": right_but(grad_h="def grad_h(dL_dz, w):\n    return dL_dz * h"),
    "notebook variable": right_but(grad_w="def grad_w(dL_dz, hidden):\n    return dL_dz * h"),
    "finite difference": right_but(grad_g=WRONG["grad_g"]["central difference"]),
    "a slip in one step of backward": right_but(backward=SLIPS["g: dh * v['h']"][1]),
    "unfinished": answering({q: PLAIN[q] for q in ("grad_z", "grad_w", "grad_c")}),
    "untouched": answering({}),
    "a syntax error": right_but(grad_c="def grad_c(dL_dz)\n    return dL_dz"),
    "a function renamed": right_but(grad_h=renamed("grad_h", "gradient_h")),
    "an endless loop": right_but(grad_b="def grad_b(dL_dg):\n    while True:\n        pass"),
    "an endless cell": right_but(with_cells("while True:\n    pass", before="grad_u")),
    "a function that raises": right_but(grad_u=WRONG["grad_g"]["index error"].replace("grad_g", "grad_u")),
    "a crash of the kernel": right_but(grad_b="def grad_b(dL_dg):\n    import os\n    os._exit(1)"),
    "test cells deleted": right_but(without_cells("test_grad_w", "test_backward")),
    "a solution cell deleted": right_but(without_cells("grad_c")),
    "an empty file": lambda notebook: "",
    "invalid JSON": lambda notebook: json.dumps(notebook)[:5000],
    "a text file in place of the notebook": lambda notebook: None,
}
STUDENTS = {f"student-{number:02d}": label for number, label in enumerate(CLASS, 1)}


def hand_in(label: str) -> str | None:
    """The content of a student's file; None for the one who handed in no notebook."""
    result = CLASS[label](json.loads(RELEASE.read_text(encoding="utf-8")))
    return result if isinstance(result, str | None) else json.dumps(result, indent=1, ensure_ascii=False)


def make(folder: Path) -> None:
    """Write the class into a folder as a learning platform would offer it for download."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (student, label) in enumerate(STUDENTS.items()):
        content = hand_in(label)
        stem = f"{student}_attempt_20261120T10{number:02d}00_{NAME}"
        if content is None:
            (folder / f"{stem}.txt").write_text("I will hand it in later.\n", encoding="utf-8")
        else:
            (folder / f"{stem}.ipynb").write_text(content, encoding="utf-8")
    with (folder / "students.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id"], *([student] for student in STUDENTS)])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER")
    make(Path(sys.argv[1]))
