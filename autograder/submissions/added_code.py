"""Tell the code that a student added to a locked cell from what was released in it."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from autograder.submissions.cells import is_check
from autograder.submissions.outline import Outline, as_python, outline, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode


def added_code(
    cell: NotebookNode,
    original: NotebookNode,
    wanted: frozenset[str],
    others: tuple[str, ...] = (),
) -> str:
    """Return the code that a student added to a locked cell, as far as it can be told apart.

    Parameters
    ----------
    cell, original : NotebookNode
        As it was handed in, and as it was released.
    wanted : frozenset of str
        What exercises ask for: a test that holds none of it is just a test that was changed.
    others : tuple of str, optional
        Texts of the release's other tests, with which this one may have been merged.

    Returns
    -------
    str
        Statements that the released cell has not, nor any of its names; often none.
    """
    if not cell.cell_type == original.cell_type == "code":
        return ""
    test = is_check(original)
    released = _shapes(original.source).union(*map(_shapes, others if test else ()))
    added = "\n\n".join(_added(cell.source, original.source, wanted, released, imports=test))
    return "" if test and not outline(added).defined & wanted else added


@lru_cache(maxsize=256)
def _shapes(source: str) -> frozenset[str]:
    """Return the statements of a released cell, whatever they are written like."""
    return frozenset(ast.dump(node) for node in _statements(source))


def _added(
    source: str, original: str, wanted: frozenset[str], released: frozenset[str], *, imports: bool
) -> Iterator[str]:
    known = outline(original).defined
    lines = as_python(source).split("\n")
    for node in _statements(source):
        text = _lines(node, lines)
        if imports and isinstance(node, ast.Import | ast.ImportFrom):
            yield text  # what a test imports is not there for an answer: the two run apart
        elif ast.dump(node) in released or _does_nothing(node):
            continue
        elif _is_own(outline(text), known, wanted):
            yield text


def _does_nothing(node: ast.stmt) -> bool:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, ast.Assert | ast.Pass)


def _is_own(found: Outline, known: frozenset[str], wanted: frozenset[str]) -> bool:
    """Whether a statement is the student's: else it is one of the released cell, changed."""
    # a class without a body of its own is no stub, unless an exercise asks for it
    defined = found.defined | (found.stubs - wanted)
    if defined:
        return not defined <= known
    return not found.stubs and not found.needed & known


def _statements(source: str) -> list[ast.stmt]:
    tree = parse(source)
    return tree.body if tree else []


def _lines(node: ast.stmt, lines: list[str]) -> str:
    decorated = (one.lineno for one in getattr(node, "decorator_list", []))
    return "\n".join(lines[min([node.lineno, *decorated]) - 1 : node.end_lineno])
