"""Write an exception down for the log: every frame, bounded, and nothing that is a secret.

The standard formatter writes what an exception says, whatever that is. Here

- a text that a student may have chosen is cut, and has no control characters;
- what may quote a cell, and so a hidden test, or what was written to the database, is left out.

Values of variables are never written.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from autograder.errors import WorkerTracebackError
from helpers._errors import TemplatedError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARACTERS = 2_000
"""Of what one exception says."""

MOST_LINES = 400
"""Of a whole traceback; of a longer one, its beginning and its end are kept."""

_QUOTING = frozenset({"fastjsonschema", "jsonschema", "nbformat"})
"""Packages whose errors begin with the notebook, or the part of it, that is wrong."""

_QUOTING_BELOW = frozenset({"nbclient", "nbgrader", "papermill", "sqlalchemy"})
"""Packages whose errors quote a cell, or a statement with its values, after their first line."""

_CAUSE = "The above exception was the direct cause of the following exception:"

_CONTEXT = "During handling of the above exception, another exception occurred:"


def format_error(error: BaseException) -> list[str]:
    r"""Return the lines of an exception's traceback, its causes first.

    Examples
    --------
    >>> format_error(ValueError("a\x1b[2J"))
    ['ValueError: a�[2J']
    """
    lines = [line for part in _parts(error, set()) for line in part.splitlines()]
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        lines[half:-half] = [f"... {len(lines) - 2 * half} lines ..."]
    return [clean(line) for line in lines]


def describe(error: BaseException) -> str:
    """Return in one line what an error says, with its kind unless it is one of ours.

    Examples
    --------
    >>> describe(FileNotFoundError(2, "No such file or directory", "data"))
    "No such file or directory: 'data'"
    >>> describe(KeyError("cells"))
    "KeyError: 'cells'"
    """
    if isinstance(error, TemplatedError):
        said = str(error)
    elif isinstance(error, OSError) and error.strerror:
        about = "" if error.filename is None else f": {error.filename!r}"
        said = f"{error.strerror}{about}"
    else:
        said = f"{_name(error)}: {_text(error)}"
    notes = [f"({note})" for note in getattr(error, "__notes__", ())]
    return clean(" ".join(" ".join([said, *notes]).split()))


def clean(text: str) -> str:
    r"""Replace what is no letter, sign or space, and what would begin a new line.

    Examples
    --------
    >>> clean("a\nb\tc")
    'a�b    c'
    """
    spaced = text.replace("\t", "    ")
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in spaced)


def shorten(text: str, most: int = MOST_CHARACTERS) -> str:
    """Cut a text that is too long, and say so.

    Examples
    --------
    >>> shorten("abcdef", 4)
    'abcd... (6 characters)'
    """
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"


def _parts(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    for reason, words in ((error.__cause__, _CAUSE), (_context(error), _CONTEXT)):
        if reason is not None and id(reason) not in seen:
            yield from _parts(reason, seen)
            yield f"\n{words}\n "
    if isinstance(error, WorkerTracebackError):  # made here, of what was cut already
        yield f"In a grading process:\n{error}"
        return
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):"
        yield from traceback.format_tb(error.__traceback__)
    yield f"{_name(error)}: {_text(error)}"
    yield from (shorten(note) for note in getattr(error, "__notes__", ()))


def _context(error: BaseException) -> BaseException | None:
    hidden = error.__suppress_context__ or error.__cause__ is not None
    return None if hidden else error.__context__


def _name(error: BaseException) -> str:
    kind = type(error)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def _text(error: BaseException) -> str:
    package = type(error).__module__.partition(".")[0]
    if package in _QUOTING:
        return "(its text may quote a cell, and is left out)"
    try:
        text = str(error)
    except Exception as failed:  # noqa: BLE001 - no reason to lose the traceback
        return f"(no text: {_name(failed)})"
    if package in _QUOTING_BELOW:
        text = text.strip().partition("\n")[0]
    return shorten(text)
