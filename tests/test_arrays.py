"""Arrays as a little JSON."""

import base64
import json
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.arrays import (
    MAX_BYTES,
    MAX_DIMENSIONS,
    decode_array,
    encode_array,
    pack,
    unpack,
)
from autograder.errors import PackingError

KINDS = st.sampled_from([bool, np.uint8, np.int8, np.int16, np.uint32, np.int64, np.uint64, ">i4"])


@given(arrays.arrays(KINDS, arrays.array_shapes(max_dims=3, min_side=0, max_side=5)))
def test_what_is_packed_comes_back(array):
    again = unpack(json.loads(json.dumps(pack(array))))
    assert again.shape == array.shape
    assert again.dtype == np.int64 or again.dtype in (bool, np.uint64)
    assert (again == array).all()


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([0, 9], "|u1"), ([-1, 9], "|i1"), ([-1, 200], "<i2"), ([0, 70_000], "<u4"),
        ([True, False], "|b1"), ([0, 2**63], "<u8"), ([-1, 2**63 - 1], "<i8"),
    ],
)  # fmt: skip
def test_the_smallest_type_is_taken(values, dtype):
    array = np.array(values, np.uint64) if max(values) == 2**63 else np.array(values)
    assert pack(array)["dtype"] == dtype


def test_ten_thousand_digits_are_small():
    digits = np.random.default_rng(0).integers(0, 10, 10_000)
    assert len(json.dumps(pack(digits))) < 7_000


def test_floats_come_back_as_they_were():
    given = np.random.default_rng(0).random((7, 3)) * 1e300
    assert pack(given)["dtype"] == "<f8"
    assert unpack(pack(given)).tobytes() == given.tobytes()


@pytest.mark.parametrize("array", [np.zeros(2, complex), np.array(["a"]), np.array([None])])
def test_other_arrays_are_refused(array):
    with pytest.raises(PackingError, match="expected truth values or numbers"):
        pack(array)


def packed(**changes):
    return pack(np.array([1, 2, 3])) | changes


def squeezed(data):
    return base64.b64encode(zlib.compress(data)).decode()


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (None, "expected dtype, shape and data"),
        ({"dtype": "|u1", "shape": [3]}, "expected dtype, shape and data"),
        (packed(dtype="|O8"), "expected a dtype of"),
        (packed(dtype="<f4"), "has '<f4', expected a dtype of"),
        (packed(dtype=[]), "expected a dtype of"),
        (packed(shape=[-3]), "a shape of whole numbers"),
        (packed(shape=[True]), "a shape of whole numbers"),
        (packed(shape="3"), "a shape of whole numbers"),
        (packed(shape=[MAX_BYTES, 2]), "at most"),
        (packed(shape=[2]), "expected 2 bytes"),
        (packed(shape=[4]), "3 bytes or more', expected 4 bytes"),
        (packed(data="!"), "compressed content in base64"),
        (packed(data=base64.b64encode(b"no zlib").decode()), "compressed content in base64"),
        (packed(data=squeezed(b"abc")[:-8]), "compressed content|expected 3 bytes"),
        (packed(data=squeezed(bytes(10**6))), "4 bytes or more', expected 3 bytes"),
        (packed(dtype=">i4"), "expected a dtype of"),
        (packed(shape=[0, 2**62, 2**62], data=squeezed(b"")), "a shape that numpy can have"),
        (packed(shape=[1] * (MAX_DIMENSIONS + 1)), "33 dimensions', expected at most 32"),
        (
            packed(data=base64.b64encode(zlib.compress(b"abc") + b"more").decode()),
            "3 bytes or more",
        ),
    ],
)
def test_what_is_no_packed_array_is_refused(table, complaint):
    with pytest.raises(PackingError, match=complaint):
        unpack(table)


NAMES = [
    "|b1",
    "|i1",
    "<u8",
    ">f8",
    "<f2",
    "<c16",
    "|S3",
    "<U7",
    ">U2",
    "<M8[25s]",
    ">m8[D]",
    "<M8",
]


@pytest.mark.parametrize("name", NAMES)
def test_every_plain_type_comes_back_as_it_was(name):
    array = np.arange(6).astype(name).reshape(2, 3)
    back = decode_array(json.loads(json.dumps(encode_array(array))))
    assert (back.dtype.str, back.shape, back.tobytes()) == (name, (2, 3), array.tobytes())
    assert back.flags.writeable


@pytest.mark.parametrize(
    "name",
    [
        *("|O", "|O8", "|V8", "<f3", "|f8", "<i0", "<U0", "f8", "<f8,<f8", "(2,)<f8", "float64"),
        *("<M8[zz]", "<U9999999999", "<f8" * 10**6, "\u0663", "", None, 8, ["<f8"], {"a": "<f8"}),
    ],
)
def test_no_other_name_is_a_type(name):
    with pytest.raises(PackingError, match=r"expected a (dtype|shape)") as caught:
        decode_array({"dtype": name, "shape": [0], "data": squeezed(b"")})
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("array", [np.array([None]), np.zeros(2, "i4,i4"), np.zeros(1, "V3")])
def test_objects_and_records_are_not_written(array):
    with pytest.raises(PackingError, match="without Python objects"):
        encode_array(array)


def test_an_array_may_be_as_large_as_is_said_and_no_larger():
    packed = encode_array(np.zeros(1000))
    assert decode_array(packed, most=8000).shape == (1000,)
    with pytest.raises(PackingError, match=r"has '\[1000\]', expected at most 7999 bytes"):
        decode_array(packed, most=7999)


def test_a_bomb_is_not_decompressed():
    bomb = {"dtype": "|u1", "shape": [10], "data": squeezed(bytes(50 << 20))}
    tracemalloc.start()
    try:
        with pytest.raises(PackingError, match="11 bytes or more"):
            decode_array(bomb)
        assert tracemalloc.get_traced_memory()[1] < 5 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", ["x" * 10**6, ["x"] * 10**6])
def test_a_message_is_short_however_long_what_was_sent(text):
    for table in (text, packed(dtype=text), packed(shape=text), packed(data=text)):
        with pytest.raises(PackingError) as caught:
            decode_array(table)
        assert len(str(caught.value)) < 300
