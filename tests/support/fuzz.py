"""Submissions made by chance: notebooks and files that are damaged, odd or large, and students' processes
that answer the grader with anything at all."""

import json
import os
import random
import socket
import string
import threading
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from autograder.sandbox import protocol

KINDS = ("a", "1", "é", "\x00", "\ud800", "\u202e", "=1+1", "<script>", "def f(", "`" * 9, "a;" * 50)
VALUES: tuple[Any, ...] = (
    None, True, -1, 0.5, 10**400, 1e999, "", "x", [], {}, [[[[[[[[[]]]]]]]]], {"a": {"b": {"c": []}}},
)  # fmt: skip
LARGEST = 30 << 20  # bytes of a notebook, more than the grader reads
DTYPES = ("<f8", "<f4", "<c16", "<i8", "|b1", "<U1", "|O", "<f16", "nonsense")


# What lies in the folder


def text(source: random.Random) -> str:
    """A text of few or many characters."""
    return "".join(source.choice(KINDS) for _ in range(source.choice((0, 1, 3, 30, 300))))


def anything(source: random.Random, depth: int = 0) -> Any:
    """Data that JSON can hold, more or less."""
    choice = source.random()
    if depth > 5 or choice < 0.5:
        return deepcopy(source.choice((*VALUES, text(source))))  # it may be changed, and put into itself
    items = [anything(source, depth + 1) for _ in range(source.randrange(4))]
    return items if choice < 0.75 else {text(source) or "k": item for item in items}


def _change_cells(source: random.Random, notebook: dict[str, Any]) -> None:
    cells = notebook["cells"]
    place = source.randrange(len(cells))
    cell = cells[place]
    kind = source.randrange(9)
    if kind == 0:
        del cells[place]
    elif kind == 1:
        cells.extend([cell] * source.choice((1, 2, 500)))
    elif kind == 2:
        source.shuffle(cells)
    elif kind == 3:
        cell["source"] = text(source)
    elif kind == 4:
        cell[source.choice(("source", "metadata", "outputs", "cell_type", "id"))] = anything(source)
    elif kind == 5:
        cell["metadata"]["nbgrader"] = anything(source)
    elif kind == 6:
        cells[place] = anything(source)
    elif kind == 7:
        cell["outputs"] = [{"output_type": "display_data", "data": anything(source)}] * source.choice(
            (1, 300)
        )
    else:
        cell["source"] = "a;" * source.choice((10, 60_000))


def _change_notebook(source: random.Random, content: bytes) -> bytes:
    notebook = json.loads(content)
    for _ in range(source.choice((1, 1, 2, 5))):
        if isinstance(notebook.get("cells"), list) and notebook["cells"] and source.random() < 0.9:
            try:
                _change_cells(source, notebook)
            except (TypeError, KeyError, AttributeError):
                continue  # of what was changed before
        else:
            notebook[source.choice(("cells", "metadata", "nbformat", "nbformat_minor", "more"))] = anything(
                source
            )
    return _written(notebook)


def _written(notebook: Any) -> bytes:
    """As JSON, cut off where it is too large for anybody to write."""
    written = bytearray()
    for piece in json.JSONEncoder().iterencode(notebook):
        written += piece.encode("utf-8", "surrogatepass")
        if len(written) > LARGEST:
            break
    return bytes(written)


def _change_bytes(source: random.Random, content: bytes) -> bytes:
    place = source.randrange(len(content))
    return source.choice((
        content[:place],
        content[:place] + bytes([source.randrange(256)]) + content[place + 1 :],
        content[:place] * 2,
        b"",
        b"[" * 100_000,
        b"\xff\xfe" + content,
        json.dumps(anything(source)).encode("utf-8", "surrogatepass"),
    ))  # fmt: skip


def notebook(source: random.Random, content: bytes) -> bytes:
    """A notebook with changes."""
    change = _change_notebook if source.random() < 0.8 else _change_bytes
    return change(source, content)


def _name(source: random.Random) -> bytes:
    letters = [bytes([source.choice(b"abc.=- \n\x1b\xe4\xff")]) for _ in range(source.randrange(1, 12))]
    return b"".join(letters).strip(b".") or b"x"


def beside(source: random.Random, folder: Path) -> None:
    """Files, folders, links and pipes beside a notebook."""
    for _ in range(source.choice((0, 0, 1, 3))):
        named = ("timestamp.txt", "backprop_lab", "exercise.py", "hints.json", os.fsdecode(_name(source)))
        path = folder / source.choice(named)
        if os.path.lexists(path):  # a pipe, perhaps
            continue
        makers: tuple[Callable[[], Any], ...] = (
            lambda path=path: path.write_bytes(source.randbytes(source.choice((0, 5, 5000)))),
            path.mkdir,
            lambda path=path: os.mkfifo(path),
            lambda path=path: path.symlink_to(source.choice(("/dev/zero", "/etc/passwd", ".", "nowhere"))),
            lambda path=path: path.write_text(text(source), errors="replace"),
        )
        try:
            source.choice(makers)()
        except (OSError, ValueError):
            continue  # it is there already, or no file's name


# What a student's process answers


def _array(source: random.Random) -> Any:
    shape = [source.choice((0, 1, 2, 3, 100, 10**9, -1)) for _ in range(source.randrange(4))]
    return {
        "array": source.choice(("", "AAAA", "AAAAAAAA8D8=", "é")),
        "dtype": source.choice(DTYPES),
        "shape": shape,
    }


def value(source: random.Random, depth: int = 0) -> Any:
    """What stands for a value, or nearly so."""
    kind = source.choice(
        ("array", "scalar", "float", "int", "complex", "list", "tuple", "dict", "other", "none")
    )
    if kind == "array":
        return _array(source)
    if kind == "scalar":
        return {kind: source.choice((_array(source), anything(source)))}
    if kind in ("list", "tuple") and depth < 8:
        return {kind: [value(source, depth + 1) for _ in range(source.randrange(4))]}
    if kind == "dict" and depth < 8:
        return {
            kind: [[value(source, depth + 1), value(source, depth + 1)] for _ in range(source.randrange(4))]
        }
    if kind == "float":
        return {kind: source.choice(((0.5).hex(), "nan", "-inf", "x", "1" * 400))}
    return (
        {kind: source.choice(("7", "1" * 9_999, ["0x1p0", "0x1p0"], "function"))} if kind != "none" else None
    )


def reply(source: random.Random, request: dict[str, Any]) -> Any:
    """An answer to a request of the grader."""
    if source.random() < 0.005:
        return anything(source)
    if request.get("do") == "run":
        outputs = [anything(source) for _ in range(source.choice((0, 0, 1, 5)))]
        return {"outputs": outputs, "execution_count": 1, "done": source.choice((True, True, False, None))}
    if request.get("do") == "look":
        return {
            "defined": source.choice((True, True, False)),
            "callable": source.choice((True, True, 0)),
            "value": value(source),
        }
    words = {"kind": text(source), "text": text(source), "line": text(source)}
    return source.choice((
        {"value": value(source), "changed": {}},
        {"value": value(source), "changed": source.choice(({"0": value(source)}, anything(source)))},
        {"value": {"float": source.uniform(-3, 3).hex()}, "changed": {}},
        {"raised": source.choice((words, anything(source)))},
        {"late": True},
        {"value": value(source), "changed": {}, "failed": anything(source)},
    ))  # fmt: skip


def _to_answer(
    source: random.Random, connection: socket.socket, request: dict[str, Any]
) -> list[dict[str, Any]]:
    """What of a request gets an answer; of several steps it is said before how many do."""
    if request["do"] != "steps":
        return [request for _ in request.get("cases", [None])]
    given = request["steps"][: source.randrange(1, len(request["steps"]) + 1)]
    count = anything(source) if source.random() < 0.001 else len(given)
    message = json.dumps({"count": count}).encode("utf-8", "surrogatepass")
    connection.sendall(protocol.HEADER.pack(len(message)) + message)
    return given


def _answer(source: random.Random, connection: socket.socket) -> None:
    """Answer until the grader hangs up, or the process "dies"."""
    with connection, connection.makefile("rb") as reader:
        protocol.send(connection, {"ready": True})
        while len(header := reader.read(protocol.HEADER.size)) == protocol.HEADER.size:
            request = protocol.parse(reader.read(protocol.length_of(header)))
            for each in _to_answer(source, connection, request):
                if source.random() < 0.0005:
                    return
                if source.random() < 0.0005:
                    connection.sendall(source.randbytes(source.randrange(1, 40)))
                    return
                message = json.dumps(reply(source, each)).encode("utf-8", "surrogatepass")
                connection.sendall(protocol.HEADER.pack(len(message)) + message)


class Process:
    """A student's process that is none: a thread of ours at the other end of the connection."""

    descriptor = None

    def __init__(self, source: random.Random, connection: socket.socket) -> None:
        self._thread = threading.Thread(target=self._serve, args=(source, connection), daemon=True)
        self._thread.start()

    def _serve(self, source: random.Random, connection: socket.socket) -> None:
        try:
            _answer(source, connection)
        except OSError:
            return  # the grader hung up

    def processor_time(self) -> float:
        """It takes none."""
        return 0.0

    def interrupt(self) -> None:
        """It is never busy."""

    def end(self) -> None:
        """The end of the connection is its own."""


class Sandbox:
    """A sandbox whose processes answer by chance; nothing is run."""

    alive = keeps_apart = True
    processor_time = 0.0

    def __init__(self, seed: int | str) -> None:
        self._source = random.Random(seed)

    def start(self, *arguments: Any) -> tuple[Process, socket.socket]:
        """Start a process that is none."""
        ours, theirs = socket.socketpair()
        return Process(random.Random(self._source.random()), theirs), ours


def student(source: random.Random) -> str:
    """The name of a student."""
    return "".join(source.choice(string.ascii_lowercase) for _ in range(8))
