"""Gather what the course itself hands out, suggests or prints: that code is common by right."""

from __future__ import annotations

import ast
import logging
import re
from typing import TYPE_CHECKING

from autograder.integrity.data_flow import imported_names, statements_of, units_of
from autograder.integrity.magics import to_python
from autograder.integrity.student_code import Cell, given_cells, own_cells
from autograder.submissions.reader import read_notebook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from nbformat import NotebookNode

    from autograder.assignment import Assignment

logger = logging.getLogger(__name__)

_FENCED = re.compile(r"^[ >]*```[^\n]*\n(.*?)^[ >]*```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_QUOTED = re.compile(r"^ *> ?", re.MULTILINE)


def course_cells(assignment: Assignment, released: NotebookNode) -> list[Cell]:
    """Return all code that a class may have from its course.

    That is what was handed out, code in the texts of the course's notebooks and what their cells
    print, and the authors' own answers: whoever has these by heart copied from nobody.

    Parameters
    ----------
    assignment : Assignment
        What was handed out; its folder names the course.
    released : NotebookNode
        The notebook that was handed out.

    Returns
    -------
    list of Cell
    """
    solution = _read(_solution_of(assignment))
    return [*handed_cells(assignment, released), *(_cells(solution) if solution else ())]


def handed_cells(assignment: Assignment, released: NotebookNode) -> list[Cell]:
    """Return all code that was handed out, stands in the notebooks' texts, or is printed there."""
    paths = sorted(assignment.folder.parent.parent.glob("notebooks/*/*.ipynb"))
    notebooks = [released, *filter(None, map(_read, paths))]
    printed = _read(_solution_of(assignment))
    outputs = _printed(printed) if printed else ()
    return [*given_cells(released), *(c for nb in notebooks for c in _cells(nb)), *outputs]


def handed_code(assignment: Assignment, released: NotebookNode) -> frozenset[int]:
    """Return the features of all code that was handed out, suggested or printed."""
    cells = handed_cells(assignment, released)
    return features_of(cells, known_names(given_cells(released)))


def solution_cells(assignment: Assignment, released: NotebookNode) -> tuple[Cell, ...]:
    """Return the authors' own answers; none if their notebook cannot be read."""
    solution = _read(_solution_of(assignment))
    return () if solution is None else tuple(own_cells(solution, released))


def _solution_of(assignment: Assignment) -> Path:
    return assignment.folder / f"{assignment.name}.ipynb"


def common_code(assignment: Assignment, released: NotebookNode) -> frozenset[int]:
    """Return the features of all code that a class may have from its course."""
    return features_of(course_cells(assignment, released), known_names(given_cells(released)))


def known_names(cells: Iterable[Cell], *, imports_only: bool = False) -> Mapping[str, str]:
    r"""Return names that cells bind for the whole notebook, and what each is called at its source.

    Examples
    --------
    >>> known_names([Cell("a", "import numpy as np\nx = 1")])
    {'x': 'x', 'np': 'numpy'}
    """
    found: dict[str, str] = {}
    for cell in cells:
        statements = statements_of(cell.source)
        if not imports_only:
            found |= {name: name for one in statements for name in _bound(one)}
        found |= imported_names(statements)
    return found


def features_of(cells: Iterable[Cell], known: Mapping[str, str]) -> frozenset[int]:
    """Return all features of some code."""
    units = (unit for cell in cells for unit in units_of(cell.source, known))
    return frozenset[int]().union(*(unit.features for unit in units))


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        yield statement.name
    elif not isinstance(statement, (ast.Import, ast.ImportFrom)):
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def _read(path: Path) -> NotebookNode | None:
    try:
        return read_notebook(path).notebook
    except Exception as error:  # an author's draft in another folder; the others are read
        logger.warning("%s cannot be read", path, exc_info=error)
        return None


def _printed(nb: NotebookNode) -> Iterator[Cell]:
    for number, cell in enumerate(nb.cells, start=1):
        for output in cell.get("outputs", ()):
            yield Cell(f"cell {number}", str(output.get("text", "")))


def _cells(nb: NotebookNode) -> Iterator[Cell]:
    yield from _printed(nb)
    for number, cell in enumerate(nb.cells, start=1):
        name = f"cell {number}"
        if cell.cell_type == "code":
            yield Cell(name, to_python(cell.source))
        else:
            text = _QUOTED.sub("", cell.source)
            for found in (*_FENCED.findall(text), *_INLINE.findall(text)):
                yield Cell(name, found)
