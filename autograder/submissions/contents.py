"""Look into files for what they hold, just far enough to tell which of them counts."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.errors import TooCostlyError
from autograder.sandbox.bounded_process import reading_process
from autograder.submissions.old_outputs import read_without_outputs

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.submissions.release import Release


@dataclass(frozen=True)
class Content:
    """Cells of a file that is a notebook.

    Attributes
    ----------
    cells : tuple of (str, str, str)
        Kind, text and nbgrader's name of each.
    """

    cells: tuple[tuple[str, str, str], ...]

    def own(self, release: Release) -> tuple[str, ...]:
        """Return the texts that were not handed out, in their order: answers, and what was added.

        Of an earlier release there are others among them, in each copy of it the same.
        """
        stripped = (text.strip() for _, text, _ in self.cells)
        return tuple(text for text in stripped if text not in release.texts)

    def related(self, release: Release) -> bool:
        """Whether it comes from this assignment: a cell of it does that others have not."""
        return any(name in release.visible for _, _, name in self.cells)


def read_content(path: Path) -> Content | None:
    """Return the cells of a file; None if it is no notebook or cannot be read."""
    try:
        return reading_process().call(_read, path) if is_plain(path) else None
    except (OSError, TooCostlyError):
        return None


def _read(path: Path) -> Content | None:
    try:
        nb = json.loads(read_without_outputs(path))
        return Content(tuple(map(_cell, _cells(nb))))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None  # too long, no JSON, or JSON of another shape


def is_plain(path: Path) -> bool:
    """Whether a path is a file, and neither a link, a pipe nor a device.

    Raises
    ------
    OSError
        If the system does not say.
    """
    return stat.S_ISREG(path.lstat().st_mode)


def _cells(nb: Any) -> list[Any]:
    """Return the cells of a notebook of any version."""
    if "cells" in nb:
        return list(nb["cells"])
    return [cell for sheet in nb["worksheets"] for cell in sheet["cells"]]


def _cell(cell: dict[str, Any]) -> tuple[str, str, str]:
    source = cell.get("source", cell.get("input", ""))
    text = source if isinstance(source, str) else "".join(map(str, source))
    marks = (cell.get("metadata") or {}).get("nbgrader") or {}
    return str(cell.get("cell_type")), text, str(marks.get("grade_id", ""))
