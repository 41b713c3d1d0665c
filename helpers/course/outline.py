"""Read what a notebook asks for: its exercises, which checks belong to each, and what is open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import nbformat

from helpers.course.errors import NotANotebookError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nbformat import NotebookNode

_CHECK = re.compile(r"check-(?P<exercise>.+?)(?:-more)?")

_OPEN = re.compile(r"^\s*(raise NotImplementedError\b|YOUR ANSWER HERE)", re.MULTILINE)


@dataclass(frozen=True)
class Exercise:
    """One thing that a student is to write.

    Attributes
    ----------
    name : str
        Identifier of its cell, such as ``"flatten"``.
    cell : int
        Index of its cell.
    written : bool
        Whether it is a text, which a person reads.
    is_open : bool
        Whether it is as it was handed out.
    checks : tuple of int
        Indices of the cells that check it.
    points : float
        Points of these cells, or of the text.
    """

    name: str
    cell: int
    written: bool
    is_open: bool
    checks: tuple[int, ...] = ()
    points: float = 0.0


def read_notebook(content: bytes, path: Path) -> NotebookNode:
    """Read a notebook as it was saved.

    Parameters
    ----------
    content : bytes
        Of the file.
    path : Path
        The file, for messages.

    Returns
    -------
    NotebookNode

    Raises
    ------
    NotANotebookError
        If it is none.
    """
    try:
        notebook: NotebookNode = nbformat.reads(content.decode(), as_version=4)
    # nbformat raises many kinds on what is no notebook, all of which mean the same here
    except Exception as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise NotANotebookError(path, reason[0]) from error
    return notebook


def title_of(notebook: NotebookNode) -> str:
    """Return the first heading of a notebook; empty if it has none."""
    texts = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    lines = (line for text in texts for line in text.splitlines())
    return next((line.lstrip("# ") for line in lines if line.startswith("# ")), "")


def list_exercises(notebook: NotebookNode) -> tuple[Exercise, ...]:
    """List a notebook's exercises in their order, each with its checks.

    A check is named for its exercise, ``check-flatten`` or ``check-flatten-more``. One that is
    named for none belongs to the exercise before it.

    Parameters
    ----------
    notebook : NotebookNode
        A student's notebook.

    Returns
    -------
    tuple of Exercise
    """
    found: dict[str, dict[str, Any]] = {}
    last = ""
    for index, cell in enumerate(notebook.cells):
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("solution"):
            last = str(marks.get("grade_id"))
            found.setdefault(last, _begun(last, index, cell, marks))
        elif marks.get("grade") and last:
            told = _CHECK.fullmatch(str(marks.get("grade_id")))
            named = told["exercise"] if told else ""
            own = found[named if named in found else last]
            own["checks"] += (index,)
            own["points"] += float(marks.get("points") or 0)
    return tuple(Exercise(**values) for values in found.values())


def _begun(name: str, index: int, cell: NotebookNode, marks: Mapping[str, Any]) -> dict[str, Any]:
    is_open = not cell.source.strip() or bool(_OPEN.search(cell.source))
    written = cell.cell_type != "code"
    points = float(marks.get("points") or 0)
    return {
        "name": name,
        "cell": index,
        "written": written,
        "is_open": is_open,
        "checks": (),
        "points": points,
    }


def same_name(first: str, second: str) -> bool:
    """Whether two names are one exercise's: its cell has hyphens, and its function underscores.

    Examples
    --------
    >>> same_name("best_parameters", "best-parameters")
    True
    """
    return first.replace("_", "-").casefold() == second.replace("_", "-").casefold()
