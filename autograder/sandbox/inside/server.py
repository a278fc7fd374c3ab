"""In the student's process: answer the grader's requests, one after another, over a socket."""

import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import zip_longest
from time import monotonic  # a cell may replace what the module has
from typing import Any

import numpy as np

from backprop_lab.parts import Failure, Parts, survive
from backprop_lab.timeout import OutOfTime, time_limit

from .. import protocol
from .shell import LARGEST_OUTPUT, Output, Outputs, Shell


def _raw_output(shell: Shell) -> None:
    """Add what went to descriptor 1 itself, from child processes and C code; 2 is the same file."""
    size = os.fstat(1).st_size
    if size:
        os.lseek(1, 0, os.SEEK_SET)
        text = os.read(1, min(size, LARGEST_OUTPUT)).decode(errors="replace")
        shell.outputs.add({"output_type": "stream", "name": "stdout", "text": text})
        os.ftruncate(1, 0)
        os.lseek(1, 0, os.SEEK_SET)


def run_cell(shell: Any, request: Mapping[str, Any]) -> Iterator[Output]:
    """Run a cell; yield its outputs, its number, and whether it went through."""
    try:
        result = shell.run_cell(request["code"], store_history=True)
        done, count = result.success, result.execution_count
    except KeyboardInterrupt:
        shell.showtraceback()
        done, count = False, shell.execution_count
    _raw_output(shell)
    yield {"outputs": shell.outputs, "execution_count": count, "done": done}


def look_up(shell: Shell, request: Mapping[str, Any]) -> Iterator[Output]:
    """Yield whether a name is defined and can be called; if not, the value that it has. What it stands for
    now is what will be called by that name, whatever later cells make of it."""
    if request["name"] not in shell.user_ns:
        yield {"defined": False}
        return
    value = shell.held[request["name"]] = shell.user_ns[request["name"]]
    known = None if callable(value) else value
    yield {"defined": True, "callable": callable(value), "value": protocol.encode(known)}


def _line(error: BaseException, function: Any) -> str:
    """Return the line of a student's cell that raised."""
    frames = traceback.extract_tb(error.__traceback__)
    name = getattr(getattr(function, "__code__", None), "co_filename", None)
    own = [f for f in frames if f.filename == name]
    return (own[-1].line or "")[:200] if own else ""


def _failure(error: BaseException, function: Any) -> Output:
    words = {"kind": type(error).__name__[:60], "text": str(error)[:200], "line": _line(error, function)}
    return {"raised": words}


def _changed(before: list[Any], after: list[Any]) -> dict[str, Any]:
    """Return the arguments that the function changed in place, by their positions."""
    pairs = enumerate(zip(before, after, strict=True))
    return {str(i): protocol.encode(a) for i, (b, a) in pairs if not np.array_equal(b, a)}


def _failed(part: Failure) -> Output:
    """Return what a part of the whole pass did in place of an answer."""
    if part.error is None:
        return {"part": part.part, "value": protocol.encode(part.value)}
    return {"part": part.part, **_failure(part.error, part.function)}


def _call(function: Any, arguments: Any, seconds: float, shell: Shell, parts: Any) -> Output:
    """Call a function; if its parts are given, have it survive them."""

    def fresh() -> Any:
        return protocol.decode({"list": arguments})

    given, before = fresh(), fresh()
    failed: list[Failure] = []
    try:
        with time_limit(seconds):
            if parts:
                value, failed = survive(function, shell.user_ns, Parts(**parts), given, fresh)
            else:
                value = function(*given)
            answer = {"value": protocol.encode(value), "changed": _changed(before, given)}
            return {**answer, "failed": [_failed(part) for part in failed]} if failed else answer
    except OutOfTime:
        return {"late": True}
    except BaseException as error:
        return _failure(error, function)


def call_function(shell: Shell, request: Mapping[str, Any]) -> Iterator[Output]:
    """Call what the student defined with the arguments of each case; yield what it returns, up to the first
    case in which it does not, and why."""
    name = request["name"]
    function = shell.held.get(name, shell.user_ns.get(name))
    for arguments, parts in zip_longest(request["cases"], request["parts"]):
        answer = _call(function, arguments, request["seconds"], shell, parts)
        yield answer
        if "value" not in answer:
            return


Streams = tuple[Any, Any]  # standard output and error

REQUESTS: dict[str, Callable[[Shell, Mapping[str, Any]], Iterable[Output]]] = {
    "run": run_cell,
    "look": look_up,
    "call": call_function,
}


def _send_all(connection: socket.socket, answers: Iterable[Output]) -> None:
    """Send the answers, several at once if they come quickly: to wake the grader takes longer than most
    calls."""
    ready, since = bytearray(), monotonic()
    for answer in answers:
        ready += protocol.frame(answer)
        if monotonic() - since > protocol.SOON:
            connection.sendall(ready)
            ready, since = bytearray(), monotonic()
    connection.sendall(ready)


def _begin(shell: Shell, streams: Streams) -> None:
    """Collect what is shown anew, whatever the cell before did to the streams."""
    shell.outputs = Outputs()
    sys.stdout, sys.stderr = streams


def _take_steps(shell: Shell, steps: Iterable[Mapping[str, Any]], streams: Streams) -> bytes:
    """Run cells and look names up until SOON is over; return how many, and the answers.

    Each answer becomes bytes when its step is done: a later cell may change what an earlier one displayed.
    """
    ready, count, since = bytearray(), 0, monotonic()
    for step in steps:
        _begin(shell, streams)
        (answer,) = REQUESTS[step["do"]](shell, step)
        ready += protocol.frame(answer)
        count += 1
        if monotonic() - since > protocol.SOON:
            break
    return protocol.frame({"count": count}) + ready


def serve(shell: Shell, connection: socket.socket) -> None:
    """Say that all is ready, then answer requests until the grader closes the connection."""
    reader = connection.makefile("rb")
    streams = sys.stdout, sys.stderr
    protocol.send(connection, {"ready": True})
    while len(header := reader.read(protocol.HEADER.size)) == protocol.HEADER.size:
        request = protocol.parse(reader.read(protocol.length_of(header)))
        if request["do"] == "steps":
            connection.sendall(_take_steps(shell, request["steps"], streams))
        else:
            _begin(shell, streams)
            _send_all(connection, REQUESTS[request["do"]](shell, request))


def interruptible() -> None:
    """Have Ctrl-C raise KeyboardInterrupt again, whatever the cell before did to the signal."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
