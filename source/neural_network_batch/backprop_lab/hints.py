"""Sealed hints: a table in which a known mistake finds its hint, and nobody finds anything else.

The visible inputs are always the same, so what each known mistake gives there is known when the table is
made. Each row is locked with these numbers, rounded: a digest of them finds the row, and they open it. Only
who has made the mistake has them, so neither hints nor formulas can be read out of the table.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

FILE = "hints.json"  # beside the notebook
DIGITS = 4  # that count, one more or less
MIXTURES = 3  # numbers that stand for the many of a large answer
BLOCK = 128  # bytes that texts are filled up to, so that their lengths say little
KEY = 16  # bytes of what opens a text


@dataclass(frozen=True)
class Table:
    """Locked texts, and for each known mistake a row with the key of one of them, locked with the answers
    that are that mistake. The `offsets` in (0, 1), by question, move the edges between which numbers are
    rounded, to where none of the answers lies near one."""

    offsets: Mapping[str, float] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    def find(self, question: str, answers: Sequence[Any]) -> tuple[str, ...]:
        """The hint for these answers to a question at the visible inputs, and plainer ones; empty if they are
        no known mistake."""
        if not all(np.isfinite(answer).all() for answer in answers):
            return ()
        if question not in self.offsets:
            return ()
        content = _content(question, answers, self.offsets[question])
        row = self.rows.get(_digest(content))
        if row is None:
            return ()
        key = _locked(base64.b64decode(row), content)
        return tuple(json.loads(_locked(base64.b64decode(self.texts[_digest(key)]), key)))


def read_table(path: Path) -> Table:
    """The table in a file; an empty one if there is none."""
    try:
        return Table(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Table()


def condensed(answer: Any) -> Any:
    """The numbers of an answer or, if there are many, a few mixtures in which every one of them shows."""
    numbers = np.ravel(np.asarray(answer, dtype=float))
    if numbers.size <= MIXTURES + 1:
        return numbers
    return np.cos(np.arange(1, MIXTURES + 1)[:, None] * np.arange(1, numbers.size + 1)) @ numbers


def positions(answer: Any, offset: float) -> Any:
    """Where the order of magnitude of an answer and each of its numbers stand between the edges: they are
    rounded down."""
    array = condensed(answer)
    largest = np.abs(array).max(initial=0.0)
    magnitude = (np.log10(largest) if largest else 0.0) + offset
    return np.array([magnitude, *(array / 10.0 ** (np.floor(magnitude) - DIGITS) + offset)])


def lock_text(said: Sequence[str]) -> tuple[bytes, str, str]:
    """A key, the digest that finds the text that it opens, and that text, locked."""
    text = json.dumps(said, ensure_ascii=False).encode()
    key = hashlib.sha256(b"text " + text).digest()[:KEY]
    filled = text.ljust(-(-len(text) // BLOCK) * BLOCK)
    return key, _digest(key), base64.b64encode(_locked(filled, key)).decode()


def lock_key(question: str, answers: Sequence[Any], offset: float, key: bytes) -> tuple[str, str]:
    """The digest that finds a row, and the key in it, locked."""
    content = _content(question, answers, offset)
    return _digest(content), base64.b64encode(_locked(key, content)).decode()


def _content(question: str, answers: Sequence[Any], offset: float) -> bytes:
    """The rounded answers as bytes."""
    rounded = [[np.shape(a), np.floor(positions(a, offset)).astype(int).tolist()] for a in answers]
    return json.dumps([question, rounded]).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(b"row " + content).hexdigest()[:24]


def _locked(text: bytes, content: bytes) -> bytes:
    """A text locked, or a locked one opened."""
    key = hashlib.shake_256(b"key " + content).digest(len(text))
    return bytes(a ^ b for a, b in zip(text, key, strict=True))
