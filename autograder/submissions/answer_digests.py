"""Tell an answer that a person has marked from one that nobody has read yet.

A person's points belong to what there was to read. For a written answer that is its text with its
pictures, and the cells of text around it, where an answer may go on; for a cell that a machine
scores, and for a task, it is all that the student could write. Blanks at the ends of lines are no
part of it: tools add and drop them.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import TYPE_CHECKING

from autograder.submissions.cells import grade_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nbformat import NotebookNode

_PARAMETERS = frozenset({"parameters", "injected-parameters"})


def answer_digests(nb: NotebookNode) -> dict[str, str]:
    """Return the SHA-256 of what a person reads to mark each cell.

    Parameters
    ----------
    nb : NotebookNode
        A restored or an executed notebook; outputs do not matter.

    Returns
    -------
    dict of str to str
        By ``grade_id``, for cells that are graded, tasks, or answers.
    """
    everything = _digest(cell for cell in nb.cells if _own(cell))
    found = {}
    for number, cell in enumerate(nb.cells):
        name, marks = grade_id(cell), cell.metadata.get("nbgrader", {})
        if name is not None and marks.get("solution"):
            found[name] = _digest(_with_neighbours(nb.cells, number))
        elif name is not None and (marks.get("grade") or marks.get("task")):
            found[name] = everything
    return found


def _own(cell: NotebookNode) -> bool:
    """Whether a student may write into a cell; papermill's parameters are the grader's."""
    if _PARAMETERS & {*cell.metadata.get("tags", ())}:
        return False
    return not cell.metadata.get("nbgrader", {}).get("locked")


def _with_neighbours(cells: Sequence[NotebookNode], number: int) -> Iterator[NotebookNode]:
    """Yield a cell and the unmarked cells of text on both of its sides."""
    if cells[number].cell_type == "code":
        yield cells[number]
        return
    start, end = number, number + 1
    while start > 0 and _is_text(cells[start - 1]):
        start -= 1
    while end < len(cells) and _is_text(cells[end]):
        end += 1
    yield from cells[start:end]


def _is_text(cell: NotebookNode) -> bool:
    return cell.cell_type != "code" and grade_id(cell) is None


def _digest(cells: Iterable[NotebookNode]) -> str:
    texts = [[_normal(cell.source), cell.get("attachments") or {}] for cell in cells]
    packed = json.dumps(texts, sort_keys=True).encode()
    return hashlib.sha256(packed).hexdigest()


def _normal(text: str) -> str:
    lines = unicodedata.normalize("NFC", text).strip().splitlines()
    return "\n".join(line.rstrip() for line in lines)
