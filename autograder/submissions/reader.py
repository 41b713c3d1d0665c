"""Read a submitted file into a notebook, whatever wrote it, and tell what was repaired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.errors import UnreadableNotebookError
from autograder.submissions.decode import decode
from autograder.submissions.normalize import cells_in, normalize
from autograder.submissions.old_outputs import read_without_outputs

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

MAX_CELLS = 5000
"""Most cells of a notebook that is graded."""


@dataclass(frozen=True)
class Reading:
    """A notebook as it was handed in.

    Attributes
    ----------
    notebook : NotebookNode
        Valid, of nbformat 4.5, without outputs.
    notes : tuple of str
        One line for each repair.
    """

    notebook: NotebookNode
    notes: tuple[str, ...]


def read_notebook(path: Path) -> Reading:
    """Read a submitted notebook, whatever version and program it was written by.

    Parameters
    ----------
    path : Path
        The submitted file.

    Returns
    -------
    Reading

    Raises
    ------
    UnreadableNotebookError
        If the file holds no cell, or two notebooks that differ.
    """
    decoded = decode(read_without_outputs(path))
    found = [(v, cells) for v in decoded.values if (cells := cells_in(v)) is not None]
    if not found:
        raise UnreadableNotebookError("not a notebook: no cells in it")
    for _, cells in found:
        if len(cells) > MAX_CELLS:
            raise UnreadableNotebookError(f"{len(cells)} cells, expected at most {MAX_CELLS}")
    (nb, notes), *others = (normalize(*one) for one in found)
    if not any(cell.source.strip() for cell in nb.cells):
        raise UnreadableNotebookError("not a notebook: no cell with a text in it")
    for other, _ in others:
        _refuse_other(nb, other)
    twice = ("the file holds the same notebook twice",) if others else ()
    return Reading(nb, tuple(f"mended: {note}" for note in (*decoded.notes, *twice, *notes)))


def _refuse_other(nb: NotebookNode, other: NotebookNode) -> None:
    """Raise if a file's second notebook has other cells than the first."""
    texts, others = ([(c.cell_type, c.source) for c in one.cells] for one in (nb, other))
    if texts == others:
        return
    number = next((n for n, pair in enumerate(zip(texts, others, strict=False), 1)
                   if pair[0] != pair[1]), min(len(texts), len(others)) + 1)  # fmt: skip
    problem = f"the file holds two notebooks that differ from cell {number} on: which one counts?"
    raise UnreadableNotebookError(problem)
