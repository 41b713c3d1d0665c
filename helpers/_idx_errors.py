"""The errors of reading and writing IDX.

::

    IDXError (ValueError)
    ├── IDXMagicError          the first two bytes are not zero
    ├── IDXElementTypeError    the third byte names no element type
    ├── IDXRankError           more dimensions than numpy can hold
    ├── IDXSizeError           the sizes multiply to more than memory can address
    ├── IDXTruncatedError      the header or the data ends early
    ├── IDXTrailingError       bytes follow the data
    ├── IDXGzipError           gzip data that does not decompress
    └── IDXEncodeError         an array that IDX cannot hold
"""

from __future__ import annotations

from typing import Any

from helpers._errors import TemplatedError


class IDXError(TemplatedError, ValueError):
    """Something is wrong with an IDX file, or with an array on its way into one.

    Attributes
    ----------
    source : str
        The file's name, or what kind of object was read.
    found, expected : Any
        The offending value, and what should have been there.
    """

    template = "{source}: found {found}, expected {expected}"
    source: str
    found: Any
    expected: Any


class IDXMagicError(IDXError):
    """The first two bytes are not zero."""

    template = "{source}: not an IDX file: it starts with {found}, expected {expected}"


class IDXElementTypeError(IDXError):
    """The third byte names no element type."""

    template = "{source}: unknown element type {found}, expected one of {expected}"


class IDXRankError(IDXError):
    """The file has more dimensions than numpy can hold."""

    template = "{source}: {found} dimensions, expected at most {expected}"


class IDXSizeError(IDXError):
    """The sizes multiply to more than memory can address."""

    template = "{source}: the sizes {found} overflow, expected at most {expected} bytes in all"


class IDXTruncatedError(IDXError):
    """The header or the data ends early; `found` and `expected` count bytes of the whole file."""

    template = "{source}: truncated after {found} bytes, expected {expected}"


class IDXTrailingError(IDXError):
    """Bytes follow the data; `found` is a lower bound where the end was not looked for."""

    template = "{source}: bytes follow the data: at least {found}, expected exactly {expected}"


class IDXGzipError(IDXError):
    """Gzip data that does not decompress."""

    template = "{source}: corrupt gzip data: {found}, expected {expected}"


class IDXEncodeError(IDXError):
    """IDX cannot hold the array."""

    template = "{source}: cannot be written as IDX: {found}, expected {expected}"
