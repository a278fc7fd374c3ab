"""What crosses the boundary comes over whole; what should not, does not."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from autograder.sandbox.protocol import LARGEST_FRAME, NotTheProtocol, decode, encode, length_of, parse
from backprop_lab.validation import NotData, kind_of

numeric = st.sampled_from([np.float64, np.float32, np.int64, np.int8, np.uint16, np.bool_, np.complex128])
plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
nested = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def same(one, other):
    if isinstance(one, float):
        return type(other) is float and (one == other or (math.isnan(one) and math.isnan(other)))
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    return type(one) is type(other) and one == other


@given(nested)
def test_plain_values_come_over(value):
    assert same(decode(encode(value)), value)


@given(numeric.flatmap(lambda d: arrays(d, array_shapes(min_dims=0, max_side=4))))
def test_arrays_come_over_bit_by_bit(array):
    over = decode(encode(np.asarray(array)))
    assert over.dtype == np.asarray(array).dtype
    assert over.shape == np.shape(array)
    assert over.tobytes() == np.asarray(array).tobytes()


def test_numpy_scalars_stay_scalars():
    over = decode(encode(np.float64(0.1)))
    assert type(over) is np.float64


class Lying(np.ndarray):
    def __eq__(self, other):
        return True


class LyingFloat(float):
    def __eq__(self, other):
        return True


def test_subclasses_come_over_as_plain_data():
    assert type(decode(encode(np.ones(3).view(Lying)))) is np.ndarray
    assert type(decode(encode(LyingFloat(2)))) is float
    assert type(decode(encode(np.matrix([[1.0]])))) is np.ndarray


@pytest.mark.parametrize(
    ("value", "over"),
    [(range(3), [0, 1, 2]), (memoryview(b"ab"), [97, 98]), (np.array([1.0, 2.0], ">f8"), [1, 2])],
)
def test_what_numpy_reads_comes_over(value, over):
    assert decode(encode(value)).tolist() == over


def test_fractions_and_long_floats_come_over_as_floats():
    assert decode(encode(Fraction(1, 4))) == 0.25
    assert decode(encode(np.longdouble(0.5))) == 0.5


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (lambda: 1, "function"),
        (object(), "object"),
        ({1, 2}, "set"),
        (np.array([None]), "ndarray"),
        (np.zeros(2, dtype="M8[s]"), "ndarray"),
        (np.zeros(2, dtype=[("a", float)]), "ndarray"),
        (np.zeros(200_000), "ndarray"),
        ("x" * 20_000, "str"),
        ((i for i in range(3)), "generator"),
    ],
)
def test_what_is_no_data_is_named(value, name):
    over = decode(encode(value))
    assert type(over) is NotData
    assert over.type_name == name
    assert kind_of(over).split()[1] == name


@pytest.mark.parametrize("name", ["a b", "x" * 60, "", "Verdict\n"])
def test_the_name_of_a_type_is_a_name(name):
    assert decode({"other": name}).type_name == "object"


def test_what_is_nested_deep_or_in_itself_is_cut():
    value = []
    value.append(value)
    over = decode(encode(value))
    while isinstance(over, list) and over:
        over = over[0]
    assert over.type_name == "list"


ARRAY = encode(np.ones(3))


@pytest.mark.parametrize(
    "data",
    [
        3,
        [1],
        {},
        {"unknown": 1},
        {"float": "x"},
        {"float": 3},
        {"int": "1" * 20_000},
        {"int": "x"},
        {"complex": ["0x1p0"]},
        {"list": 3},
        {"dict": [[1]]},
        {"dict": [[{"int": str((2**61 - 1) * number)}, None] for number in range(2_000)]},
        {"dict": [[{"list": []}, None]]},
        {"array": "!", "dtype": "<f8", "shape": [3]},
        {**ARRAY, "dtype": "|O"},
        {**ARRAY, "dtype": "<M8[s]"},
        {**ARRAY, "dtype": "f8,f8"},
        {**ARRAY, "dtype": ["<f8"]},
        {**ARRAY, "shape": [-1]},
        {**ARRAY, "shape": [2]},
        {**ARRAY, "shape": [4]},
        {**ARRAY, "shape": [True, 3]},
        {**ARRAY, "shape": [0, 10**18]},
        {**ARRAY, "shape": "3"},
        {**ARRAY, "shape": [1] * 33},
        {"scalar": {"scalar": {"scalar": ARRAY}}},
        "x" * 20_000,
    ],
    ids=lambda d: str(d)[:40],
)
def test_what_is_not_the_protocol_is_refused(data):
    with pytest.raises(NotTheProtocol):
        decode(data)


def test_depth_is_refused():
    data = None
    for _ in range(100):
        data = {"list": [data]}
    with pytest.raises(NotTheProtocol):
        decode(data)


@pytest.mark.parametrize("content", [b"", b"[1]", b"3", b"{", b"\xff", b"[" * 100_000])
def test_a_message_is_a_json_object(content):
    with pytest.raises(NotTheProtocol):
        parse(content)


def test_a_length_has_a_bound():
    assert length_of(LARGEST_FRAME.to_bytes(4, "little")) == LARGEST_FRAME
    with pytest.raises(NotTheProtocol):
        length_of((LARGEST_FRAME + 1).to_bytes(4, "little"))
