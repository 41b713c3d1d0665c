"""Canvas's *Download Submissions*: flat files, the original name behind name and numbers.

``<lastnamefirstname>_[LATE_]<user>_<attachment>_<file>``; a student's later attempts have ``-1``,
``-2`` and so on before the suffix. What was typed into its editor is ``..._<user>_text.html``.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from autograder.collect.handed import Handed, Profile, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ENTRY = re.compile(
    r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<user>\d+)_(?:question_\d+_)?(?P<attachment>\d+)_(?P<file>.+)",
    re.DOTALL,
)
_TEXT = re.compile(r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<user>\d+)_text\.html", re.DOTALL)
_ATTEMPT = re.compile(r"(?P<stem>.+)-(?P<attempt>\d{1,3})", re.DOTALL)


def recognise(folder: Path) -> bool:
    """Whether most files are named as Canvas names them."""
    names = [entry.name for entry in folder.iterdir() if not entry.name.startswith(".")]
    named = [name for name in names if _ENTRY.fullmatch(name) or _TEXT.fullmatch(name)]
    return len(named) > len(names) / 2


def read(folder: Path, assignment: str) -> Iterator[Handed | Skipped]:  # noqa: ARG001  # a profile's
    """Yield what each student handed in."""
    for entry in sorted(folder.iterdir()):
        found = _ENTRY.fullmatch(entry.name)
        if found is None:
            typed = _TEXT.fullmatch(entry.name)
            why = "typed into Canvas's editor" if typed else "not named as Canvas names a file"
            yield Skipped(entry, why)
            continue
        name, attempt = original_name(found["file"])
        keys, late = (found["user"],), bool(found["late"])
        yield Handed(found["name"], entry, name, keys, attempt=attempt, late=late)


def original_name(name: str) -> tuple[str, int]:
    """Return what the student called a file, and which attempt it is of.

    Examples
    --------
    >>> original_name("03_svc-2.ipynb")
    ('03_svc.ipynb', 2)
    """
    path = PurePosixPath(name)
    found = _ATTEMPT.fullmatch(path.stem)
    return (f"{found['stem']}{path.suffix}", int(found["attempt"])) if found else (name, 0)


def returned(path: str, name: str) -> str | None:
    """Name a file for *Re-Upload Submissions*.

    Canvas goes by the numbers of user and attachment, which its own names begin with.

    Examples
    --------
    >>> returned("nameof_LATE_12_345_03_svc.ipynb", "feedback.html")
    'nameof_LATE_12_345_feedback.html'
    """
    found = _ENTRY.fullmatch(path)
    if found is None:
        return None
    late = found["late"] or ""
    return f"{found['name']}_{late}{found['user']}_{found['attachment']}_{name}"


PROFILE = Profile(
    "canvas", "files like 'lastnamefirstname_123_456_name.ipynb'", recognise, read, returned
)
"""For `autograder.collect.profiles`."""
