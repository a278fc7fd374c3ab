"""The whole pass in the check: its entries, what the parts did that it calls, and how many are right."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .causes import NO_PART, explained, name_missing, place
from .entries import as_mapping, entry
from .model import Exercise
from .parts import Survived
from .validation import NO_RESULT, Rejected

CALLS = "calls {part}, which {message}"
OF_ENTRY = "in its entry {key!r} it {message}"
NOTHING = "its entry {key!r} is None. Which line makes {key!r}?"
SOME_RIGHT = "{count} of the {total} gradients are right: {right}. Not yet: {wrong}."
ONE_RIGHT = "1 of the {total} gradients is right: {right}. Not yet: {wrong}."
NONE_RIGHT = "None of the {total} gradients is right yet."
BEGIN = "\nBegin with {first}: the others may only follow from it."

Entries = dict[str, Any]  # by letter an array, or Rejected
Read = Callable[[Any, str], Any]  # an entry as the array that is asked for; raises Rejected


def _of_part(part: str, reason: Rejected) -> Rejected:
    """Why a part failed, as the reason why the whole pass did."""
    told = explained(reason)
    if reason.cause and name_missing(reason.cause.error) == part:
        told = Rejected(reason.stage, NO_PART, cause=reason.cause)
    line = place(told.cause) if told.cause else ""
    return Rejected(told.stage, CALLS.format(part=part, message=told.message), line, told.cause)


def of_entry(reason: Rejected, key: str) -> Rejected:
    """Why the whole pass is rejected for one of its entries."""
    template = NOTHING if reason.message == NO_RESULT else OF_ENTRY
    words = template if reason.message.startswith("returned") else "{message}"
    return Rejected(reason.stage, words.format(key=key, message=reason.message), reason.line, reason.cause)


def _one(given: Any, quantity: str, keys: Sequence[str], read: Read) -> Any:
    try:
        return read(entry(given, quantity, keys), quantity)
    except Rejected as reason:
        return of_entry(reason, quantity)


def entries_of(exercise: Exercise, survived: Survived, read: Read) -> Entries:
    """What a whole pass returned, entry by entry; that of a part that failed is rejected. Raises Rejected."""
    keys = exercise.quantities
    failed = {part: _of_part(part, reason) for part, reason in survived.failed.items()}
    try:
        given = as_mapping(survived.answer, keys)
    except Rejected as reason:
        raise next(iter(failed.values()), reason) from None
    found = {quantity: _one(given, quantity, keys, read) for quantity in keys}
    return found | {q.wrt: failed[q.name] for q in exercise.questions if q.name in failed}


def standing(quantities: Sequence[str], faults: Mapping[str, Rejected]) -> str:
    """How many gradients of the whole pass are right, and which; "" where it failed as a whole, or if only
    one gradient is asked for."""
    if len(set(map(id, faults.values()))) == 1 and len(faults) == len(quantities):
        return ""
    right, wrong = ([q for q in quantities if (q in faults) is failed] for failed in (False, True))
    template = (NONE_RIGHT, ONE_RIGHT)[len(right)] if len(right) < 2 else SOME_RIGHT
    begin = BEGIN.format(first=wrong[0]) if len(wrong) > 1 else ""
    words = {"count": len(right), "total": len(quantities), "right": " ".join(right)}
    return template.format(wrong=" ".join(wrong), **words) + begin
