"""Read and write IDX, the file format of MNIST, strictly.

An IDX file is a header and then the elements, row-major, everything big-endian::

    bytes 0-1   zero
    byte  2     element type: 0x08 uint8, 0x09 int8, 0x0B int16, 0x0C int32,
                              0x0D float32, 0x0E float64
    byte  3     rank: the number of dimensions
    4 bytes     for each dimension, its size (unsigned)

Read as one integer, the first four bytes of MNIST's label files are 2049 (uint8, rank 1) and
those of its image files 2051 (uint8, rank 3). A rank of 0 stands for a single element.

Whatever is wrong with a file, nothing is allocated beyond what its bytes justify: a declared
size is compared with the actual one first, and where that is not known (gzip, a pipe) the data
is read in chunks and no further than one byte past the declared end.

What is wrong with a file or an array is told by the errors of `helpers._idx_errors`.
"""

import gzip
import io
import math
import os
import stat
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from helpers._idx_errors import (
    IDXElementTypeError,
    IDXEncodeError,
    IDXError,
    IDXGzipError,
    IDXMagicError,
    IDXRankError,
    IDXSizeError,
    IDXTrailingError,
    IDXTruncatedError,
)
from helpers.files import replacing

__all__ = ["IDXError", "read_idx", "write_idx"]

Source: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""What an IDX file can be read from."""

DTYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
"""The element type that the third byte names."""

MAX_RANK = 64
"""Dimensions at most: numpy's own limit."""

MAX_DIMENSION = 2**32 - 1
"""A dimension's size at most: the format's limit."""

CHUNK = 1 << 16
"""Bytes that are read at a time where nobody can know how many there are."""

GZIP_MAGIC = b"\x1f\x8b"
"""The first bytes of gzip data."""


def read_idx(source: Source) -> np.ndarray:
    """Decode an IDX file.

    Parameters
    ----------
    source : path-like, bytes-like or binary file
        Raw or gzip-compressed, told apart by content. An open file is read from where it
        stands and must end where the data ends.

    Returns
    -------
    array : ndarray
        Of the declared shape, C-contiguous, writable, in native byte order.

    Raises
    ------
    IDXError
        One of its kinds, for anything that is not exactly one IDX array.

    Examples
    --------
    >>> read_idx(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]))
    array([[1, 2, 3],
           [4, 5, 6]], dtype=uint8)
    """
    with _opened(source) as reader:
        dtype, shape = _read_header(reader)
        return _read_data(reader, dtype, shape)


def write_idx(
    target: str | os.PathLike[str] | BinaryIO, array: np.ndarray, *, compress: bool = False
) -> None:
    """Encode an array as an IDX file.

    Parameters
    ----------
    target : path-like or binary file
        A path is written whole or not at all.
    array : ndarray
        Of dtype uint8, int8, int16, int32, float32 or float64 (any byte order) and any shape.
        No other dtype is converted: what is lost by that is the caller's to decide.
    compress : bool, default False
        Compress with gzip. The same array gives the same bytes: no time, no file name inside.

    Raises
    ------
    IDXEncodeError
        If the array's dtype or one of its dimensions does not fit the format.
    """
    header, data = _encode(np.asarray(array))
    if isinstance(target, str | os.PathLike):
        with replacing(target) as file:
            _write(file, header, data, compress)
    else:
        _write(target, header, data, compress)


class _Reader:
    """Bytes from a stream, and how many are left of it where that can be known."""

    def __init__(self, stream: Any, name: str, left: int | None) -> None:
        self.stream, self.name, self.left = stream, name, left

    def read(self, size: int) -> bytes:
        """Read the next bytes.

        Parameters
        ----------
        size : int
            How many.

        Returns
        -------
        data : bytes
            As many, or all there are if fewer.
        """
        data = bytearray()
        while len(data) < size and (part := self._read_once(size - len(data))):
            data += part
        if self.left is not None:
            self.left -= len(data)
        return bytes(data)

    def _read_once(self, size: int) -> bytes:
        try:
            part: bytes | str = self.stream.read(size)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise IDXGzipError(self.name, error, "a whole gzip stream") from error
        if isinstance(part, str):
            raise TypeError(f"{self.name}: expected a file opened in binary mode, found text mode")
        return part


class _Rejoined:
    """A stream that cannot seek, with the bytes already read put back in front."""

    def __init__(self, head: bytes, stream: Any) -> None:
        self._head, self._stream = head, stream

    def read(self, size: int) -> bytes:
        """Read the next bytes.

        Parameters
        ----------
        size : int
            How many at most.

        Returns
        -------
        data : bytes
            Empty at the end.
        """
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
        else:
            data = self._stream.read(size)
        return data


@contextmanager
def _opened(source: Source) -> Iterator[_Reader]:
    if isinstance(source, bytes | bytearray | memoryview):
        yield _ungzipped(io.BytesIO(source), "bytes")
    elif isinstance(source, str | os.PathLike):
        with io.FileIO(os.fspath(source)) as file:
            yield _ungzipped(file, os.fspath(source))
    elif hasattr(source, "read"):
        yield _ungzipped(source, str(getattr(source, "name", type(source).__name__)))
    else:
        raise TypeError(f"expected a path, bytes or a binary file, found {type(source).__name__}")


def _ungzipped(stream: Any, name: str) -> _Reader:
    reader = _Reader(stream, name, _bytes_left(stream))
    head = reader.read(len(GZIP_MAGIC))
    if reader.left is None:
        reader.stream = _Rejoined(head, stream)
    else:
        stream.seek(-len(head), os.SEEK_CUR)
        reader.left += len(head)
    if head != GZIP_MAGIC:
        return reader
    return _Reader(gzip.GzipFile(fileobj=reader.stream, mode="rb"), name, None)


def _bytes_left(stream: Any) -> int | None:
    """Count what is left of a regular file or of a buffer; None for anything else.

    Only these types are asked: a decompressing file, say, has the descriptor of its compressed
    file, and seeking to its end would decompress all of it.
    """
    raw = getattr(stream, "raw", stream)
    if isinstance(stream, io.BytesIO):
        return max(0, stream.getbuffer().nbytes - stream.tell())
    if isinstance(raw, io.FileIO) and stat.S_ISREG((status := os.fstat(raw.fileno())).st_mode):
        position: int = stream.tell()
        return max(0, status.st_size - position)
    return None


def _read_header(reader: _Reader) -> tuple[np.dtype, tuple[int, ...]]:
    head = reader.read(4)
    if len(head) < 4:
        raise IDXTruncatedError(reader.name, len(head), "at least 4")
    if head[:2] != b"\0\0":
        raise IDXMagicError(reader.name, head[:2], b"\0\0")
    if head[2] not in DTYPES:
        known = ", ".join(f"0x{code:02X}" for code in DTYPES)
        raise IDXElementTypeError(reader.name, f"0x{head[2]:02X}", known)
    if head[3] > MAX_RANK:
        raise IDXRankError(reader.name, head[3], MAX_RANK)
    sizes = reader.read(4 * head[3])
    if len(sizes) < 4 * head[3]:
        raise IDXTruncatedError(reader.name, 4 + len(sizes), f"at least {4 + 4 * head[3]}")
    return DTYPES[head[2]], struct.unpack(f">{head[3]}I", sizes)


def _read_data(reader: _Reader, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    nbytes = _count_bytes(reader, dtype, shape)
    if reader.left is None:
        array = np.ndarray(shape, dtype, buffer=_read_chunks(reader, shape, nbytes))
    else:
        _check_length(reader, shape, nbytes, reader.left)
        array = np.empty(shape, dtype)
        filled = _fill(reader.stream, array.reshape(-1).view(np.uint8).data)
        _check_length(reader, shape, nbytes, filled)  # the file may have shrunk meanwhile
    if not dtype.isnative:
        array = array.byteswap(inplace=True).view(dtype.newbyteorder("="))
    return array


def _count_bytes(reader: _Reader, dtype: np.dtype, shape: tuple[int, ...]) -> int:
    """Multiply the sizes out; as in numpy, a zero among them does not excuse the others."""
    if math.prod(filter(None, shape)) * dtype.itemsize > sys.maxsize:
        raise IDXSizeError(reader.name, shape, sys.maxsize)
    return math.prod(shape) * dtype.itemsize


def _check_length(reader: _Reader, shape: tuple[int, ...], nbytes: int, present: int) -> None:
    header = 4 + 4 * len(shape)
    if present < nbytes:
        raise IDXTruncatedError(reader.name, header + present, header + nbytes)
    if present > nbytes:
        raise IDXTrailingError(reader.name, header + present, header + nbytes)


def _read_chunks(reader: _Reader, shape: tuple[int, ...], nbytes: int) -> bytearray:
    """Read up to one byte more than declared, growing with what is really there."""
    data = bytearray()
    while chunk := reader.read(min(CHUNK, nbytes + 1 - len(data))):
        data += chunk
    _check_length(reader, shape, nbytes, len(data))
    return data


def _fill(stream: Any, buffer: memoryview) -> int:
    filled = 0
    while filled < len(buffer) and (count := stream.readinto(buffer[filled:])):
        filled += count
    return filled


def _encode(array: np.ndarray) -> tuple[bytes, memoryview]:
    codes = {dtype.newbyteorder("="): code for code, dtype in DTYPES.items()}
    code = codes.get(array.dtype.newbyteorder("="))
    if code is None:
        names = ", ".join(str(dtype) for dtype in codes)
        raise IDXEncodeError("array", f"dtype {array.dtype}", f"one of {names}")
    if any(size > MAX_DIMENSION for size in array.shape):
        raise IDXEncodeError("array", f"shape {array.shape}", f"sizes up to {MAX_DIMENSION}")
    header = struct.pack(f">2x2B{array.ndim}I", code, array.ndim, *array.shape)
    data = np.asarray(array, DTYPES[code], order="C")
    return header, data.reshape(-1).view(np.uint8).data


def _write(file: BinaryIO, header: bytes, data: memoryview, compress: bool) -> None:
    if compress:
        with gzip.GzipFile("", "wb", 9, file, mtime=0) as zipped:
            zipped.write(header)
            zipped.write(data)
    else:
        file.write(header)
        file.write(data)
