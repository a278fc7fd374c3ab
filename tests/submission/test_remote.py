"""A student's function as the grader's cells call it: what it raised, as data."""

import pytest

from autograder.submission.clock import Clock
from autograder.submission.packages import Lacking
from autograder.submission.remote import RemoteFunction
from backprop_lab.parts import Parts, Survived
from backprop_lab.validation import Raised, Rejected, call, numeric


class Process:
    """Answers every call in the same way."""

    def __init__(self, answer):
        self.answer = answer

    def calls(self, name, cases, seconds, parts):
        yield from [self.answer for _ in cases]


class Session:
    def __init__(self, answer):
        self.process, self.incidents, self.lacking = lambda: Process(answer), [], Lacking()
        self.clock = Clock()

    def time_left(self):
        return 60.0


def remote(**answer):
    return RemoteFunction(Session(answer), "grad_z")


def test_remote_function_raises_one_class_with_the_kind_as_data():
    function = remote(raised={"kind": "SystemExit", "text": "no", "line": "exit('no')"})
    with pytest.raises(Raised, match="no") as error:
        function(1.0)
    assert type(error.value) is Raised
    assert (error.value.kind, error.value.line) == ("SystemExit", "exit('no')")


@pytest.mark.parametrize("kind", ["a b\n", "", None, 7, "x" * 61])
def test_remote_function_believes_no_kind_that_is_no_name(kind):
    with pytest.raises(Raised) as error:
        remote(raised={"kind": kind, "text": "", "line": ""})(1.0)
    assert error.value.kind.isidentifier()
    assert len(error.value.kind) <= 60


def test_remote_function_that_raises_is_told_by_kind_and_line():
    function = remote(raised={"kind": "KeyError", "text": "'g'", "line": "values['g']"})
    with pytest.raises(Rejected) as told:
        call(function, [1.0], lambda value: value)
    assert (told.value.message, told.value.line) == ("raised KeyError: 'g'", "values['g']")


def test_remote_function_that_returns_no_data_is_told_by_its_type():
    with pytest.raises(Rejected) as told:
        call(remote(value={"other": "generator"}), [1.0], numeric)
    assert told.value.message.startswith("returned a generator, which is not numeric")


def test_a_kind_of_the_students_own_is_not_taken_for_data():
    class Own(Exception):
        kind, line = "KeyError", "a line"

    def raising(x):
        raise Own

    with pytest.raises(Rejected, match="raised Own"):
        call(raising, [1.0], lambda value: value)


@pytest.mark.parametrize(
    "failed",
    [
        7,
        [7, None, "grad_w"],
        [{"part": "grad_q", "raised": {"kind": "KeyError", "text": "no", "line": ""}}],
        [{"part": "grad_w", "value": {"array": "AAAAAAAA8D8=", "dtype": "<f8", "shape": [1]}}],
        [{"part": ["grad_w"], "value": None}],
    ],
)
def test_remote_pass_believes_of_no_part_that_it_failed_unless_it_did(failed):
    function = remote(value={"dict": []}, failed=failed).surviving(Parts({"grad_w": (1,)}))
    assert function(1.0) == Survived({}, {})


def test_remote_pass_tells_which_part_failed():
    failed = [{"part": "grad_w", "raised": {"kind": "KeyError", "text": "no", "line": "a line"}}]
    survived = remote(value={"dict": []}, failed=failed).surviving(Parts({"grad_w": (3,)}))(1.0)
    reason = survived.failed["grad_w"]
    assert (reason.message, reason.line) == ("raised KeyError: no", "a line")
