"""Arrays as a little JSON."""

import base64
import json
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.arrays import MAX_BYTES, pack, unpack
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


@pytest.mark.parametrize("array", [np.zeros(2), np.array(["a"]), np.array([None])])
def test_other_arrays_are_refused(array):
    with pytest.raises(PackingError, match="expected truth values or integers"):
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
        (packed(dtype="<f8"), "has '<f8', expected a dtype of"),
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
    ],
)
def test_what_is_no_packed_array_is_refused(table, complaint):
    with pytest.raises(PackingError, match=complaint):
        unpack(table)
