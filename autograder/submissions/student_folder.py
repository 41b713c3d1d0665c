"""Find the notebook in a student's folder, wherever it lies there, and what came with it."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograder.submissions.contents import is_plain
from autograder.submissions.entries import printable, reason_of
from autograder.submissions.names import BACKUP_SUFFIXES, NOTEBOOK_SUFFIX, leftover
from autograder.submissions.timestamps import EXCHANGE_FILES

if TYPE_CHECKING:
    from pathlib import Path

MAX_DEPTH = 8
"""How many folders deep a student's folder is looked through."""

MAX_ENTRIES = 5000
"""Most files and folders that are looked at in one student's folder."""


@dataclass
class Found:
    """What lies in a student's folder.

    Attributes
    ----------
    notebooks : list of Path
        Files named as notebooks, those most likely meant first.
    others : list of Path
        Other plain files.
    skipped : dict of Path to str
        What nobody handed in, and what it is.
    not_taken : dict of Path to str
        What cannot be used, and why.
    elsewhere : list of Path
        Folders of other assignments.
    """

    notebooks: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    skipped: dict[Path, str] = field(default_factory=dict)
    not_taken: dict[Path, str] = field(default_factory=dict)
    elsewhere: list[Path] = field(default_factory=list)

    @property
    def number(self) -> int:
        """How many entries there are."""
        kinds = (self.notebooks, self.others, self.skipped, self.not_taken, self.elsewhere)
        return sum(map(len, kinds))


def search(folder: Path, assignment: str) -> Found:
    """Look through a student's folder; whatever is unreadable there is named.

    Parameters
    ----------
    folder : Path
        The student's; links in it are never followed.
    assignment : str
        Whose notebook is looked for.

    Returns
    -------
    Found
    """
    found = Found()
    _look(folder, found, assignment, MAX_DEPTH)
    found.notebooks.sort(key=lambda path: (place_of(path, folder, assignment), str(path)))
    return found


def place_of(path: Path, folder: Path, assignment: str) -> int:
    """Return how likely a place is for a notebook: 0 for nbgrader's own, and more elsewhere."""
    if path.parent == folder / assignment:
        return 0
    return 1 if path.parent == folder else 2


def _look(folder: Path, found: Found, assignment: str, depth: int) -> None:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        found.not_taken[folder] = f"cannot be read: {reason_of(error)}"
        return
    for entry in entries:
        if found.number >= MAX_ENTRIES:
            found.not_taken[folder] = f"more than {MAX_ENTRIES} entries; the others were not read"
            return
        try:
            _sort(entry, found, assignment, depth)
        except OSError as error:
            found.not_taken[entry] = f"cannot be read: {reason_of(error)}"


def _sort(entry: Path, found: Found, assignment: str, depth: int) -> None:
    mode = entry.lstat().st_mode
    if stat.S_ISLNK(mode):
        found.not_taken[entry] = "a link, which is never followed"
    elif what := leftover(entry.name):
        found.skipped[entry] = what
    elif stat.S_ISDIR(mode):
        _sort_folder(entry, found, assignment, depth)
    elif not stat.S_ISREG(mode):
        found.not_taken[entry] = "no plain file"
    elif printable(entry.name).casefold().endswith(NOTEBOOK_SUFFIX):
        found.notebooks.append(entry)
    elif entry.name.casefold().endswith(BACKUP_SUFFIXES):
        found.skipped[entry] = "an editor's back-up"
    elif entry.name not in EXCHANGE_FILES:
        found.others.append(entry)


def _sort_folder(entry: Path, found: Found, assignment: str, depth: int) -> None:
    if depth == 0:
        found.not_taken[entry] = f"more than {MAX_DEPTH} folders deep"
    elif entry.name != assignment and _is_assignments(entry):
        found.elsewhere.append(entry)
    else:
        _look(entry, found, assignment, depth - 1)


def _is_assignments(folder: Path) -> bool:
    """Whether a folder is laid out as nbgrader does for an assignment of its name."""
    try:
        return is_plain(folder / f"{folder.name}{NOTEBOOK_SUFFIX}")
    except OSError:
        return False
