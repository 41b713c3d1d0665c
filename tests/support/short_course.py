"""Make a short course of an assignment, and right submissions to it from `tests/support/answers`.

What only shows things is left out: plain cells that define no name which a later cell needs.
Students delete such cells, too, and what is left runs in a fraction of the time.
"""

from __future__ import annotations

import copy
import shutil
import symtable
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode

from tests.support import ROOT
from tests.support.answers.exercises import Assignment, load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path


def make_course(folder: Path, assignment: str, exercises: Collection[str] = ()) -> Path:
    """Write the short course into ``folder``, which must not be there yet; return it.

    If `exercises` are named, the others are left out, with their checks.
    """
    source, target = ROOT / "solutions" / assignment, folder / "solutions" / assignment
    target.mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for path in source.glob("*.toml"):
        shutil.copy(path, target)
    nb = nbformat.read(source / f"{assignment}.ipynb", as_version=4)
    if exercises:
        others = set(load(assignment).exercises) - set(exercises)
        others |= {check for name in others for check in load(assignment).checks(name)}
        nb.cells = [
            c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in others
        ]
    nbformat.write(shortened(nb), target / f"{assignment}.ipynb")
    return folder


def shortened(nb: NotebookNode) -> NotebookNode:
    """Return a copy without outputs, and without the plain cells that no other cell needs."""
    nb, kept, needed = copy.deepcopy(nb), list[NotebookNode](), set[str]()
    for cell in reversed(nb.cells):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            bound, free = names_in(cell.source)
            parameters = "parameters" in cell.metadata.get("tags", ())
            if not ("nbgrader" in cell.metadata or parameters or bound & needed):
                continue
            needed |= free
        kept.append(cell)
    nb.cells = kept[::-1]
    return nb


def names_in(source: str) -> tuple[set[str], set[str]]:
    """Return the names that a cell binds for later cells, and those that it takes from others."""
    try:
        top = symtable.symtable(source, "<cell>", "exec")
    except SyntaxError:  # a magic
        return set(), set()
    symbols = top.get_symbols()
    bound = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    used = {s.get_name() for s in symbols if s.is_referenced()}
    used |= {s.get_name() for table in _nested(top) for s in table.get_symbols() if s.is_global()}
    return bound, used - bound


def _nested(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _nested(child)


def cell_of(nb: NotebookNode, grade_id: str) -> NotebookNode:
    """Return the cell with an nbgrader identifier."""
    return next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def exercises_in(nb: NotebookNode, assignment: str) -> list[str]:
    """Return the answered cells that a notebook has and that graded cells check."""
    there = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells}
    return [name for name in load(assignment).exercises if name in there]


def right_submissions(course: Path, assignment: str) -> list[NotebookNode]:
    """Return submissions that hold, all together, each right answer to each exercise.

    The first is the author's own solution; the k-th has the k-th answer to every exercise, and
    where there are fewer, it begins with them anew.
    """
    nb = nbformat.read(course / "solutions" / assignment / f"{assignment}.ipynb", as_version=4)
    answers = {e: _answers(nb, load(assignment), e) for e in exercises_in(nb, assignment)}
    return [_answered(nb, answers, k) for k in range(max(map(len, answers.values())))]


def _answers(nb: NotebookNode, assignment: Assignment, exercise: str) -> list[str]:
    given = [text for name, _, text in assignment.right if name == exercise]
    return [cell_of(nb, exercise).source, *given]


def _answered(nb: NotebookNode, answers: dict[str, list[str]], k: int) -> NotebookNode:
    nb = copy.deepcopy(nb)
    for exercise, texts in answers.items():
        cell_of(nb, exercise).source = texts[k % len(texts)]
    return nb
