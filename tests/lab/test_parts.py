"""The whole pass and its parts, as the check that students have at hand tells of them."""

import pytest
from support.answers import PLAIN

from backprop_lab.checking import examine
from backprop_lab.parts import Parts, survive
from exercise import EXERCISE

HEAD = "def grad_u(dL_dg, x):\n    "


@pytest.mark.parametrize(
    ("how", "first", "last"),
    [
        (
            "raise ValueError('no')",
            "✗ backward: calls grad_u, which raised ValueError: no",
            "    → Print what goes into the line that failed: which value, type or shape surprises you?",
        ),
        ("raise NotImplementedError()", "○ backward: calls grad_u, which is not answered yet.", ""),
        (
            "pass",
            "✗ backward: calls grad_u, which returned None.",
            "    → Is there a `return` in every case?",
        ),
    ],
    ids=["raises", "not answered", "returns nothing"],
)
def test_check_names_the_part_that_fails(notebook, how, first, last):
    said = examine(EXERCISE, "backward", notebook(HEAD + how)["backward"]).message
    others = "    6 of the 7 gradients are right: z w c h g b. Not yet: u."
    call = ["    To try it, run in a cell:", "    backward(*example())", last] if last else []
    assert said.splitlines() == [first, others, *call]


def test_check_says_of_backward_itself_that_it_is_not_answered(notebook):
    source = "def backward(x, y, u, b, w, c):\n    raise NotImplementedError()"
    assert (
        examine(EXERCISE, "backward", notebook(source)["backward"]).message == "○ backward: not answered yet."
    )


def counting(names, source):
    """A pass that counts its calls."""
    names["calls"] = []
    exec(source, names)
    return names["whole"], names["calls"]


def test_survive_calls_a_right_pass_once_and_a_failing_one_a_bounded_number_of_times():
    source = "def whole(a):\n    calls.append(a)\n    return {'p': p(a), 'q': q(a)}"
    parts = Parts({"p": (), "q": (2,)})
    names = {"p": lambda a: a, "q": lambda a: [a, a]}
    whole, calls = counting(names, source)
    assert survive(whole, names, parts, [1.0], lambda: [1.0]) == ({"p": 1.0, "q": [1.0, 1.0]}, [])
    assert len(calls) == 1
    names["p"] = names["q"] = lambda a: 1 / 0
    calls.clear()
    answer, failed = survive(whole, names, parts, [1.0], lambda: [1.0])
    assert ([one.part for one in failed], len(calls)) == (["p", "q"], 4)
    assert answer["q"].shape == (2,)


def test_survive_leaves_the_names_as_they_were(notebook):
    names = notebook(HEAD + "raise ValueError('no')")
    before = dict(names)
    examine(EXERCISE, "backward", names["backward"])
    assert names == before
    assert list(names) == list(before)
    assert set(PLAIN) <= names.keys()
