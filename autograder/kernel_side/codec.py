"""Encode plain Python data as JSON text and decode it strictly.

The decoder runs where labels live and reads what an untrusted process wrote, so it builds
nothing but the types listed in `encode`, and it checks every size before it allocates.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.arrays import PLAIN_KINDS, decode_array, encode_array
from autograder.errors import CodecError, NotPlainError
from autograder.kernel_side.pandas_codec import is_frame, put_together, take_apart

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BYTES = 64 << 20
"""Longest text that `decode` reads, in bytes."""

_SEQUENCES: dict[str, type[Any]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}


def encode(value: Any, refer: Callable[[Any], dict[str, Any]] | None = None) -> str:
    """Return ``value`` as JSON text.

    Parameters
    ----------
    value : object
        None, bool, int, float, complex, str, bytes, slices, numpy scalars and arrays of plain
        dtypes, pandas frames, series and indexes of plain columns, and lists, tuples, sets,
        frozensets and dicts of these. Instances of subclasses are encoded as the plain type that
        they extend.
    refer : callable, optional
        Called with anything else; returns a JSON object that stands for it.

    Returns
    -------
    str
        JSON, which `decode` reads.

    Raises
    ------
    CodecError
        For anything else, if ``refer`` is not given; for a frame with other columns in any case,
        because whoever checks one compares it with a right one, by methods that are its own.

    Examples
    --------
    >>> decode(encode({"C": 5, "scores": (0.9, 0.95)}))
    {'C': 5, 'scores': (0.9, 0.95)}
    """
    return json.dumps(_pack(value, refer))


def decode(text: str, resolve: Callable[[dict[str, Any]], Any] | None = None) -> Any:
    """Return the value that `encode` wrote.

    Parameters
    ----------
    text : str
        At most `MAX_BYTES` long.
    resolve : callable, optional
        Called with each object that ``refer`` made; returns what stands for it here.

    Returns
    -------
    object
        Of the plain types that `encode` names, or what `resolve` returned.

    Raises
    ------
    CodecError
        If the text is too long, is not JSON, or holds anything that `encode` does not write.
    """
    if len(text) > MAX_BYTES:
        raise CodecError(f"{len(text)} bytes, expected at most {MAX_BYTES}")
    try:
        return _Reader(resolve).unpack(json.loads(text))
    except (TypeError, KeyError, IndexError, ValueError, RecursionError, OverflowError) as error:
        if isinstance(error, CodecError):
            raise
        raise CodecError(f"not a value of this codec: {error}") from error


def _pack(value: Any, refer: Callable[[Any], dict[str, Any]] | None) -> Any:
    # exact builtin operations only: a subclass may define its own, evil or not
    if value is None or value is True or value is False:
        return value
    if isinstance(value, np.ndarray):
        return _pack_array(np.asarray(value), refer)
    if isinstance(value, np.generic):
        return {"scalar": _pack_array(np.asarray(value), refer)}
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, complex):
        return {"complex": [complex.__complex__(value).real, complex.__complex__(value).imag]}
    if isinstance(value, dict):
        return {"dict": [[_pack(k, refer), _pack(v, refer)] for k, v in dict.items(value)]}
    for name, kind in _SEQUENCES.items():
        if isinstance(value, kind):
            return {name: [_pack(item, refer) for item in kind.__iter__(value)]}
    if isinstance(value, slice):
        return {"slice": [_pack(part, None) for part in (value.start, value.stop, value.step)]}
    if is_frame(value):
        return _pack_frame(value)
    return _refer(value, refer)


def _pack_array(array: np.ndarray, refer: Callable[[Any], dict[str, Any]] | None) -> Any:
    if array.dtype.kind not in PLAIN_KINDS:
        return _refer(array, refer)
    # compressed because the text is copied and quoted at each station on its way
    return {"array": encode_array(array)}


def _pack_frame(value: Any) -> Any:
    try:
        return {"pandas": _pack(take_apart(value), None)}
    except NotPlainError as error:
        raise CodecError(str(error)) from error


def _refer(value: Any, refer: Callable[[Any], dict[str, Any]] | None) -> Any:
    if refer is None:
        raise CodecError(f"a {type(value).__name__} is not plain data")
    return {"ref": refer(value)}


class _Reader:
    """Reads one text; all its arrays together may hold `MAX_BYTES`, since few bytes can inflate."""

    def __init__(self, resolve: Callable[[dict[str, Any]], Any] | None) -> None:
        self._resolve, self._left = resolve, MAX_BYTES

    def unpack(self, tree: Any) -> Any:
        if tree is None or isinstance(tree, (bool, int, float, str)):
            return tree
        if not isinstance(tree, dict) or len(tree) != 1:
            raise CodecError(f"expected one tagged value, got a {type(tree).__name__}")
        ((tag, body),) = tree.items()
        if tag in _SEQUENCES:
            return _SEQUENCES[tag]([self.unpack(item) for item in body])
        if tag == "dict":
            return {self.unpack(key): self.unpack(item) for key, item in body}
        if tag == "array":
            return self._array(body)
        if tag == "scalar":
            return self._array(body["array"])[()]
        if tag == "bytes":
            return base64.b64decode(body, validate=True)
        if tag == "complex":
            return complex(float(body[0]), float(body[1]))
        if tag == "slice":
            start, stop, step = map(self.unpack, body)
            return slice(start, stop, step)
        if tag == "pandas":
            return self._frame(body)
        if tag == "ref" and self._resolve is not None and isinstance(body, dict):
            return self._resolve(body)
        raise CodecError(f"unknown tag {tag!r}")

    def _frame(self, tree: Any) -> Any:
        resolve, self._resolve = self._resolve, None  # a frame holds plain data only
        try:
            return put_together(self.unpack(tree), self._take)
        except Exception as error:  # pandas has many sorts, and each means the same here
            raise CodecError(f"not a pandas frame of this codec: {error}") from error
        finally:
            self._resolve = resolve

    def _take(self, size: int) -> None:
        """Count bytes that a text makes this process use, before it does."""
        if size > self._left:
            raise CodecError(f"{size} bytes for a range, expected at most {self._left}")
        self._left -= size

    def _array(self, body: Any) -> np.ndarray:
        array = decode_array(body, self._left)
        self._left -= array.nbytes
        return array
