"""The dict that the whole pass returns, and its entries."""

from collections.abc import Mapping, Sequence
from typing import Any

from .validation import NO_RESULT, Rejected, Stage, kind_of

NOT_A_DICT = "returned {kind}. Return a dict with the keys {keys}."
MISSING_KEY = "the dict has no entry {key!r}."
OTHER_KEY = "the dict has no entry {key!r}, but it has {found}. Is {key!r} there under another name?"
NO_KEY = "the dict has none of the entries {keys}; its keys are {found}."
NO_TEXT = "the keys of the dict are no strings. Are the quotes missing, as in {{{key!r}: …}}?"


def _strings(answer: Mapping[Any, Any]) -> list[str]:
    return [key for key in answer if isinstance(key, str)]


def as_mapping(answer: Any, keys: Sequence[str]) -> Any:
    """The dict that the whole pass returned; raises Rejected at the stage "numeric" for anything else,
    and for a dict with none of the keys."""
    wanted = " ".join(keys)
    if answer is None:
        raise Rejected(Stage.NUMERIC, NO_RESULT)
    if not isinstance(answer, Mapping):
        raise Rejected(Stage.NUMERIC, NOT_A_DICT.format(kind=kind_of(answer), keys=wanted))
    found = _strings(answer)
    if len(answer) and not found:
        raise Rejected(Stage.NUMERIC, NO_TEXT.format(key=keys[0]))
    if not set(found) & set(keys):
        shown = " ".join(key[:20] for key in found[:20]) or "none"
        raise Rejected(Stage.NUMERIC, NO_KEY.format(keys=wanted, found=shown))
    return answer


def entry(answer: Any, key: str, keys: Sequence[str] = ()) -> Any:
    """One gradient of that dict; raises Rejected at the stage "numeric" if it is not there. With all `keys`
    that are asked for, the reason tells the other ones that it has."""
    try:
        return answer[key]
    except KeyError:
        others = [repr(other[:20]) for other in _strings(answer) if keys and other not in keys]
        message = OTHER_KEY if others else MISSING_KEY
        raise Rejected(Stage.NUMERIC, message.format(key=key, found=" ".join(others[:20]))) from None
