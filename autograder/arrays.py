"""Write a plain array as a little JSON, and read it back.

The smallest type that holds all values, then zlib, then base64: ten thousand digits become about
six kilobytes of text.
"""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.errors import PackingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BYTES = 256 << 20
"""Most bytes of an array that is read: a small text can claim to be a huge one."""


def pack(array: NDArray[Any]) -> dict[str, Any]:
    """Describe an array by its type, shape and compressed content, as plain JSON values.

    Parameters
    ----------
    array
        Of truth values or of integers; any shape.

    Returns
    -------
    dict
        ``dtype``, numpy's name of the smallest type that holds all values; ``shape``; ``data``,
        base64 of the zlib-compressed content in C order.

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
    if array.dtype.kind not in "biu":
        raise PackingError(str(array.dtype), "truth values or integers")
    small = array.astype(_smallest(array))
    data = base64.b64encode(zlib.compress(small.tobytes(), 9)).decode("ascii")
    return {"dtype": small.dtype.str, "shape": list(small.shape), "data": data}


def unpack(packed: Mapping[str, Any]) -> NDArray[Any]:
    """Read what `pack` wrote.

    Parameters
    ----------
    packed
        Its dictionary.

    Returns
    -------
    bool or int64 array
        Of the shape that was packed; uint64 where int64 would be too small.

    Raises
    ------
    PackingError
        If something is missing, of another kind, or does not fit together.
    """
    if not isinstance(packed, Mapping) or set(packed) != {"dtype", "shape", "data"}:
        raise PackingError(packed, "dtype, shape and data")
    dtype, shape = _dtype(packed["dtype"]), _shape(packed["shape"])
    size = math.prod(shape) * dtype.itemsize
    if size > MAX_BYTES:
        raise PackingError(shape, f"at most {MAX_BYTES} bytes")
    array = np.frombuffer(_content(packed["data"], size), dtype).reshape(shape)
    return array.astype(_widest(dtype))


def _smallest(array: NDArray[Any]) -> np.dtype[Any]:
    """Smallest type of the values, little-endian."""
    if array.dtype.kind == "b":
        return np.dtype(bool)
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    kinds = (np.dtype(f"<{'u' if low >= 0 else 'i'}{size}") for size in (1, 2, 4, 8))
    return next(kind for kind in kinds if np.iinfo(kind).min <= low <= high <= np.iinfo(kind).max)


def _widest(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype.kind == "b":
        return np.dtype(bool)
    return np.dtype(np.uint64 if dtype.str == "<u8" else np.int64)


def _dtype(text: object) -> np.dtype[Any]:
    sizes = [f"<{kind}{size}" for kind in "iu" for size in (2, 4, 8)]
    if text not in (allowed := ["|b1", "|i1", "|u1", *sizes]):
        raise PackingError(text, f"a dtype of {', '.join(allowed)}")
    return np.dtype(str(text))


def _shape(value: object) -> tuple[int, ...]:
    # type() and not isinstance(): true and false are ints in Python.
    if not isinstance(value, list) or not all(type(n) is int and n >= 0 for n in value):
        raise PackingError(value, "a shape of whole numbers from 0 up")
    return tuple(value)


def _content(text: object, size: int) -> bytes:
    """Decompress exactly `size` bytes, and never more than one beyond them."""
    try:
        unzip = zlib.decompressobj()
        data = unzip.decompress(base64.b64decode(str(text), validate=True), size + 1)
    except (ValueError, zlib.error) as error:
        raise PackingError(str(text)[:40], f"compressed content in base64 ({error})") from error
    if len(data) != size or not unzip.eof:
        raise PackingError(f"{len(data)} bytes or more", f"{size} bytes, as dtype and shape say")
    return data
