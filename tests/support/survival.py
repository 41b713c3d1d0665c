"""Tell which answers of a restored notebook count, without running it.

Cells are gone through as a kernel does; at each graded cell, the names that it needs must be
bound, and an exercise's by the answer that was handed in.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from autograder.submissions.cells import grade_id, is_check, is_read
from autograder.submissions.match import asked_names, words
from autograder.submissions.outline import outline, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbformat import NotebookNode

    from autograder.submissions.release import Release

SPECIAL = {"__name__", "__file__", "get_ipython", "display", "exit", "quit"}


def definitions(source: str) -> Iterator[tuple[str, str]]:
    """Yield the functions and classes that a cell defines, each with its shape but its text."""
    tree = parse(source)
    for node in tree.body if tree else ():
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            texts = [n for n in node.body if isinstance(n, ast.Expr) and _is_text(n)]
            node.body = [n for n in _reached(node.body) if n not in texts]
            yield node.name, ast.dump(node)


def _reached(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements up to the first that ends a function."""
    ends = (n for n, one in enumerate(body) if isinstance(one, ast.Return | ast.Raise))
    return body[: next(ends, len(body)) + 1]


def _is_text(node: ast.Expr) -> bool:
    return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def expected(solved: NotebookNode) -> dict[str, str]:
    """Return the shape of each function that a solved notebook defines."""
    return {name: shape for cell in code(solved) for name, shape in definitions(cell.source)}


def code(nb: NotebookNode) -> Iterator[NotebookNode]:
    yield from (cell for cell in nb.cells if cell.cell_type == "code")


def lost(nb: NotebookNode, release: Release, shapes: Mapping[str, str]) -> list[str]:
    """Return what a restored notebook lacks: released cells, names, and answers.

    Parameters
    ----------
    nb
        The restored notebook.
    release
        What was handed out.
    shapes
        From `expected`.
    """
    asked = asked_names(release)
    found = [f"{name} is there {n} times" for name, n in _counts(nb, release) if n != 1]
    now, bound = dict[str, str](), set(dir(__builtins__)) | set(__builtins__) | SPECIAL
    needs = dict[str, frozenset[str]]()
    for cell in code(nb):
        seen = outline(cell.source)
        if is_check(cell):
            needed = _closure(seen.needed, needs)
            found += [f"{grade_id(cell)} lacks {name}" for name in sorted(needed - bound)]
            wrong = {n for n in needed & asked & bound if now.get(n) != shapes.get(n)}
            found += [f"{grade_id(cell)} has another {name}" for name in sorted(wrong)]
        if seen.needed_at_once - bound:
            continue  # the cell fails
        bound |= seen.defined | seen.stubs
        now |= dict(definitions(cell.source))
        needs |= dict.fromkeys(seen.defined, seen.needed)
    return found


def _counts(nb: NotebookNode, release: Release) -> Iterator[tuple[str, int]]:
    names = [grade_id(cell) for cell in nb.cells]
    texts = {grade_id(cell): cell.source for cell in nb.cells}
    for cell in release.master.cells:
        name = grade_id(cell)
        if name is not None:
            changed = cell.metadata.nbgrader.locked and texts.get(name) != cell.source
            yield name, -1 if changed else names.count(name)


def _closure(names: frozenset[str], needs: Mapping[str, frozenset[str]]) -> set[str]:
    left, seen = list(names), set[str]()
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left += needs.get(name, ())
    return seen


def written(nb: NotebookNode) -> dict[str, str]:
    """Return the text of each cell that a person reads, by ``grade_id``."""
    return {str(grade_id(c)): words(c.source) for c in nb.cells if is_read(c)}
