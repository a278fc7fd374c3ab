"""A file with a forward pass is read; where no exercise can be made of it one sentence says what and "
"where."""

import re

import pytest
from authoring.networks import HEAD, MEAN, RELU, TWO_OUTPUTS, TWO_OUTPUTS_GIVEN

from autograder import exercises
from autograder.authoring.forward_pass import Refused, read_forward_pass
from autograder.authoring.questions import backward_order, with_questions
from autograder.judging.drawing import drawer
from autograder.judging.local import given_for

NUMBERS = 'def numbers():\n    return {"w": 0.5, "x": np.array([1.0, 2.0]), "y": 0.3}\n'
GRAPH = """
GRAPH = (
    Operation("h", lambda w, x: np.tanh(w * x), ("w", "x")),
    Operation("z", lambda h: np.sum(h), ("h",)),
    Operation("L", lambda z, y: (z - y) ** 2, ("z", "y")),
)
"""
SOUND = HEAD.format(title="Small") + GRAPH + NUMBERS


@pytest.fixture
def read(tmp_path):
    def reading(text, name="mine"):
        path = tmp_path / "forward.py"
        path.write_text(text, encoding="utf-8")
        return read_forward_pass(path, name)

    return reading


def test_a_sound_one_is_read(read):
    found = read(TWO_OUTPUTS)
    assert found.title == "Two outputs and a penalty"
    assert (found.data, found.positive) == (("v", "t", "k"), ())
    assert found.exercise.loss == "J"


def test_the_questions_follow_from_the_graph(read):
    exercise = with_questions(read(TWO_OUTPUTS))
    assert {n: exercise.arguments(q) for n, q in exercise.asked.items()} == TWO_OUTPUTS_GIVEN


def test_a_function_without_complex_numbers_may_have_one_of_the_labs(read):
    exercise = with_questions(read(RELU))
    assert [exercise.arguments(q) for q in exercise.questions] == [
        ("o", "y"), ("dC_do", "r"), ("dC_do", "p"), ("dC_dr", "a"), ("dC_da", "x"),
    ]  # fmt: skip


def test_where_a_size_could_not_be_told_the_quantity_itself_is_given(read):
    exercise = with_questions(read(MEAN))
    assert exercise.arguments(exercise.find("grad_h")) == ("dL_dm", "h")


@pytest.mark.parametrize("name", exercises.names())
def test_what_we_wrote_by_hand_is_what_is_found_out(name):
    exercise = exercises.find(name).public
    data = set(exercise.inputs) - set(exercise.quantities)
    assert tuple(backward_order(exercise, data)) == exercise.quantities
    draw = drawer(exercise)
    for question in exercise.questions:
        assert given_for(exercise, draw, question.wrt) == question.given


def changed(*pairs):
    text = SOUND
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


BAD = {
    "a syntax error": (changed(("GRAPH = (", "GRAPH = ((")), "cannot be run: SyntaxError in line"),
    "an error": (changed(("GRAPH = (", "1 / 0\nGRAPH = (")), "ZeroDivisionError in line 9"),
    "an exit": (changed(("GRAPH = (", "raise SystemExit\nGRAPH = (")), "SystemExit in line 9"),
    "no graph": (HEAD.format(title="x") + NUMBERS, "has to define GRAPH"),
    "an empty graph": (HEAD.format(title="x") + "GRAPH = ()\n" + NUMBERS, "has to define GRAPH"),
    "no example": (HEAD.format(title="x") + GRAPH, "has to define a function numbers()"),
    "an example that fails": (changed(("return {", "return {}[0], {")), "KeyError in line 15"),
    "a cycle": (changed(('("w", "x")', '("w", "x", "z")'), ("lambda w, x", "lambda w, x, z")),
                "go round in a circle: h → z → h"),
    "out of order": (changed(('Operation("z", lambda h: np.sum(h), ("h",)),\n', ""),
                             ("GRAPH = (\n", 'GRAPH = (\n Operation("z", lambda h: np.sum(h), ("h",)),\n')),
                     "z takes h, which is made below it"),
    "an unknown input": (changed(('("z", "y")),', '("z", "v")),')), "L takes v, which is no input"),
    "an input that nobody uses": (changed(('"y": 0.3', '"y": 0.3, "v": 1.0')), "gives v, and no operation"),
    "an output that nobody uses": (changed(('("h",)),\n', '("h",)),\n Operation("o", np.sum, ("h",)),\n')),
                                   "the operation o is made, and nothing takes it"),
    "made twice": (changed(('Operation("z"', 'Operation("h"')), "h is made twice"),
    "made input": (changed(('Operation("z"', 'Operation("y"')), "y is an input of the example"),
    "a bad letter": (changed(('"y": 0.3', '"y y": 0.3'), ('"z", "y"', '"z", "y y"')), "'y y' is no name"),
    "a name of the notebook's": (changed(('"y": 0.3', '"slope": 0.3'), ('"z", "y"', '"z", "slope"')),
                                 "'slope' is no name"),
    "a word as a number": (changed(('"y": 0.3', '"y": "0.3"')), "y is no array of finite numbers"),
    "NaN in the example": (changed(('"y": 0.3', '"y": np.nan')), "y is no array of finite numbers"),
    "NaN on the way": (changed(("np.tanh(w * x)", "np.log(-w * x)")), "h gives a value that is not finite"),
    "NaN elsewhere": (changed(("np.tanh(w * x)", "np.log(w * x)")), "at other numbers like the example's"),
    "shapes that do not fit": (changed(("np.tanh(w * x)", "w * x @ np.ones(3)")),
                               "h cannot be computed at the example (ValueError"),
    "no scalar loss": (changed(("np.sum(h)", "h")),
                       "L has to be one number, and at the example its shape is (2,)"),
    "real numbers only": (changed(("np.tanh(w * x)", "np.asarray(w * x, dtype=float)")),
                          "h does not accept complex numbers in w"),
    "math's functions": (changed(("np.tanh(w * x)", "__import__('math').tanh(w) * x")),
                         "h does not accept complex numbers in w"),
    "not smooth": (changed(("np.tanh(w * x)", "np.abs(w * x)")), "h cannot be differentiated in w"),
    "steps": (changed(("np.tanh(w * x)", "np.round(w * x + 0.1)")), "does not change with"),
    "chance": (changed(("np.tanh(w * x)", "w * x + np.random.default_rng().normal()")),
               "another value each time"),
    "nothing to ask": (HEAD.format(title="x") + 'GRAPH = (Operation("L", lambda y: y**2, ("y",)),)\n'
                       'DATA = ("y",)\n\n\ndef numbers():\n    return {"y": 1.0}\n',
                       "there is nothing to ask"),
    "unknown data": (SOUND + 'DATA = ("q",)\n', "DATA names q; the inputs of the example are w, x, y"),
    "a shape that does not fit": (SOUND + 'SHAPES = {"x": ("N", 2)}\n', "its shape is (2,)"),
    "another size": (SOUND + 'SHAPES = {"x": (3,)}\n', "SHAPES says (3,) of x"),
    "no shapes": (SOUND + 'SHAPES = {"x": 2}\n', "SHAPES has to give a tuple"),
    "fixed sizes": (changed(("np.sum(h)", "np.sum(h * np.ones(2))")) + 'SHAPES = {"x": ("N",)}\n',
                    "z cannot be computed with other sizes, N = 3"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), BAD.values(), ids=BAD)
def test_one_sentence_says_what_is_wrong_and_where(read, text, words):
    with pytest.raises(Refused, match=re.escape(words)) as refused:
        read(text)
    assert "\n" not in str(refused.value)


def test_the_sound_one_of_these_is_sound(read):
    assert read(SOUND).exercise.loss == "L"


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(Refused, match="cannot be read"):
        read_forward_pass(tmp_path / "nowhere.py", "mine")
