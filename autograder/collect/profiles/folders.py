"""Anything else: a folder, a zip file or a file for each student, named after them.

nbgrader's ``<student>/<assignment>/``, what a Drive folder downloads as, ``96%_s05.html``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.collect.handed import Handed, Profile, Skipped
from autograder.submissions.names import NOBODY, TABLE_SUFFIXES, leftover, read_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def recognise(folder: Path) -> bool:
    """Whether it is a folder."""
    return folder.is_dir()


def read(folder: Path, assignment: str) -> Iterator[Handed | Skipped]:  # noqa: ARG001  # a profile's
    """Yield each student's entry."""
    for entry in sorted(folder.iterdir()):
        if what := leftover(entry.name):
            yield Skipped(entry, what)
        elif entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
            yield Skipped(entry, "a link, or no plain file")
        else:
            yield _handed(entry)


def _handed(entry: Path) -> Handed | Skipped:
    name = read_name(entry.name, folder=entry.is_dir())
    listed = name.suffix in TABLE_SUFFIXES or (name.student or "").casefold() in NOBODY
    if name.student is None or (entry.is_file() and listed):
        return Skipped(entry, "its name says nothing of a student")
    own = "" if entry.is_dir() else entry.name
    return Handed(name.student, entry, own, claim=name.claim)


PROFILE = Profile("folders", "a folder, a zip file or a file for each student", recognise, read)
"""For `autograder.collect.profiles`."""
