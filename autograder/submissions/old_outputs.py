"""Leave a notebook's old outputs out while it is read.

They are most of a large file, and grading drops them. Only what is left is parsed, so neither
pictures nor a table of a million rows take the grader's memory.
"""

from __future__ import annotations

import mmap
import re
from typing import TYPE_CHECKING

from autograder.errors import TooCostlyError, UnreadableNotebookError
from autograder.sandbox.bounded_process import reading_process
from autograder.submissions.entries import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIB = 1 << 20
"""Bytes."""

MAX_FILE_BYTES = 200 * MIB
"""Longest file that is read at all."""

MAX_NOTEBOOK_BYTES = 50 * MIB
"""Longest notebook without its outputs."""

SMALL = 5 * MIB
"""Up to so many bytes a file is read as it is: what it holds costs little."""

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'

_TOKEN = re.compile(_STRING + rb"|[\[\]{},:]", re.DOTALL)

_BRACKET = re.compile(_STRING + rb"|[\[\]{}]", re.DOTALL)

_OPENING = re.compile(rb"\s*[\[{]")


def read_without_outputs(path: Path) -> bytes:
    """Return a notebook's text, without outputs and states of widgets if it is long.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bytes
        JSON, if the file is.

    Raises
    ------
    UnreadableNotebookError
        If the file, or what is left of it, is too long.
    """
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise UnreadableNotebookError(_too_long(size, MAX_FILE_BYTES))
    if size <= SMALL:
        return path.read_bytes()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        parts, kept = list[bytes](), 0
        for part in _kept_parts(text):
            kept += len(part)
            if kept > MAX_NOTEBOOK_BYTES:
                raise UnreadableNotebookError(
                    _too_long(kept, MAX_NOTEBOOK_BYTES, " and more of cells")
                )
            parts.append(part)
    return b"".join(parts)


def why_unreadable(path: Path) -> str | None:
    """Return why a file cannot be read, its size for one; None if it can."""
    try:
        if path.stat().st_size > min(MAX_NOTEBOOK_BYTES, MAX_FILE_BYTES):  # else it cannot be
            reading_process().call(_try, path)
        with path.open("rb"):
            pass  # whoever may not read it learns so now
    except (UnreadableNotebookError, TooCostlyError) as error:
        return str(error)
    except OSError as error:
        return f"cannot be read: {reason_of(error)}"
    return None


def _try(path: Path) -> None:
    read_without_outputs(path)


def _too_long(size: int, most: int, what: str = "") -> str:
    return f"{size} bytes{what}, expected at most {most}"


def _kept_parts(text: mmap.mmap) -> Iterator[bytes]:
    """Yield the text between what is dropped, in one pass over it."""
    keys: list[bytes] = []  # of the objects around, the outermost first; lists have none
    last, begin, place = b"", 0, 0
    while (token := _TOKEN.search(text, place)) is not None:
        place, found = token.end(), token[0]
        if found in b"[{":
            keys.append(last)
            last = b""
        elif found in b"]}":
            last = keys.pop() if keys else b""
        elif found == b",":
            last = b""
        elif found == b":":
            instead = _instead(keys, last)
            if instead is not None and (end := _end_of_value(text, place)) is not None:
                yield text[begin:place] + instead
                begin = place = end
        else:
            last = found
    yield text[begin:]


def _instead(keys: list[bytes], key: bytes) -> bytes | None:
    """Return what takes the place of the value of a key; None if it stays."""
    if key == b'"outputs"' and len(keys) in (3, 5) and keys[-2] == b'"cells"':
        return b"[]"  # the longer way is that of version 3: cells were in worksheets
    return b"{}" if key == b'"widgets"' and keys[1:] == [b'"metadata"'] else None


def _end_of_value(text: mmap.mmap, place: int) -> int | None:
    """Return where a list or an object ends that begins here; None if neither does."""
    if not _OPENING.match(text, place):
        return None
    depth = 0
    for token in _BRACKET.finditer(text, place):
        if token[0] in b"[{":
            depth += 1
        elif token[0] in b"]}":
            depth -= 1
            if depth == 0:
                return token.end()
    return None
