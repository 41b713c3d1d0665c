"""Rejoin code that an editor tore apart."""

from __future__ import annotations

import ast
from collections import defaultdict
from textwrap import dedent
from typing import TYPE_CHECKING

from autograder.submissions.cells import grade_id
from autograder.submissions.outline import as_python, parse

if TYPE_CHECKING:
    from nbformat import NotebookNode


_BLOCKS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

MAX_PIECES = 5
"""Most cells of the same mark that a piece may belong to."""


def rejoin_pieces(cells: list[NotebookNode]) -> list[str]:
    """Put a cell that was split inside of a statement together again, in place.

    Parameters
    ----------
    cells : list of NotebookNode
        The submission's; the second piece is taken out.

    Returns
    -------
    list of str
        A note for each.
    """
    notes, same = list[str](), _by_mark(cells)
    kept: list[NotebookNode] = []
    rest: NotebookNode | None = None
    for number, second in enumerate(cells, start=1):
        if rest is not None and second.source == rest.source and kept:
            notes.append(f"cell {number} was the same rest of a statement again, and is left out")
            continue
        others = [*_near(kept), *same.get(grade_id(second), ())]
        first = _beginning(second, others)
        rest = None if first is None else second
        if first is None:
            kept.append(second)
            notes += _tell_lonely(number, second)
        else:
            notes.append(_tell(number, near=bool(kept) and first is kept[-1]))
            left = same[grade_id(second)]
            same[grade_id(second)] = [cell for cell in left if cell is not second]
    cells[:] = kept
    return notes


def _by_mark(cells: list[NotebookNode]) -> dict[str | None, list[NotebookNode]]:
    """Return the last cells of each mark that more than one bears."""
    same: dict[str | None, list[NotebookNode]] = defaultdict(list)
    for cell in reversed(cells):
        name = grade_id(cell)
        if name is not None and len(same[name]) < MAX_PIECES:
            same[name].append(cell)
    return same


def _near(kept: list[NotebookNode]) -> list[NotebookNode]:
    """Return where the beginning of the next cell may stand: a stub may have come between."""
    return [*kept[-1:], *(cell for cell in kept[-2:-1] if _goes_on_below(cell, kept[-1]))]


def _goes_on_below(cell: NotebookNode, between: NotebookNode) -> bool:
    """Whether the rest of a cell may stand below another one, such as a stub of the same name."""
    tree, other = parse(cell.source), parse(between.source)
    if tree is None:
        return True
    last, stub = (found.body[-1] if found and found.body else None for found in (tree, other))
    if not (isinstance(last, _BLOCKS) and isinstance(stub, _BLOCKS) and last.name == stub.name):
        return False
    return _is_closed(between) and not _is_closed(cell)


def _beginning(second: NotebookNode, others: list[NotebookNode]) -> NotebookNode | None:
    """Join a cell to the one that it is the rest of; return that one."""
    if not _may_be_rest(second.source):
        return None
    for first in sorted(others, key=_is_closed):
        if _is_closed(first) and grade_id(first) != grade_id(second):
            continue
        joined = _joined(first, second) if first is not second else None
        if joined is not None:
            _join(first, second, joined)
            return first
    return None


def _is_closed(first: NotebookNode) -> bool:
    """Whether what follows in a cell's last function is never reached, as below a stub's error."""
    tree = parse(first.source)
    last = tree.body[-1] if tree and tree.body else None
    return isinstance(last, _BLOCKS) and isinstance(last.body[-1], ast.Raise | ast.Return)


def _may_be_rest(source: str) -> bool:
    text = source.lstrip("\n")
    return bool(text.strip()) and (text[0].isspace() or parse(source) is None)


def _join(first: NotebookNode, second: NotebookNode, joined: str) -> None:
    first.source = joined
    if first.cell_type != "code":  # by a slip on the keyboard
        first.cell_type = "code"
        first |= {"outputs": [], "execution_count": None}
        first.pop("attachments", None)
    if grade_id(second):
        first.metadata, first.id = second.metadata, second.id


def _tell(number: int, *, near: bool) -> str:
    text = f"cell {number} was the rest of a statement, and is joined to its beginning"
    return text if near else f"{text}, which was elsewhere: a person has to look at it"


def _joined(first: NotebookNode, second: NotebookNode) -> str | None:
    """Return the text of both, if only that is Python."""
    if not _may_be_code(first, second) or not _is_piece(first, second):
        return None
    if grade_id(first) and grade_id(second) not in (None, grade_id(first)):
        return None
    texts = (f"{first.source}{end}{second.source}" for end in ("\n", ""))
    return next((text for text in texts if parse(text) is not None), None)


def _may_be_code(first: NotebookNode, second: NotebookNode) -> bool:
    """Whether both are code, or the pieces of one answer of which one was made a text."""
    if first.cell_type == second.cell_type == "code":
        return True
    marked = {mark for mark in map(grade_id, (first, second)) if mark}
    return "code" in (first.cell_type, second.cell_type) and len(marked) == 1


def _tell_lonely(number: int, cell: NotebookNode) -> list[str]:
    """Tell of the rest of a function without its beginning."""
    text = cell.source.lstrip("\n")
    if cell.cell_type != "code" or not text[:1].isspace() or _runs(dedent(text)):
        return []
    return [f"cell {number} is the rest of a statement without its beginning: a person has to look"]


def _is_piece(first: NotebookNode, second: NotebookNode) -> bool:
    """Whether a text may be the rest of the one before it."""
    if not first.source.strip():
        return False
    if not second.source.lstrip("\n")[0].isspace():
        return parse(second.source) is None and parse(first.source) is None
    # IPython would run the rest of a function by itself, without its margin
    if grade_id(second) is not None and grade_id(second) == grade_id(first):
        return True
    tree = parse(first.source)
    inside = tree is not None and bool(tree.body) and isinstance(tree.body[-1], _BLOCKS)
    return inside or not _runs(dedent(second.source))


def _runs(text: str) -> bool:
    """Whether a text is whole code: Python's own tree allows a return outside of a function."""
    try:
        compile(as_python(text), "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
