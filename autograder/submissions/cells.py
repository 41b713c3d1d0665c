"""Classify cells by nbgrader's metadata.

As `nbgrader.utils` does, whose import brings the database, the exchange and a web server's
handlers along: half a second and more, before the first submission runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode


def is_check(cell: NotebookNode) -> bool:
    """Whether a machine scores a cell: it is graded and holds no answer of the student's.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell
    >>> is_check(new_code_cell(metadata={"nbgrader": {"grade": True, "solution": False}}))
    True
    >>> is_check(new_code_cell())
    False
    """
    marks = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and marks.get("grade") and not marks.get("solution"))


def is_read(cell: NotebookNode) -> bool:
    """Whether a person scores a cell: it is graded and holds an answer of the student's."""
    marks = cell.metadata.get("nbgrader", {})
    return bool(marks.get("grade") and marks.get("solution"))


def grade_id(cell: NotebookNode) -> str | None:
    """Return the cell's nbgrader identifier, if it has one."""
    metadata = cell.metadata.get("nbgrader")
    value = metadata.get("grade_id") if isinstance(metadata, dict) else None
    return value if isinstance(value, str) and value else None
