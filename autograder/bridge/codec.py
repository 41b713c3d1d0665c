"""Encode plain Python data as JSON text and decode it strictly.

The decoder runs where labels live and reads what an untrusted process wrote, so it builds
nothing but the types listed in `encode`, and it checks every size before it allocates.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np

MAX_BYTES = 64 << 20
"""Longest text that `decode` reads, in bytes."""
_PLAIN_KINDS = "biufcSUMm"  # numpy dtypes without Python objects
_SEQUENCES: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}


class CodecError(ValueError):
    """A value cannot be encoded, or a text is not what `encode` writes."""


def encode(value: Any, refer: Callable[[Any], dict[str, Any]] | None = None) -> str:
    """Return ``value`` as JSON text.

    Parameters
    ----------
    value
        None, bool, int, float, complex, str, bytes, numpy scalars and arrays of plain dtypes,
        and lists, tuples, sets, frozensets and dicts of these. Instances of subclasses are
        encoded as the plain type that they extend.
    refer : callable, optional
        Called with anything else; returns a JSON object that stands for it.

    Raises
    ------
    CodecError
        For anything else, if ``refer`` is not given.

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

    Raises
    ------
    CodecError
        If the text is too long, is not JSON, or holds anything that `encode` does not write.
    """
    if len(text) > MAX_BYTES:
        raise CodecError(f"{len(text)} bytes, expected at most {MAX_BYTES}")
    try:
        return _unpack(json.loads(text), resolve)
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
        if isinstance(value, kind):  # type: ignore[arg-type]
            return {name: [_pack(item, refer) for item in kind.__iter__(value)]}  # type: ignore[attr-defined]
    return _refer(value, refer)


def _pack_array(array: np.ndarray, refer: Callable[[Any], dict[str, Any]] | None) -> Any:
    if array.dtype.kind not in _PLAIN_KINDS:
        return _refer(array, refer)
    data = base64.b64encode(array.tobytes()).decode()
    return {"array": [array.dtype.str, list(array.shape), data]}


def _refer(value: Any, refer: Callable[[Any], dict[str, Any]] | None) -> Any:
    if refer is None:
        raise CodecError(f"a {type(value).__name__} is not plain data")
    return {"ref": refer(value)}


def _unpack(tree: Any, resolve: Callable[[dict[str, Any]], Any] | None) -> Any:
    if tree is None or isinstance(tree, (bool, int, float, str)):
        return tree
    if not isinstance(tree, dict) or len(tree) != 1:
        raise CodecError(f"expected one tagged value, got a {type(tree).__name__}")
    ((tag, body),) = tree.items()
    if tag in _SEQUENCES:
        return _SEQUENCES[tag]([_unpack(item, resolve) for item in body])
    if tag == "dict":
        return {_unpack(key, resolve): _unpack(item, resolve) for key, item in body}
    if tag == "array":
        return _unpack_array(*body)
    if tag == "scalar":
        return _unpack_array(*body["array"])[()]
    if tag == "bytes":
        return base64.b64decode(body, validate=True)
    if tag == "complex":
        return complex(float(body[0]), float(body[1]))
    if tag == "ref" and resolve is not None and isinstance(body, dict):
        return resolve(body)
    raise CodecError(f"unknown tag {tag!r}")


def _unpack_array(name: str, shape: list[int], data: str) -> np.ndarray:
    dtype = np.dtype(name)
    if dtype.kind not in _PLAIN_KINDS or dtype.str != name:
        raise CodecError(f"dtype {name!r}, expected a plain one")
    if len(shape) > 32 or not all(type(n) is int and n >= 0 for n in shape):
        raise CodecError(f"shape {shape!r}, expected at most 32 whole numbers")
    raw = base64.b64decode(data, validate=True)
    size = dtype.itemsize
    for n in shape:  # Python's integers: no overflow to hide in
        size *= n
    if len(raw) != size:
        raise CodecError(f"{len(raw)} bytes for shape {shape} of {name}, expected {size}")
    return np.frombuffer(raw, dtype).reshape(shape).copy()
