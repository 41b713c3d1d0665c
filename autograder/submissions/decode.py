"""Decode a submitted file: from bytes, however packed and encoded, to the JSON values in it.

Forgiving, because what JupyterLab, an editor or a version control system made of a file is not the
student's doing; and bounded, because anybody may have made it. Each repair is told.
"""

from __future__ import annotations

import bz2
import codecs
import io
import json
import lzma
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.errors import UnreadableNotebookError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_BYTES = 50 << 20
"""Most bytes of a notebook, unpacked."""

MAX_VALUES = 2_000_000
"""Most objects and arrays in it; each takes Python some 60 bytes, and a file two."""

MAX_ENTRIES = 10_000
"""Most entries of an archive that is looked into."""

_DEPTH = 3
"""Most layers of packing, one in another."""

_DOCUMENTS = 10
"""Most JSON values, one after another, that are looked at."""

_DIGITS = 400
"""Longest whole number that is kept; Python refuses those of over 4,300 digits."""

_STREAMS: dict[bytes, tuple[str, Callable[[], Any]]] = {
    b"\x1f\x8b": ("gzip", lambda: zlib.decompressobj(wbits=31)),
    b"BZh": ("bzip2", bz2.BZ2Decompressor),
    b"\xfd7zXZ\x00": ("xz", lambda: lzma.LZMADecompressor(memlimit=100 << 20)),
}
_ZIP = b"PK\x03\x04"
_OTHERS = {
    b"%PDF": "a PDF",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "packed by zstd",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\xd0\xcf\x11\xe0": "an office document",
    b"{\\rtf": "a text document",
    b"version https://git-lfs": "a pointer of Git LFS, in place of the file itself",
}
_BROKEN_ARCHIVE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(OSError, EOFError, ValueError, RuntimeError, NotImplementedError),
)

_BYTE_ORDER_MARKS = (  # the longer ones first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_PADDING = " \t\r\n\x00\x1a\ufeff"

_LAX = re.compile(
    r'"(?:[^"\\]++|\\.)*+"?'  # a string, which stays as it is
    r"|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?",
    re.DOTALL,
)
_COMMA = re.compile(r'"(?:[^"\\]++|\\.)*+"?|,(?=\s*+[}\]])', re.DOTALL)
_SPACE = re.compile(rf"[{_PADDING}]*+")


@dataclass(frozen=True)
class Decoded:
    """What a file holds.

    Attributes
    ----------
    values : tuple of object
        Its JSON values: one, or more where it was written twice or merged; never none.
    notes : tuple of str
        One line for each repair.
    """

    values: tuple[object, ...]
    notes: tuple[str, ...]


def decode(content: bytes) -> Decoded:
    """Find the JSON values in a file.

    Parameters
    ----------
    content : bytes
        The whole file.

    Returns
    -------
    Decoded

    Raises
    ------
    UnreadableNotebookError
        If there is none, or more than may be looked at.
    """
    notes: list[str] = []
    for _ in range(_DEPTH):
        unpacked = _unpacked(content, notes)
        if unpacked is content:
            break
        content = unpacked
    if len(content) > MAX_BYTES:
        raise _unreadable(f"more than {MAX_BYTES} bytes")
    kind = next((name for magic, name in _OTHERS.items() if content.startswith(magic)), None)
    if kind:
        raise _unreadable(kind)
    values = tuple(_values(_text(content, notes), notes))
    return Decoded(values, tuple(dict.fromkeys(notes)))


def _unreadable(problem: str) -> UnreadableNotebookError:
    return UnreadableNotebookError(f"not a notebook: {problem}")


def _unpacked(content: bytes, notes: list[str]) -> bytes:
    """Return what one layer of packing holds; the content itself, where it is not packed."""
    try:
        if content.startswith(_ZIP):
            unpacked, name = _only_notebook(content), "zip"
        else:
            found = (s for magic, s in _STREAMS.items() if content.startswith(magic))
            name, make = next(found, ("", None))
            if make is None:
                return content
            unpacked = make().decompress(content, MAX_BYTES + 1)
    except _BROKEN_ARCHIVE as error:
        raise _unreadable(f"packed, and cannot be unpacked: {error}") from error
    notes.append(f"the file was packed ({name})")
    return unpacked


def _only_notebook(content: bytes) -> bytes:
    if content.count(b"PK\x01\x02") > MAX_ENTRIES:
        raise _unreadable(f"a zip of more than {MAX_ENTRIES} files")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if _is_notebook(name)]
        if len(names) != 1:
            listed = ", ".join(names[:5]) or "none"
            raise _unreadable(f"a zip; expected one notebook in it, found: {listed}")
        with archive.open(names[0]) as file:
            return file.read(MAX_BYTES + 1)


def _is_notebook(name: str) -> bool:
    *folders, file = name.split("/")
    hidden = file.startswith("._") or {"__MACOSX", ".ipynb_checkpoints"} & {*folders}
    return file.lower().endswith(".ipynb") and not hidden


def _text(content: bytes, notes: list[str]) -> str:
    """Decode a text, and tell what other than plain UTF-8 it was."""
    marked = (name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark))
    encoding = next(marked, None) or json.detect_encoding(content.rstrip(b"\x00") or b" ")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        if encoding.startswith("utf-8"):
            text, encoding = content.decode(encoding, _SINGLE_BYTES), "cp1252"
        else:
            text = content.decode(encoding, "replace")
    if encoding != "utf-8":
        notes.append(f"the file's encoding was {encoding}, expected utf-8")
    if text.endswith("\x00"):
        notes.append("zeros at the file's end were dropped")
    return text.strip(_PADDING)


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Decode those bytes that are no UTF-8 as editors on Windows wrote them."""
    assert isinstance(error, UnicodeDecodeError)
    found = error.object[error.start : error.end]
    return found.decode("cp1252", "replace"), error.end


_SINGLE_BYTES = "submissions.cp1252"
codecs.register_error(_SINGLE_BYTES, _as_cp1252)


def _values(text: str, notes: list[str]) -> list[object]:
    if text.count("{") + text.count("[") > MAX_VALUES:
        raise _unreadable(f"more than {MAX_VALUES} objects and arrays")
    sides = _sides(text)
    if len(sides) == 1:
        return _parsed(text, notes)
    notes.append("the file had the marks of a merge conflict")
    return [value for side in sides for value in _parsed(side, notes)]


def _sides(text: str) -> list[str]:
    """Return the two files that a merge left in one; the text itself, where it has no marks."""
    if not text.startswith("<<<<<<<") and "\n<<<<<<<" not in text:
        return [text]
    sides: tuple[list[str], list[str]] = ([], [])
    now: tuple[list[str], ...] = sides
    for line in text.splitlines(keepends=True):
        mark = line[:7]
        if mark == "<<<<<<<":
            now = sides[:1]
        elif mark == "|" * 7 and len(now) == 1:
            now = ()  # what both were made from
        elif line.rstrip() == "=======":
            now = sides[1:]
        elif mark == ">>>>>>>":
            now = sides
        else:
            for side in now:
                side.append(line)
    return ["".join(side) for side in sides]


def _parsed(text: str, notes: list[str]) -> list[object]:
    """Parse a text, as it is or without what JSON does not allow."""
    try:
        return list(_documents(text, notes))
    except json.JSONDecodeError as error:
        lax = _COMMA.sub(_strings_only, _LAX.sub(_strings_only, text))
        begin = min((n for n in map(lax.find, "{[") if n >= 0), default=0)
        try:
            values = list(_documents(lax[begin:], notes))
        except json.JSONDecodeError:
            raise _unreadable(_where(text, error)) from error
        notes.append(f"the file was no JSON: {error}")
        return values


def _strings_only(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith('"') else ""


def _documents(text: str, notes: list[str]) -> Iterator[object]:
    """Yield each JSON value of a text in which one may follow another."""
    decoder = json.JSONDecoder(
        strict=False,  # line breaks in strings
        parse_int=lambda digits: int(digits) if len(digits) < _DIGITS else None,
        parse_constant=lambda name: notes.append(f"{name} is no value of JSON; it was dropped"),
    )
    at = 0
    for _ in range(_DOCUMENTS):
        try:
            value, at = decoder.raw_decode(text, at)
        except RecursionError as error:
            raise _unreadable("nested too deeply") from error
        except json.JSONDecodeError:
            if at == 0:
                raise
            break
        yield value
        at = _end(text, at)
        if not text.startswith(("{", "["), at):
            break
    if at < len(text):
        notes.append(f"{len(text) - at} characters after the notebook's end were dropped")


def _end(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _where(text: str, error: json.JSONDecodeError) -> str:
    """Say at which place a text stops being JSON, for a person to find it."""
    if not text:
        return "an empty file"
    if text.startswith("<"):
        return "a web page"
    cells = text.count('"cell_type"', 0, error.pos)
    if not cells:
        return f"no JSON: {error}"
    ends = error.pos >= len(text) - 1 or error.msg.startswith("Unterminated string")
    what = "the file breaks off" if ends else f"no JSON any more: {error}"
    return f"{what}, in cell {cells}"
