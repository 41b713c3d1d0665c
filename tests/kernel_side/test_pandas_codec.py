"""pandas frames on the bridge, where pandas is installed: nothing else here needs it."""

from __future__ import annotations

import json
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.errors import CodecError
from autograder.kernel_side.codec import MAX_BYTES, decode, encode

pd = pytest.importorskip("pandas")

ROWS = 4
DTYPES = (
    hnp.boolean_dtypes()
    | hnp.integer_dtypes(endianness="=")
    | hnp.floating_dtypes(sizes=(32, 64), endianness="=")
    | st.sampled_from(["M8[s]", "M8[ns]", "m8[ms]"]).map(np.dtype)
)
TEXTS = st.lists(st.text(string.printable, max_size=5), min_size=ROWS, max_size=ROWS)
OBJECTS = st.lists(
    st.none() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
    min_size=ROWS,
    max_size=ROWS,
)
COLUMNS = st.one_of(
    DTYPES.flatmap(lambda dtype: hnp.arrays(dtype, ROWS)).map(pd.Series),
    TEXTS.map(lambda texts: pd.Series(texts, dtype="str")),
    TEXTS.map(lambda texts: pd.Series([None, *texts[1:]], dtype="string")),
    TEXTS.map(lambda texts: pd.Series(texts, dtype="category")),
    OBJECTS.map(lambda objects: pd.Series(objects, dtype=object)),
)
NAMES = (
    st.none() | st.text(max_size=3) | st.integers(0, 3) | st.tuples(st.integers(), st.booleans())
)
INDEXES = st.one_of(
    st.just(pd.RangeIndex(2, 2 + 3 * ROWS, 3, name="step")),
    st.just(pd.MultiIndex.from_product([[1, 2], ["a", "b"]], names=["n", None])),
    st.just(pd.DatetimeIndex(["2026-01-01", "2025-01-01", "NaT", "2026-01-01"])),
    COLUMNS.filter(lambda column: column.dtype.kind != "m").map(pd.Index),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(COLUMNS, max_size=3), st.lists(NAMES, min_size=3, max_size=3), INDEXES)
def test_frames_come_back_as_they_were(columns, names, index):
    frame = pd.DataFrame({n: column.array for n, column in enumerate(columns)}, index=index)
    frame.columns = pd.Index(names[: len(columns)], tupleize_cols=False)
    back = decode(encode(frame))
    pd.testing.assert_frame_equal(back, frame)
    assert type(back) is pd.DataFrame


@settings(max_examples=40, deadline=None)
@given(COLUMNS, NAMES, INDEXES)
def test_series_and_indexes_come_back_as_they_were(column, name, index):
    series = pd.Series(column.array, index=index, name=name)
    pd.testing.assert_series_equal(decode(encode([series]))[0], series)
    pd.testing.assert_index_equal(decode(encode(index)), index)


class EvilFrame(pd.DataFrame):
    def __eq__(self, other):
        return True

    @property
    def _constructor(self):
        return EvilFrame

    def equals(self, other):
        return True


class EvilText(str):
    __slots__ = ()

    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


def test_an_evil_frame_arrives_plain_down_to_its_objects():
    frame = EvilFrame({"a": [1, 2], "b": np.array([EvilText("x"), EvilText("y")], dtype=object)})
    back = decode(encode(frame))
    assert type(back) is pd.DataFrame
    assert type(back["b"]) is pd.Series
    assert [type(item) for item in back["b"]] == [str, str]
    assert not back.equals(pd.DataFrame({"a": [1, 3]}))


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([object(), 1]),
        pd.Series([1, None], dtype="Int64"),
        pd.Series(pd.period_range("2026", periods=2, freq="D")),
        pd.Series(pd.to_datetime(["2026-01-01"] * 2).tz_localize("UTC")),
    ],
)
def test_a_frame_that_is_not_plain_is_refused(column):
    for value in (column, column.to_frame("a"), [pd.Index(column)]):
        with pytest.raises(CodecError, match="is not plain data"):
            encode(value, lambda anything: {"object": 1})


def framed(**changes):
    """Write a frame as the codec does, but for some of its parts."""
    names = {"names": ["rows"], "range": [0, 2, 1]}
    values = [{"plain": np.arange(2)}]
    parts = {"values": values, "rows": names, "labels": names | {"range": [0, 1, 1]}} | changes
    return json.dumps({"pandas": json.loads(encode({"frame": parts}))})


def test_what_framed_writes_is_a_frame():
    assert decode(framed()).shape == (2, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"values": [{"plain": np.arange(3)}]},
        {"values": [{"plain": np.arange(4).reshape(2, 2)}]},
        {"values": [{"plain": [1, 2]}]},
        {"values": [{"texts": ["a", "b"], "dtype": "object"}]},
        {"values": [{"codes": np.array([0, 5]), "categories": {"objects": ["a"]}, "ordered": 0}]},
        {"values": [{"plain": np.arange(2)}] * 10_001},
        {"values": [{"objects": 5}]},
        {"rows": {"names": ["rows"], "range": [0, MAX_BYTES, 1]}, "values": []},
        {"rows": {"names": ["rows"], "range": [0, 10**30, 1]}, "values": []},
        {"rows": {"names": [["unhashable"]], "range": [0, 2, 1]}},
        {"rows": {"names": [], "range": [0, 2, 1]}},
        {"labels": {"names": ["n"], "levels": []}},
    ],
)
def test_hostile_frames_are_refused(changes):
    with pytest.raises(CodecError):
        decode(framed(**changes))


def test_no_stand_in_hides_in_a_frame():
    text = framed(values=[{"objects": [None, "here"]}]).replace('"here"', '{"ref": {"object": 1}}')
    with pytest.raises(CodecError, match="unknown tag 'ref'"):
        decode(text, lambda reference: object())
