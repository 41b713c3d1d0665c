"""Tell a submission's own cells from those that were released to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

from autograder.gradebook.config import load_config
from autograder.integrity.magics import to_python
from autograder.submissions.cells import grade_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograder.assignment import Assignment


@dataclass(frozen=True)
class Cell:
    """A cell that a student wrote.

    Attributes
    ----------
    name : str
        Its ``grade_id``, or its place in the notebook if it is an added one.
    source : str
        Its text, magics and shell commands turned into Python.
    """

    name: str
    source: str


def released_notebook(assignment: Assignment) -> NotebookNode:
    """Return what students got: the solution, by nbgrader's own rules, without its answers."""
    path = assignment.folder / f"{assignment.name}.ipynb"
    nb: NotebookNode = nbformat.read(path, as_version=4)
    config = load_config(assignment.folder.parent.parent)
    for step in (ClearSolutions(config=config), ClearHiddenTests(config=config)):
        nb, _ = step.preprocess(nb, {})
    return nb


def own_cells(nb: NotebookNode, released: NotebookNode) -> list[Cell]:
    """Return the code cells that a student filled in or added, in order.

    Cells whose text was released are left out, stubs that stayed stubs too, and every locked
    cell: the released one runs in its place.
    """
    given = {cell.source.strip() for cell in released.cells}
    locked = {name for cell in released.cells if (name := grade_id(cell)) and _is_locked(cell)}
    return [
        Cell(grade_id(cell) or f"cell {number}", to_python(cell.source))
        for number, cell in enumerate(nb.cells, start=1)
        if cell.cell_type == "code"
        and cell.source.strip() not in given
        and grade_id(cell) not in locked
    ]


def given_cells(released: NotebookNode) -> list[Cell]:
    """Return the released code that runs in each submission's kernel."""
    return list(_given(released))


def _given(released: NotebookNode) -> Iterator[Cell]:
    for number, cell in enumerate(released.cells, start=1):
        metadata = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and not metadata.get("grade"):
            yield Cell(grade_id(cell) or f"cell {number}", to_python(cell.source))


def _is_locked(cell: NotebookNode) -> bool:
    metadata = cell.metadata.get("nbgrader", {})
    return bool(metadata.get("locked")) or bool(metadata.get("grade") and not metadata["solution"])
