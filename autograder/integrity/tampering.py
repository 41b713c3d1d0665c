"""Compare a submission's released cells, and their metadata, with what was handed out.

Whatever was changed is put back before the run (`autograder.submissions.restore`), so nothing here
costs or wins a point. What happens by accident, a cell deleted or copied, is only a remark.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from autograder.integrity.flags import Flag
from autograder.submissions.cells import grade_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

    from autograder.integrity.inputs import CheckInputs

NAME = "tamper"
"""The check's name in reports."""

_MARKS = ("grade", "solution", "locked", "task", "points")

LONGEST = 40
"""Characters of a value that are shown: a notebook may hold anything."""


def find_flags(asked: CheckInputs) -> Iterator[Flag]:
    """Flag what was changed in each submission's released cells."""
    for student, notebook in asked.notebooks.items():
        yield from flag_tamper(student, notebook, asked.released)


def flag_tamper(student: str, nb: NotebookNode, released: NotebookNode) -> list[Flag]:
    """Flag what no accident does; remark on what may be one.

    Parameters
    ----------
    student : str
        Whose notebook.
    nb, released : NotebookNode
        As it was handed in, and as it was handed out.

    Returns
    -------
    list of Flag
    """
    given = {name: cell for cell in released.cells if (name := grade_id(cell))}
    handed_in = [cell for cell in nb.cells if grade_id(cell)]
    counts = Counter(map(grade_id, handed_in))
    remarks = [f"cell {name} was deleted" for name in given if name not in counts]
    remarks += [f"cell {name} was copied" for name, n in counts.items() if n > 1]
    flags = [Flag(student, NAME, seen, remark=True) for seen in remarks]
    for cell in handed_in:
        original = given.get(grade_id(cell) or "")
        found = _invented(cell) if original is None else _changes(cell, original)
        flags += [Flag(student, NAME, seen, remark=remark) for seen, remark in found]
    return list(dict.fromkeys(flags))


def _invented(cell: NotebookNode) -> Iterator[tuple[str, bool]]:
    graded = bool(cell.metadata.nbgrader.get("grade"))
    what = "was invented, to carry points" if graded else "is of another assignment or version"
    yield f"cell {grade_id(cell)} {what}", not graded


def _changes(cell: NotebookNode, original: NotebookNode) -> Iterator[tuple[str, bool]]:
    """Tell what differs, and whether that is harmless."""
    name, ours, theirs = grade_id(cell), original.metadata.nbgrader, cell.metadata.nbgrader
    for mark in _MARKS:
        # an older nbgrader writes some of these, and leaves some out
        if mark in theirs and theirs[mark] != ours.get(mark, theirs[mark]):
            found = repr(theirs[mark])[:LONGEST]
            yield f"cell {name}: {mark} is {found}, released as {ours.get(mark)!r}", False
    if cell.cell_type != original.cell_type:
        yield f"cell {name} was made a {cell.cell_type} cell", True
    if ours.get("locked") and cell.source != original.source:
        same = cell.source.split() == original.source.split()
        yield f"locked cell {name} was changed{' in its spaces only' if same else ''}", same
