import gzip
import io
import itertools
import pickle
import struct
import sys
import tracemalloc
from pathlib import Path

import idx2numpy
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from helpers import _idx_errors as idx_errors
from helpers.data import SPLITS, fetch
from helpers.idx import IDXError, read_idx, write_idx

CODES = {0x08: "u1", 0x09: "i1", 0x0B: "i2", 0x0C: "i4", 0x0D: "f4", 0x0E: "f8"}
NAMES = [name for split in SPLITS.values() for name in (split.images, split.labels)]
VALID = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6])


class Pipe:
    """A stream that neither seeks nor tells its length, and gives a few bytes at a time."""

    def __init__(self, data: bytes, step: int = 7) -> None:
        self.taken = 0
        self._data, self._step = io.BytesIO(data), step

    def read(self, size: int) -> bytes:
        part = self._data.read(min(size, self._step))
        self.taken += len(part)
        return part


def encode(array: np.ndarray, *, compress: bool = False) -> bytes:
    target = io.BytesIO()
    write_idx(target, array, compress=compress)
    return target.getvalue()


def header(code: int, *shape: int) -> bytes:
    return struct.pack(f">2x2B{len(shape)}I", code, len(shape), *shape)


# What the format is


@pytest.mark.parametrize(("code", "dtype"), CODES.items())
def test_every_element_type_is_read_and_written_big_endian(code, dtype):
    values = np.array([[0, 1, 2], [3, 100, 127]], dtype)
    data = header(code, 2, 3) + values.astype(f">{dtype}").tobytes()
    decoded = read_idx(data)
    np.testing.assert_array_equal(decoded, values, strict=True)
    assert encode(values) == data


def test_extreme_values_survive():
    for dtype in ("i1", "i2", "i4"):
        limits = np.array([np.iinfo(dtype).min, -1, np.iinfo(dtype).max], dtype)
        np.testing.assert_array_equal(read_idx(encode(limits)), limits, strict=True)
    floats = np.array([-0.0, np.inf, -np.inf, np.nan, 5e-324, sys.float_info.max])
    assert read_idx(encode(floats)).tobytes() == floats.tobytes()


def test_the_magic_numbers_of_mnist():
    images = encode(np.zeros((1, 28, 28), np.uint8))
    labels = encode(np.zeros(1, np.uint8))
    assert int.from_bytes(images[:4], "big") == 2051
    assert int.from_bytes(labels[:4], "big") == 2049
    assert (len(images), len(labels)) == (16 + 784, 8 + 1)


@pytest.mark.parametrize("rank", [0, 1, 2, 5, 64])
def test_ranks_up_to_numpys_limit(rank):
    array = np.full((1,) * rank, 7, np.int16)
    np.testing.assert_array_equal(read_idx(encode(array)), array, strict=True)


@pytest.mark.parametrize("shape", [(0,), (0, 28, 28), (3, 0), (0, 2**32 - 1)])
def test_empty_arrays(shape):
    assert read_idx(encode(np.empty(shape, np.float32))).shape == shape


# The real files


@pytest.mark.parametrize("dataset", ["mnist", "fashion-mnist"])
@pytest.mark.parametrize("name", NAMES)
def test_equal_to_idx2numpy_on_the_real_files(dataset, name):
    path = next(path for path in fetch(dataset) if path.name == name)
    decoded = read_idx(path)
    np.testing.assert_array_equal(decoded, idx2numpy.convert_from_file(str(path)), strict=True)
    assert int.from_bytes(path.read_bytes()[:4], "big") == (2051 if "images" in name else 2049)
    assert encode(decoded) == path.read_bytes()


# Sources and targets


def sources(data: bytes, folder: Path):
    path = folder / "array.idx"
    path.write_bytes(data)
    yield from (path, str(path), data, bytearray(data), memoryview(data))
    yield from (io.BytesIO(data), Pipe(data), Pipe(data, 1))
    with path.open("rb") as buffered, path.open("rb", buffering=0) as unbuffered:
        yield from (buffered, unbuffered)


@pytest.mark.parametrize("compress", [False, True])
def test_all_sources_give_the_same_writable_native_array(tmp_path, compress):
    array = np.arange(24, dtype=np.int32).reshape(2, 3, 4)
    for source in sources(encode(array, compress=compress), tmp_path):
        decoded = read_idx(source)
        np.testing.assert_array_equal(decoded, array, strict=True)
        assert decoded.dtype.isnative
        assert decoded.flags.c_contiguous
        decoded += 1


def test_changing_what_was_read_from_bytes_leaves_the_bytes_alone():
    data = bytearray(VALID)
    read_idx(data)[:] = 0
    assert data == VALID


def test_an_open_file_is_read_from_where_it_stands():
    file = io.BytesIO(b"before" + VALID)
    file.seek(6)
    assert read_idx(file).shape == (2, 3)
    pipe = Pipe(b"before" + VALID)
    pipe.read(6)
    assert read_idx(pipe).shape == (2, 3)


def test_a_decompressing_file_is_read_by_its_contents(tmp_path):
    """Its descriptor is the compressed file's, whose length says nothing."""
    path = tmp_path / "array.gz"
    path.write_bytes(gzip.compress(VALID))
    with gzip.open(path) as file:
        assert read_idx(file).shape == (2, 3)


def test_gzip_is_told_by_content_not_by_name(tmp_path):
    path = tmp_path / "array.gz"
    path.write_bytes(VALID)
    assert read_idx(path).shape == (2, 3)
    write_idx(tmp_path / "array.idx", read_idx(path), compress=True)
    assert (tmp_path / "array.idx").read_bytes()[:2] == b"\x1f\x8b"
    assert read_idx(tmp_path / "array.idx").shape == (2, 3)


def test_gzip_in_several_members_is_one_stream():
    assert read_idx(gzip.compress(VALID[:9]) + gzip.compress(VALID[9:])).tolist()[1] == [4, 5, 6]


def test_other_sources_are_refused():
    with pytest.raises(TypeError, match="found int"):
        read_idx(42)
    with pytest.raises(TypeError, match="found text mode"):
        read_idx(io.StringIO("text"))


def test_compressing_twice_gives_the_same_bytes(tmp_path):
    array = np.arange(100, dtype=np.uint8)
    write_idx(tmp_path / "one.gz", array, compress=True)
    write_idx(tmp_path / "other.gz", array, compress=True)
    data = (tmp_path / "one.gz").read_bytes()
    assert data == (tmp_path / "other.gz").read_bytes()
    assert data[3:8] == bytes(5)  # no name, no time


def test_layout_and_byte_order_in_memory_do_not_matter():
    array = np.arange(6, dtype=">i4").reshape(2, 3)
    for same in (array, np.asfortranarray(array), array[:, ::-1][:, ::-1], array.astype("<i4")):
        assert encode(same) == encode(array)


@pytest.mark.parametrize("array", [np.zeros(3, bool), np.zeros(3, np.int64), np.array(["a"])])
def test_dtypes_that_idx_lacks_are_refused_and_the_old_file_kept(tmp_path, array):
    path = tmp_path / "array.idx"
    path.write_bytes(VALID)
    with pytest.raises(idx_errors.IDXEncodeError, match=f"dtype {array.dtype}.*expected one of"):
        write_idx(path, array)
    assert path.read_bytes() == VALID
    assert list(tmp_path.iterdir()) == [path]


def test_dimensions_over_32_bits_are_refused():
    with pytest.raises(idx_errors.IDXEncodeError, match="4294967296"):
        write_idx(io.BytesIO(), np.empty((0, 2**32), np.uint8))


# What is wrong with a file

HUGE = header(0x0E, *[2**32 - 1] * 3)
BROKEN = [
    (b"", idx_errors.IDXTruncatedError, "after 0 bytes, expected at least 4"),
    (VALID[:3], idx_errors.IDXTruncatedError, "after 3 bytes, expected at least 4"),
    (VALID[:11], idx_errors.IDXTruncatedError, "after 11 bytes, expected at least 12"),
    (VALID[:-1], idx_errors.IDXTruncatedError, "after 17 bytes, expected 18"),
    (VALID + b"\0", idx_errors.IDXTrailingError, "19, expected exactly 18"),
    (b"\0\x01" + VALID[2:], idx_errors.IDXMagicError, r"starts with b'\\x00\\x01'"),
    (b"\x01\0" + VALID[2:], idx_errors.IDXMagicError, r"starts with b'\\x01\\x00'"),
    (b"P5 28 28 255", idx_errors.IDXMagicError, "starts with b'P5'"),
    (b"\0\0\x0a\x01\0\0\0\0", idx_errors.IDXElementTypeError, "0x0A, expected one of 0x08, 0x09"),
    (b"\0\0\x08\x41" + bytes(4 * 65), idx_errors.IDXRankError, "65 dimensions.* at most 64"),
    (HUGE, idx_errors.IDXSizeError, "4294967295, 4294967295.* overflow"),
    (header(8, 0, *[2**32 - 1] * 3), idx_errors.IDXSizeError, r"\(0, 4294967295.* overflow"),
    (header(8, 2**32 - 1, 2**31 - 1), idx_errors.IDXTruncatedError, "after 12 bytes"),
]


@pytest.mark.parametrize(("data", "error", "message"), BROKEN)
@pytest.mark.parametrize("wrap", [bytes, gzip.compress, Pipe, io.BytesIO])
def test_each_fault_has_its_own_error(data, error, message, wrap):
    with pytest.raises(error, match=message):
        read_idx(wrap(data))


@pytest.mark.parametrize(("data", "error", "message"), BROKEN)
def test_errors_name_the_file(tmp_path, data, error, message):
    path = tmp_path / "broken.idx"
    path.write_bytes(data)
    with pytest.raises(error, match="broken.idx.*" + message):
        read_idx(path)


ZIPPED = gzip.compress(bytes(VALID), mtime=0)


@pytest.mark.parametrize(
    "data",
    [
        ZIPPED[:-1],  # half a checksum
        ZIPPED[:5],  # half a header
        ZIPPED[:-8] + bytes(8),  # a wrong checksum
        ZIPPED[:12] + b"\xff\xff" + ZIPPED[14:],  # no deflate data
        ZIPPED + b"more",  # no second member
    ],
)
def test_corrupt_gzip_is_its_own_error(data):
    with pytest.raises(idx_errors.IDXGzipError, match="corrupt gzip data") as caught:
        read_idx(data)
    assert caught.value.__cause__ is not None


def test_gzip_within_gzip_is_no_idx():
    with pytest.raises(idx_errors.IDXMagicError):
        read_idx(gzip.compress(ZIPPED))


def test_every_error_survives_pickling():
    for error in vars(idx_errors).values():
        if isinstance(error, type) and issubclass(error, IDXError):
            original = error("file.idx", 3, 4)
            copy = pickle.loads(pickle.dumps(original))
            assert (str(copy), vars(copy)) == (str(original), vars(original))
            assert "file.idx" in str(original)


# How much a file may make us allocate


def peak_while_reading(source) -> int:
    tracemalloc.start()
    try:
        read_idx(source)
    except IDXError:
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    raise AssertionError("the file was expected to be refused")


@pytest.mark.parametrize("wrap", [bytes, gzip.compress, Pipe])
def test_a_declared_size_alone_allocates_nothing(wrap):
    assert peak_while_reading(wrap(header(8, 2**32 - 1, 2**20) + b"x" * 1000)) < 2**18


def test_a_gzip_bomb_is_left_alone_after_the_declared_size():
    bomb = gzip.compress(VALID + bytes(100_000_000))
    assert peak_while_reading(bomb) < 2**18


def test_an_endless_stream_is_read_one_byte_past_the_declared_size():
    pipe = Pipe(VALID + bytes(10_000))
    with pytest.raises(idx_errors.IDXTrailingError):
        read_idx(pipe)
    assert pipe.taken == len(VALID) + 1


# Properties

ARRAYS = st.sampled_from(sorted(CODES.values())).flatmap(
    lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, max_dims=6, min_side=0))
)


@settings(deadline=None)
@given(ARRAYS, st.booleans(), st.sampled_from([bytes, io.BytesIO, Pipe]))
def test_reading_undoes_writing(array, compress, wrap):
    decoded = read_idx(wrap(encode(array, compress=compress)))
    assert (decoded.dtype, decoded.shape) == (array.dtype, array.shape)
    assert decoded.tobytes() == array.tobytes()  # NaNs and signed zeros to the bit


@st.composite
def damaged(draw) -> bytes:
    data = bytearray(encode(draw(ARRAYS), compress=draw(st.booleans())))
    for _ in range(draw(st.integers(1, 4))):
        where = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 8))
        data[where : where + length] = draw(st.binary(max_size=8))
    return bytes(data)


@settings(max_examples=400, deadline=None)
@given(st.one_of(damaged(), st.binary(), st.binary().map(lambda tail: b"\0\0\x08\x01" + tail)))
@example(b"\x1f\x8b")
@example(b"\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\x00\xff\xff")
def test_any_bytes_give_one_exact_array_or_an_idx_error(data):
    results = []
    for source in (data, Pipe(data)):
        try:
            results.append(encode(read_idx(source)))
        except IDXError as error:
            results.append(str(error) != "")
    assert results[0] == results[1]
    raw = gzip.decompress(data) if data[:2] == b"\x1f\x8b" and results[0] is not True else data
    assert results[0] in (True, raw)


def test_every_truncation_and_every_extension_is_refused():
    for data in (VALID, ZIPPED):
        for length in itertools.chain(range(len(data)), [len(data) + 1]):
            with pytest.raises(IDXError):
                read_idx((data + b"\x01")[:length])
