"""What a cell shows, as it stands in a notebook: what comes from a student's process is checked."""

from functools import partial
from typing import Any

import nbformat.v4.nbbase

Output = dict[str, Any]

validate_output: Any = partial(nbformat.v4.nbbase.validate, ref="output")  # raises what is wrong

TRACEBACK = "{name}: {words}"
BAD_OUTPUT = "what this cell shows could not be read"


def error_output(name: str, words: str) -> Output:
    """An nbformat output that says what went wrong with a cell."""
    lines = [TRACEBACK.format(name=name, words=words)]
    return {"output_type": "error", "ename": name, "evalue": words, "traceback": lines}


def _is_text(output: Any) -> bool:
    """Whether this is a valid stream output: most are, and to ask nbformat takes a millisecond."""
    if not isinstance(output, dict) or output.keys() != {"output_type", "name", "text"}:
        return False
    known = output["output_type"] == "stream" and output["name"] in ("stdout", "stderr")
    return known and isinstance(output["text"], str)


def _is_output(output: Any) -> bool:
    """Whether nbformat allows it: it comes from the student's process, which may send anything."""
    try:
        if isinstance(output, dict):
            validate_output(output)
    except Exception:  # whatever a hostile output brings the validator to
        return False
    return isinstance(output, dict)


def checked(output: Any) -> Output:
    """An output, if it is one; else one that says that it is none."""
    if _is_text(output) or _is_output(output):
        made: Output = output
        return made
    return error_output("OutputError", BAD_OUTPUT)
