"""Moodle's *Download all submissions*, with a folder for each student or without.

Moodle puts the full name and the participant's number of this assignment before what a student
handed in: ``<name>_<number>_assignsubmission_file_/<file>``, or ``..._file_<file>`` without
folders. What was typed into its editor is ``onlinetext.html``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autograder.collect.handed import Handed, Profile, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ENTRY = re.compile(
    r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_(?P<file>.*)", re.DOTALL
)

ONLINE_TEXT = "typed into Moodle's editor, which takes no notebook"
"""Why such a page is not taken, unless it is all there is."""


def recognise(folder: Path) -> bool:
    """Whether an entry is named as Moodle names them."""
    return any(_ENTRY.fullmatch(entry.name) for entry in folder.iterdir())


def read(folder: Path, assignment: str) -> Iterator[Handed | Skipped]:  # noqa: ARG001  # a profile's
    """Yield what each student handed in."""
    for entry in sorted(folder.iterdir()):
        found = _ENTRY.fullmatch(entry.name)
        if found is None:
            yield Skipped(entry, "not named as Moodle names a submission")
        elif found["kind"] == "onlinetext":
            yield Skipped(entry, ONLINE_TEXT)
        else:
            keys = (found["number"], f"Participant {found['number']}")
            yield Handed(found["name"], entry, found["file"], keys)


def returned(path: str, name: str) -> str | None:
    """Name a file for *Upload multiple feedback files in a zip*.

    Moodle goes by the participant's number and the kind, which its own names begin with.

    Examples
    --------
    >>> returned("Name_7_assignsubmission_file_/03_svc.ipynb", "feedback.html")
    'Name_7_assignsubmission_file_/feedback.html'
    """
    found = _ENTRY.fullmatch(path.partition("/")[0])
    if found is None:
        return None
    return f"{found['name']}_{found['number']}_assignsubmission_{found['kind']}_/{name}"


PROFILE = Profile(
    "moodle", "entries like 'Name_123_assignsubmission_file_...'", recognise, read, returned
)
"""For `autograder.collect.profiles`."""
