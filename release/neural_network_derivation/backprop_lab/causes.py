"""Why an answer was rejected, in plainer words: what its source and its error tell."""

import re
import traceback
from dataclasses import dataclass
from types import FrameType
from typing import Any

from .model import Exercise
from .refusals import refused
from .source import arguments_of, code_of, read_source, variables_read
from .validation import NO_RESULT, NOT_ANSWERED, Cause, Rejected, Stage, failure

CALLS = "calls {part}, which is not answered yet."
LEFT_BELOW = (
    "not answered yet: below your code, in line {line} of its cell, there still is "
    "`raise NotImplementedError()`. Remove that line, and run the cell again."
)
LEFT_ABOVE = (
    "not answered yet: in line {line} of its cell there still is `raise NotImplementedError()`, and nothing "
    "below it is run. Remove that line, and run the cell again."
)
NO_RETURN = "returned None: it has no `return`. Which value should it hand back?"
PRINTS = "returned None: it prints, and has no `return`. Which line hands back what it prints?"
READS = "It reads {variables} of the notebook."
READS_ONLY = "It reads {variables} of the notebook, so it is right at the notebook's numbers only."
ASK_ARGUMENTS = "How do you get {variables} from the arguments ({arguments})?"
NOT_DEFINED = (
    "raised NameError: {name} is not defined. Is it spelled as where it is made, and has that cell been run?"
)
NO_PART = "is not defined. Has its cell been run since the kernel was started?"
PLACE, LINE = "{name}, line {number}: {line}", "line {number}: {line}"
UNDEFINED = re.compile(r"name '(\w+)' is not defined")


def _frames(cause: Cause) -> list[traceback.FrameSummary]:
    """The frames of the error that are in the cell of the function, or in its file."""
    code = code_of(cause.function)
    if code is None or cause.error is None:
        return []
    return [f for f in traceback.extract_tb(cause.error.__traceback__) if f.filename == code.co_filename]


def place(cause: Cause) -> str:
    """The line of the student's that raised, with where it stands; "" if it cannot be told."""
    frames = _frames(cause)
    if not frames or not frames[-1].line:
        return ""
    template = LINE if frames[-1].name.startswith("<") else PLACE
    return template.format(name=frames[-1].name, number=frames[-1].lineno, line=frames[-1].line)


def _raised_in(cause: Cause) -> tuple[FrameType | None, int]:
    """Where the error was raised, and in which line."""
    trace = cause.error.__traceback__ if cause.error else None
    while trace and trace.tb_next:
        trace = trace.tb_next
    return (trace.tb_frame, trace.tb_lineno) if trace else (None, 0)


def _unanswered(cause: Cause) -> str:
    """What is not answered yet: the function, what it calls, or no more than a line that was left."""
    frame, line = _raised_in(cause)
    code, source = code_of(cause.function), read_source(cause.function)
    if frame is None or code is None or source is None:
        return NOT_ANSWERED
    if frame.f_code is not code:
        return CALLS.format(part=frame.f_code.co_name)
    above, below = source.work_beside(line)
    return (LEFT_BELOW if above else LEFT_ABOVE if below else NOT_ANSWERED).format(line=line)


def name_missing(error: BaseException | None) -> str:
    """The name that a NameError is about, "" if it is none or does not tell."""
    found = UNDEFINED.match(str(error)) if isinstance(error, NameError) else None
    return found[1] if found else ""


def _raised(cause: Cause) -> str:
    """What was raised, in plainer words; "" if it speaks for itself."""
    if name := name_missing(cause.error):
        return NOT_DEFINED.format(name=name)
    return refused(cause)


def _nothing(cause: Cause) -> str:
    """How a function came to return None."""
    source = read_source(cause.function)
    if source is None or source.hands_back():
        return NO_RESULT
    return PRINTS if source.ends_with_print() else NO_RETURN


@dataclass(frozen=True)
class Reading:
    """Variables of the notebook that a function reads in place of its arguments: a note, and a question."""

    note: str = ""
    asks: tuple[str, ...] = ()


def reading(function: Any, exercise: Exercise, only_here: bool) -> Reading:
    """What is to be said of the variables that a function reads. If it is right `only_here`, at the numbers
    of the notebook, that is why; if it is wrong here, too, only quantities are worth a word."""
    letters = {*exercise.inputs, *(operation.output for operation in exercise.graph)}
    quantities = {*letters, *(f"d{exercise.loss}_d{letter}" for letter in letters)}
    read = [name for name in variables_read(function) if only_here or name in quantities]
    if not read:
        return Reading()
    variables, template = " and ".join(read), READS_ONLY if only_here else READS
    arguments = ", ".join(arguments_of(function)) or "none"
    asks = ASK_ARGUMENTS.format(variables=variables, arguments=arguments)
    return Reading(template.format(variables=variables), (asks,))


def explained(reason: Rejected, function: Any = None) -> Rejected:
    """The same reason, in as many words as its cause allows; it is that of this function if it has none."""
    cause = reason.cause or Cause(function)
    message, line = reason.message, place(cause)
    if reason.stage is Stage.ANSWERED:
        line = reason.line  # that of a part, no more: of the function itself it says nothing new
        message = message.replace(NOT_ANSWERED, _unanswered(cause))
    elif cause.error is not None and (words := _raised(cause)):
        message = message.replace(failure(cause.error, cause.function).message, words)
    elif NO_RESULT in message:
        message = message.replace(NO_RESULT, _nothing(cause))
    return Rejected(reason.stage, message, line, cause)
