"""In the student's process: an IPython shell that runs cells and answers calls over a socket.

What a cell shows is collected as nbformat outputs, as a notebook's kernel would send them. Nothing
here is trusted by the grader: student code can change all of it.
"""

import builtins
import json
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from ipykernel.jsonutil import encode_images, json_clean
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from backprop_lab.limit import OutOfTime, time_limit

from . import wire

LARGEST_OUTPUT = 1 << 20  # bytes that are kept of what one cell shows
CUT = "[the rest of the output was cut]\n"
NO_INPUT = "input() is not available when a notebook is graded"

Output = dict[str, Any]


class Outputs(list[Output]):
    """The outputs of one cell, merged as in a notebook, up to a size."""

    size = 0

    def add(self, output: Output) -> None:
        """Take an output, as far as there is room."""
        if self.size > LARGEST_OUTPUT:
            return
        self.size += len(json.dumps(output))
        if self.size > LARGEST_OUTPUT:
            output = {"output_type": "stream", "name": "stderr", "text": CUT}
        last = self[-1] if self else {}
        if output["output_type"] == "stream" == last.get("output_type") and output["name"] == last["name"]:
            last["text"] += output["text"]
        else:
            self.append(output)


class Stream:
    """Standard output or error, into the outputs of the cell that runs."""

    encoding, errors, closed, softspace = "utf-8", "strict", False, 0

    def __init__(self, shell: "Shell", name: str, descriptor: int) -> None:
        self._shell, self._name, self._descriptor = shell, name, descriptor

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        for start in range(0, min(len(text), LARGEST_OUTPUT + 1), 1 << 16):
            piece = text[start : start + (1 << 16)]
            self._shell.outputs.add({"output_type": "stream", "name": self._name, "text": piece})
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def fileno(self) -> int:
        return self._descriptor


class ResultHook(DisplayHook):
    """The value of a cell's last expression, as an execute_result."""

    def write_output_prompt(self) -> None: ...

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        data, metadata = json_clean(encode_images(format_dict)), json_clean(md_dict or {})
        result = {"output_type": "execute_result", "execution_count": self.prompt_count}
        shell: Any = self.shell
        shell.outputs.add({**result, "data": data, "metadata": metadata})

    def finish_displayhook(self) -> None: ...


class Publisher(DisplayPublisher):
    """What a cell displays, figures among it, as display_data; updates go to what they update."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.shown: dict[Any, Output] = {}

    def publish(self, data: Any, metadata: Any = None, **options: Any) -> None:  # type: ignore[override]
        key = (options.get("transient") or {}).get("display_id")
        output = {"data": json_clean(encode_images(data)), "metadata": json_clean(metadata or {})}
        if options.get("update") and key in self.shown:
            self.shown[key].update(output)
            return
        output["output_type"] = "display_data"
        if key:
            self.shown[key] = output
        self.shell.outputs.add(output)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear()


class Shell(InteractiveShell):
    """IPython without a terminal, without threads, and without zmq."""

    displayhook_class = ResultHook
    display_pub_class: Any = Publisher

    def __init__(self, **arguments: Any) -> None:
        self.outputs = Outputs()
        super().__init__(**arguments)

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        error = {"ename": str(etype.__name__), "evalue": str(evalue), "traceback": list(stb)}
        self.outputs.add({"output_type": "error", **error})

    def enable_gui(self, gui: Any = None) -> None: ...

    def ask_exit(self) -> None: ...

    def system(self, cmd: str) -> None:
        """`!command`: IPython's own needs a terminal."""
        import subprocess

        done = subprocess.run(cmd, shell=True, capture_output=True, text=True, errors="replace", check=False)
        print(done.stdout, end="")
        print(done.stderr, end="", file=sys.stderr)
        self.user_ns["_exit_code"] = done.returncode


def make_shell() -> Shell:
    """The shell, with figures shown inline."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.autocall = 0
    config.InteractiveShell.xmode = "Context"
    shell = Shell.instance(config=config)
    shell.enable_matplotlib("inline")  # the backend's own hook ran when there was no shell
    return shell


def take_over(shell: Shell) -> None:
    """Send what is printed to the shell, and refuse questions to a person who is not there."""
    sys.stdout, sys.stderr = Stream(shell, "stdout", 1), Stream(shell, "stderr", 2)

    def refuse(*prompt: Any) -> str:
        raise RuntimeError(NO_INPUT)

    builtins.input = refuse


def _raw_output(shell: Shell) -> None:
    """What went to descriptor 1 itself, from child processes and C code; 2 is the same file."""
    size = os.fstat(1).st_size
    if size:
        text = os.pread(1, min(size, LARGEST_OUTPUT), 0).decode(errors="replace")
        shell.outputs.add({"output_type": "stream", "name": "stdout", "text": text})
        os.ftruncate(1, 0)
        os.lseek(1, 0, os.SEEK_SET)


# Requests


def run_cell(shell: Shell, request: Mapping[str, Any]) -> Output:
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
