"""Write a plain array as a little JSON, and read it back, whoever wrote it.

Its content is zlib-compressed and in base64. `encode_array` keeps the type, for what passes
between kernels; `pack` takes the smallest one that holds all values, for what is kept: ten
thousand digits become about six kilobytes of text.
"""

from __future__ import annotations

import base64
import math
import re
import reprlib
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.errors import PackingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BYTES = 256 << 20
"""Most bytes of an array that is read: a small text can claim to be a huge one."""

MAX_DIMENSIONS = 32
"""Most axes of an array that is read."""

PLAIN_KINDS = "biufcSUMm"
"""Kinds of numpy's types without Python objects: numbers, texts, times."""

_PACKED = ("|b1", "|i1", "|u1", *(f"<{kind}{size}" for kind in "iu" for size in (2, 4, 8)), "<f8")
"""Types that `pack` takes; all are little-endian, so that a file means the same everywhere."""

_NAME = re.compile(rf"[<>|][{PLAIN_KINDS}]\d{{1,10}}(\[\d{{0,9}}[A-Za-z]{{1,2}}\])?", re.ASCII)
"""What numpy calls a plain type; times have a unit. `numpy.dtype` would read far more."""


def encode_array(array: NDArray[Any], level: int = 1) -> dict[str, Any]:
    """Describe an array by its type, shape and compressed content, as plain JSON values.

    Parameters
    ----------
    array : ndarray
        Of a type in `PLAIN_KINDS`; any shape.
    level : int, default 1
        Of compression, 1 to 9: pictures shrink to a tenth by the fastest already.

    Returns
    -------
    dict
        ``dtype``, numpy's name of the type; ``shape``; ``data``, base64 of the zlib-compressed
        content in C order.

    Raises
    ------
    PackingError
        If the array is of another type.
    """
    if array.dtype.kind not in PLAIN_KINDS:
        raise PackingError(str(array.dtype), "a type without Python objects")
    data = base64.b64encode(zlib.compress(array.tobytes(), level)).decode("ascii")
    return {"dtype": array.dtype.str, "shape": list(array.shape), "data": data}


def decode_array(packed: object, most: int = MAX_BYTES) -> NDArray[Any]:
    """Read what `encode_array` wrote; nothing is allocated before its size is known to be right.

    Parameters
    ----------
    packed : mapping
        Its dictionary, or anything else: whoever sent it need not be trusted.
    most : int, optional
        Bytes that the array may have.

    Returns
    -------
    ndarray
        Of the type and shape that were written; writable.

    Raises
    ------
    PackingError
        If something is missing, of another kind, too large, or does not fit together.
    """
    if not isinstance(packed, Mapping) or set(packed) != {"dtype", "shape", "data"}:
        raise PackingError(_short(packed), "dtype, shape and data")
    dtype, shape = _dtype(packed["dtype"]), _shape(packed["shape"])
    size = math.prod(shape) * dtype.itemsize  # Python's integers: no overflow to hide in
    if size > most:
        raise PackingError(_short(list(shape)), f"at most {most} bytes")
    content = _content(packed["data"], size)
    try:
        return np.frombuffer(content, dtype).reshape(shape).copy()
    except ValueError as error:  # no bytes at all, of a type or in a shape that numpy cannot have
        raise PackingError(_short(list(shape)), f"a shape that numpy can have ({error})") from error


def pack(array: NDArray[Any]) -> dict[str, Any]:
    """Describe an array of truth values or integers by the smallest type that holds them.

    Floats, which a course's own metric may score, stay 64 bits wide.

    Parameters
    ----------
    array : ndarray
        Any shape.

    Returns
    -------
    dict
        As `encode_array`.

    Raises
    ------
    PackingError
        If the array is of another kind.

    Examples
    --------
    >>> packed = pack(np.array([7, 2, 1]))
    >>> packed["dtype"], packed["shape"]
    ('|u1', [3])
    >>> unpack(packed)
    array([7, 2, 1])
    """
    if array.dtype.kind not in "biuf":
        raise PackingError(str(array.dtype), "truth values or numbers")
    return encode_array(array.astype(_smallest(array)), level=9)


def unpack(packed: Mapping[str, Any]) -> NDArray[Any]:
    """Read what `pack` wrote.

    Parameters
    ----------
    packed : mapping
        Its dictionary.

    Returns
    -------
    ndarray of bool, int64 or float64
        Of the shape that was packed; uint64 where int64 would be too small.

    Raises
    ------
    PackingError
        As `decode_array`; also if the type is none that `pack` takes.
    """
    if isinstance(packed, Mapping) and packed.get("dtype") not in _PACKED:
        raise PackingError(_short(packed.get("dtype")), f"a dtype of {', '.join(_PACKED)}")
    array = decode_array(packed)
    return array.astype(_widest(array.dtype), copy=False)


def _smallest(array: NDArray[Any]) -> np.dtype[Any]:
    """Smallest type of the values, little-endian."""
    if array.dtype.kind in "bf":
        return np.dtype(bool if array.dtype.kind == "b" else "<f8")
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    kinds = (np.dtype(f"<{'u' if low >= 0 else 'i'}{size}") for size in (1, 2, 4, 8))
    return next(kind for kind in kinds if np.iinfo(kind).min <= low <= high <= np.iinfo(kind).max)


def _widest(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype.kind in "bf":
        return np.dtype(bool if dtype.kind == "b" else np.float64)
    return np.dtype(np.uint64 if dtype.str == "<u8" else np.int64)


def _dtype(name: object) -> np.dtype[Any]:
    expected = f"a dtype of the kinds {PLAIN_KINDS}, as numpy names it"
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise PackingError(_short(name), expected)
    try:
        dtype = np.dtype(name)
    except (TypeError, ValueError, OverflowError) as error:  # no such size, or no such unit
        raise PackingError(name, expected) from error
    if dtype.str != name:
        raise PackingError(name, expected)
    return dtype


def _shape(value: object) -> tuple[int, ...]:
    # type() and not isinstance(): true and false are ints in Python.
    if not isinstance(value, list) or not all(type(n) is int and n >= 0 for n in value):
        raise PackingError(_short(value), "a shape of whole numbers from 0 up")
    if len(value) > MAX_DIMENSIONS:
        raise PackingError(f"{len(value)} dimensions", f"at most {MAX_DIMENSIONS}")
    return tuple(value)


def _content(text: object, size: int) -> bytes:
    """Decompress exactly `size` bytes, and never more than one beyond them."""
    try:
        unzip = zlib.decompressobj()
        data = unzip.decompress(base64.b64decode(str(text), validate=True), size + 1)
    except (ValueError, zlib.error) as error:
        raise PackingError(_short(text), f"compressed content in base64 ({error})") from error
    if len(data) != size or not unzip.eof or unzip.unused_data:
        raise PackingError(f"{len(data)} bytes or more", f"{size} bytes, as dtype and shape say")
    return data


def _short(found: object) -> str:
    """Show what was sent, which may be very long."""
    return found[:40] if isinstance(found, str) else reprlib.repr(found)
