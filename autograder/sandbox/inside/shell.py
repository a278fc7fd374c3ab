"""In the student's process: an IPython shell without a terminal.

What a cell shows is collected as nbformat outputs, as a notebook's kernel would send them. Nothing
here is trusted by the grader: student code can change all of it.
"""

import builtins
import json
import sys
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from traitlets.config import Config

from .plain import PlainShell

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
        result = {"output_type": "execute_result", "execution_count": self.prompt_count}
        shell: Any = self.shell
        shell.outputs.add({**result, "data": format_dict, "metadata": md_dict or {}})

    def finish_displayhook(self) -> None: ...


class Publisher(DisplayPublisher):
    """What a cell displays, figures among it, as display_data; updates go to what they update."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.shown: dict[Any, Output] = {}

    def publish(self, data: Any, metadata: Any = None, **options: Any) -> None:  # type: ignore[override]
        key = (options.get("transient") or {}).get("display_id")
        output = {"data": data, "metadata": metadata or {}}
        if options.get("update") and key in self.shown:
            self.shown[key].update(output)
            return
        output["output_type"] = "display_data"
        if key:
            self.shown[key] = output
        self.shell.outputs.add(output)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear()


class Shell(PlainShell):
    """IPython without a terminal, without threads, and without zmq."""

    displayhook_class = ResultHook
    display_pub_class: Any = Publisher

    def __init__(self, **arguments: Any) -> None:
        self.outputs = Outputs()
        self.held: dict[str, Any] = {}  # what was looked up, by name
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
    """Return the shell. matplotlib, when it is imported, finds it and shows figures inline."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.autocall = 0
    config.InteractiveShell.xmode = "Context"
    return Shell.instance(config=config)


def take_over(shell: Shell) -> None:
    """Send what is printed to the shell, and refuse questions to a person who is not there."""
    sys.stdout, sys.stderr = Stream(shell, "stdout", 1), Stream(shell, "stderr", 2)

    def refuse(*prompt: Any) -> str:
        raise RuntimeError(NO_INPUT)

    builtins.input = refuse
