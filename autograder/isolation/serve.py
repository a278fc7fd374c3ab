"""In the student's process: answer the grader's requests, one after another, over a socket."""

import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from backprop_lab.limit import OutOfTime, time_limit

from . import wire
from .shell import LARGEST_OUTPUT, Output, Outputs, Shell


def _raw_output(shell: Shell) -> None:
    """What went to descriptor 1 itself, from child processes and C code; 2 is the same file."""
    size = os.fstat(1).st_size
    if size:
        os.lseek(1, 0, os.SEEK_SET)
        text = os.read(1, min(size, LARGEST_OUTPUT)).decode(errors="replace")
        shell.outputs.add({"output_type": "stream", "name": "stdout", "text": text})
        os.ftruncate(1, 0)
        os.lseek(1, 0, os.SEEK_SET)


def run_cell(shell: Any, request: Mapping[str, Any]) -> Output:
    """Run a cell; its outputs, its number, and whether it went through."""
    try:
        result = shell.run_cell(request["code"], store_history=True)
        done, count = result.success, result.execution_count
    except KeyboardInterrupt:
        shell.showtraceback()
        done, count = False, shell.execution_count
    _raw_output(shell)
    return {"outputs": shell.outputs, "execution_count": count, "done": done}


def look_up(shell: Shell, request: Mapping[str, Any]) -> Output:
    """Whether a name is defined and can be called; if not, the value that it has."""
    if request["name"] not in shell.user_ns:
        return {"defined": False}
    value = shell.user_ns[request["name"]]
    return {
        "defined": True,
        "callable": callable(value),
        "value": wire.encode(None if callable(value) else value),
    }


def _line(error: BaseException, function: Any) -> str:
    """The line of a student's cell that raised."""
    frames = traceback.extract_tb(error.__traceback__)
    name = getattr(getattr(function, "__code__", None), "co_filename", None)
    own = [f for f in frames if f.filename == name]
    return (own[-1].line or "")[:200] if own else ""


def _failure(error: BaseException, function: Any) -> Output:
    words = {"kind": type(error).__name__[:60], "text": str(error)[:200], "line": _line(error, function)}
    return {"raised": words}


def _changed(before: list[Any], after: list[Any]) -> dict[str, Any]:
    """The arguments that the function changed in place, by their positions."""
    pairs = enumerate(zip(before, after, strict=True))
    return {str(i): wire.encode(a) for i, (b, a) in pairs if not np.array_equal(b, a)}


def call_function(shell: Shell, request: Mapping[str, Any]) -> Output:
    """Call what the student defined, and answer with what it returns, or why it does not."""
    function = shell.user_ns.get(request["name"])
    given, before = (wire.decode({"list": request["arguments"]}) for _ in range(2))
    try:
        with time_limit(request["seconds"]):
            value = function(*given)
            return {"value": wire.encode(value), "changed": _changed(before, given)}
    except OutOfTime:
        return {"late": True}
    except BaseException as error:
        return _failure(error, function)


REQUESTS: dict[str, Callable[[Shell, Mapping[str, Any]], Output]] = {
    "run": run_cell,
    "look": look_up,
    "call": call_function,
}


def serve(shell: Shell, connection: socket.socket) -> None:
    """Answer requests until the grader closes the connection."""
    reader = connection.makefile("rb")
    streams = sys.stdout, sys.stderr
    while len(header := reader.read(wire.HEADER.size)) == wire.HEADER.size:
        request = wire.parse(reader.read(wire.length_of(header)))
        shell.outputs = Outputs()
        sys.stdout, sys.stderr = streams
        answer = REQUESTS[request["do"]](shell, request)
        wire.send(connection, answer)


def interruptible() -> None:
    """Ctrl-C raises KeyboardInterrupt again, whatever the cell before did to the signal."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
