"""Tables as CSV files that a spreadsheet reads as text and numbers, never as formulas."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import dropwhile
from pathlib import Path
from typing import Any

FORMULA = re.compile(r"[=+@-].|[\t\r]", re.DOTALL)  # a dash alone is no formula

DECIMALS = 10


def plain(value: Any, decimals: int = DECIMALS) -> Any:
    """A cell as it is written: a text that a spreadsheet would take for a formula gets an apostrophe,
    a number so many decimals at most, and none that only rounding made."""
    if isinstance(value, float):
        return f"{round(value, decimals):.15g}"
    if isinstance(value, str) and _is_formula(value):
        return f"'{value}"
    return value


def _is_formula(text: str) -> bool:
    """Whether a spreadsheet may calculate: some pass over space that stands first, and read ＝ as =."""
    read = unicodedata.normalize("NFKC", text)
    seen = "".join(dropwhile(lambda c: c.isspace() or not c.isprintable(), read))
    return bool(FORMULA.match(text) or FORMULA.match(seen))


def write_rows(path: Path, rows: Iterable[Iterable[Any]]) -> None:
    """Write rows as they are, quoted where they have to be; None becomes an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def write_table(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]], decimals: int = DECIMALS
) -> None:
    """Write a table in which no cell is a formula, and no number has more decimals."""
    write_rows(path, [map(plain, header), *([plain(value, decimals) for value in row] for row in rows)])
