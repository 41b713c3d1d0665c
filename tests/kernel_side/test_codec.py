"""Plain data come back as they were, and nothing else comes through."""

from __future__ import annotations

import base64
import json
import math
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.kernel_side.codec import CodecError, decode, encode

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
DTYPES = (
    hnp.boolean_dtypes()
    | hnp.integer_dtypes()
    | hnp.floating_dtypes(sizes=(16, 32, 64))
    | hnp.unicode_string_dtypes(min_len=1)
    | hnp.datetime64_dtypes()
)


@given(PLAIN)
def test_plain_data_come_back_as_they_were(value):
    assert decode(encode(value)) == value


@given(hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0)))
def test_arrays_keep_dtype_shape_and_bytes(array):
    back = decode(encode(array))
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.tobytes() == array.tobytes()
    assert back.flags.writeable


@pytest.mark.parametrize(
    "value", [{1, 2}, frozenset("a"), (1, [2, {"k": (3,)}]), 10**50, -0.0, slice(None, -1, 2)]
)
def test_containers_keep_their_type(value):
    back = decode(encode(value))
    assert back == value
    assert type(back) is type(value)


def test_numpy_scalars_stay_numpy_scalars():
    back = decode(encode(np.float32(0.5)))
    assert type(back) is np.float32
    assert back == np.float32(0.5)
    assert math.isnan(decode(encode(float("nan"))))


class EvilFloat(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


class EvilArray(np.ndarray):
    def __eq__(self, other):
        return True

    __hash__ = None


class EvilDict(dict):
    def items(self):
        raise AssertionError("the codec must not call this")


def test_subclasses_arrive_as_the_plain_type_they_extend():
    evil = [EvilFloat(0.1), np.zeros(3).view(EvilArray), EvilDict(a=1)]
    number, array, mapping = decode(encode(evil))
    assert type(number) is float
    assert number != 0.9
    assert type(array) is np.ndarray
    assert not (array == 1).any()
    assert type(mapping) is dict


@pytest.mark.parametrize("value", [object(), len, np.array([object()]), iter([])])
def test_anything_else_is_refused_by_name(value):
    with pytest.raises(CodecError, match="is not plain data"):
        encode(value)


def packed(dtype: str, shape: list[int], raw: bytes, cut: int | None = None) -> str:
    """Write an array as the codec does, whatever its data."""
    data = base64.b64encode(zlib.compress(raw)[:cut]).decode()
    return json.dumps({"array": {"dtype": dtype, "shape": shape, "data": data}})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "{}",
        '{"list": 3}',
        '{"pickle": "x"}',
        '{"a": 1, "b": 2}',
        '{"array": ["<f8", [2], "AAAA"]}',
        '{"array": {"dtype": "<f8", "shape": [2], "data": "AAAA"}}',
        '{"scalar": {"array": {"dtype": "<f8"}}}',
        packed("<f8", [2], b"x" * 15),
        packed("<f8", [2], b"x" * 17),
        packed("<f8", [-1], b""),
        packed("|O", [1], b"x" * 8),
        packed("<f8", [4611686018427387904, 4], b""),
        packed("<f8", [True], b"x" * 8),
        packed("<f8", [2], b"x" * 16, cut=-1),
        packed("|u1", [65 << 20], bytes(65 << 20)),
        f'{{"list": [{", ".join([packed("|u1", [16 << 20], bytes(16 << 20))] * 5)}]}}',
        '{"scalar": {"ref": 1}}',
        '{"ref": {"object": 1}}',
        '{"dict": [[{"list": []}, 1]]}',
        '{"slice": [1]}',
        '{"pandas": {"list": []}}',
        '{"pandas": {"dict": [["frame", {"dict": []}]]}}',
        "[" * 100_000,
    ],
)
def test_hostile_texts_are_refused(text):
    with pytest.raises(CodecError):
        decode(text)


@given(st.text())
def test_any_text_decodes_or_is_refused(text):
    try:
        decode(text)
    except CodecError:
        return
    json.loads(text)  # only JSON got this far
