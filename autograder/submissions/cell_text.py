"""Read the text of a cell, whatever program wrote it, as the kernel is to get it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

Tell = Callable[[str], None]
"""What is called with each repair of a cell."""

_TEXTS = ("source", "input", "code", "text", "html", "value")
"""Keys that hold a cell's text, today's and those of nbformat 1 to 3 and of other programs."""

_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_UNSEEN = re.compile("[\u200b-\u200d\u2060\ufeff\x00]")


def read_text(cell: dict[str, Any], kind: str, tell: Tell) -> str:
    """Return a cell's text, its lines ended as Python expects.

    Parameters
    ----------
    cell : dict
        As it was found.
    kind : str
        What it is: ``"code"``, ``"markdown"`` or ``"raw"``.
    tell : callable
        Called with each repair.

    Returns
    -------
    str
    """
    value = next((cell[key] for key in _TEXTS if cell.get(key)), "")
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(part, str) for part in parts):
        tell("its text is no text")
    text = _joined([part for part in parts if isinstance(part, str)], kind, tell)
    if "\r" in text:
        tell("lines that do not end in \\n alone")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if cell.get("cell_type") == "heading":
        level = cell.get("level")
        text = f"{'#' * level if type(level) is int and 0 < level < 7 else '#'} {text}"
    text = text.encode(errors="replace").decode()  # half a character, which no file can hold
    return _mended_spaces(text, tell) if kind == "code" else text


def _joined(lines: list[str], kind: str, tell: Tell) -> str:
    """Join a text's lines, also where a program left out their ends."""
    text, ended = "".join(lines), "\n".join(lines)
    if len(lines) < 2 or "\n" in text or "\r" in text:
        return text
    if kind == "code" and is_python(text) and not is_python(ended):
        return text  # one line in pieces
    tell("lines without their ends")
    return ended


def _mended_spaces(text: str, tell: Tell) -> str:
    """Put spaces in place of what only looks like one, where Python would stumble over it."""
    if text.isascii() or not (_SPACES.search(text) or _UNSEEN.search(text)) or is_python(text):
        return text
    mended = _UNSEEN.sub("", _SPACES.sub(" ", text))
    if not is_python(mended):
        return text
    tell("spaces that are none for Python")
    return mended


def is_python(text: str) -> bool:
    """Whether Python can read a text, magics apart.

    Examples
    --------
    >>> is_python("x = 1"), is_python("x = "), is_python("%time x = 1")
    (True, False, False)
    """
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
