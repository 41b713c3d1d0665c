"""Tell where a student's function failed, and how it was called, without telling any value."""

from __future__ import annotations

import linecache
import traceback
from typing import Any

import numpy as np

LONGEST = 200
"""Most characters of a line, or of an error's message, that are told."""


def failing_line(error: BaseException) -> str:
    """Return the line of a notebook in which an error arose, as it was typed.

    Parameters
    ----------
    error : BaseException
        Raised by a function that a notebook's cell defines.

    Returns
    -------
    str
        The innermost line of the notebook's own; empty if none is known, as for an error in a
        library that the notebook handed its own call to.
    """
    told = str(getattr(error, "student_line", ""))  # as it came from the student's kernel
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_globals.get("__name__", "__main__") == "__main__":
            told = linecache.getline(frame.f_code.co_filename, number).strip() or told
    return " ".join(told.split())[:LONGEST]


def describe_call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Return the sizes and kinds of what a function is called with.

    Parameters
    ----------
    args : tuple
        What it is called with, in order.
    kwargs : dict of str to Any
        The same, by name.

    Returns
    -------
    str
        Such as ``(array of uint8, shape (5, 3); int)``.

    Examples
    --------
    >>> describe_call((np.zeros((5, 3), np.uint8), "abc", 7), {"chunk": 2.5})
    '(array of uint8, shape (5, 3); str of length 3; int; chunk: float)'
    """
    told = [_kind(value) for value in args]
    told += [f"{name}: {_kind(value)}" for name, value in kwargs.items()]
    return f"({'; '.join(told)})"


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array of {value.dtype}, shape {value.shape}"
    name = type(value).__name__
    sized = isinstance(value, str | bytes | bytearray | list | tuple | dict | set)
    return f"{name} of length {len(value)}" if sized else name
