"""Outputs of cells, made safe to show. They come from the student's process, their metadata too."""

import re
from collections.abc import Callable
from typing import Any

from nbconvert.filters.ansi import strip_ansi

from .bounds import TAG_ROOM, Room, tags_in
from .drawings import drawing
from .sanitize import clean, markdown, tame

Output = dict[str, Any]

NOT_SHOWN = "[{kinds}: not shown here]"
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
LONGEST_NAME = 60


def text_of(value: Any) -> str:
    """Text as notebooks hold it: a string, or its lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _base64(data: str) -> str:
    return data if BASE64.fullmatch(data) else ""


# What is shown of a display, the best first; each in a form that is safe.
FORMS: dict[str, tuple[str, Callable[[str], str]]] = {
    "text/html": ("text/html", clean),
    "text/markdown": ("text/html", markdown),
    "image/svg+xml": ("image/svg+xml", drawing),
    "image/png": ("image/png", _base64),
    "image/jpeg": ("image/jpeg", _base64),
    "text/latex": ("text/latex", tame),
    "text/plain": ("text/plain", str),
}


def _work(kind: str, text: str) -> int:
    """The room in a page that it takes to mark something up."""
    return {"text/html": TAG_ROOM * tags_in(text), "text/markdown": len(text)}.get(kind, 0)


def _best(data: Any, room: Room) -> dict[str, str]:
    """What is shown of a display; nothing, if there is nothing that can be shown."""
    if not isinstance(data, dict):
        return {}
    for kind, (shown_as, make) in FORMS.items():
        text = text_of(data.get(kind))
        if text and room.take(_work(kind, text)) and (made := make(text)):
            return {shown_as: made}
    return {}


def _display(output: Output, room: Room) -> Output:
    data = output.get("data")
    form = _best(data, room)
    if not form:
        kinds = ", ".join(str(kind)[:LONGEST_NAME] for kind in data) if isinstance(data, dict) else "?"
        form = {"text/plain": NOT_SHOWN.format(kinds=kinds)}
    made: Output = {"output_type": output.get("output_type"), "data": form, "metadata": {}}
    if "execution_count" in output:
        made["execution_count"] = output["execution_count"]
    return made


def _stream(output: Output) -> Output:
    name = "stderr" if output.get("name") == "stderr" else "stdout"
    return {"output_type": "stream", "name": name, "text": strip_ansi(text_of(output.get("text")))}


def _error(output: Output) -> Output:
    lines = output.get("traceback")
    traceback = [strip_ansi(text_of(line)) for line in lines] if isinstance(lines, list) else []
    words = {key: text_of(output.get(key)) for key in ("ename", "evalue")}
    return {"output_type": "error", **words, "traceback": traceback}


def disarm(output: Output, room: Room | None = None) -> Output:
    """The same output with nothing in it that acts or loads, and without metadata; as far as there is room
    for it in its page."""
    makers = {"stream": _stream, "error": _error}
    if make := makers.get(output.get("output_type", "")):
        return make(output)
    return _display(output, room or Room())
