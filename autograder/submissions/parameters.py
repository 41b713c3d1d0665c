"""Let the values of a graded run win over whatever a submission makes of its switches.

The cell of parameters is the student's to edit, so nothing about it is noted. Papermill sets the
values right after the released one, which comes before all that asks for them; a switch that is
set once more, in a copy or in a cell that was merged, keeps the value that it has.
"""

from __future__ import annotations

import ast
import copy
from itertools import accumulate
from typing import TYPE_CHECKING

from autograder.submissions.cells import grade_id
from autograder.submissions.normalize import PARAMETER_TAGS
from autograder.submissions.outline import outline, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode


def place_parameters(nb: NotebookNode, master: NotebookNode) -> None:
    """Put the released cell of parameters before the cells that use it, in place.

    Parameters
    ----------
    nb : NotebookNode
        With all released cells that have a mark.
    master : NotebookNode
        What was handed out.
    """
    tagged = (n for n, cell in enumerate(master.cells) if _tags(cell))
    place = next((n for n in tagged if grade_id(master.cells[n]) is None), None)
    if place is None:
        return
    released = master.cells[place]
    switches = outline(released.source).defined
    nb.cells = [cell for cell in nb.cells if not _is_switch(cell, released, switches)]
    for cell in nb.cells:
        if _tags(cell):
            cell.metadata.tags = [tag for tag in cell.metadata.tags if tag not in PARAMETER_TAGS]
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("locked"):
            cell.source = _without_values(cell.source, switches)
    nb.cells.insert(_position(nb, master, place, switches), copy.deepcopy(released))


def _tags(cell: NotebookNode) -> set[str]:
    return {*cell.metadata.get("tags", ())} & PARAMETER_TAGS


def _is_switch(cell: NotebookNode, released: NotebookNode, switches: frozenset[str]) -> bool:
    """Whether a cell sets switches and does nothing else."""
    if cell.cell_type != "code" or grade_id(cell):
        return False
    if cell.source == released.source:
        return True
    tree = parse(cell.source)
    return tree is not None and bool(tree.body) and all(_only_sets(n, switches) for n in tree.body)


def _only_sets(node: ast.stmt, switches: frozenset[str]) -> bool:
    pairs = _pairs(node)
    return bool(pairs) and all(_is_set(*pair, switches) for pair in pairs)


def _is_set(target: ast.expr, value: ast.expr, switches: frozenset[str]) -> bool:
    """Whether a switch is set to a value that stands there."""
    value = value.operand if isinstance(value, ast.UnaryOp) else value
    given = isinstance(value, ast.Constant)
    return given and isinstance(target, ast.Name) and target.id in switches


def _pairs(node: ast.stmt) -> list[tuple[ast.expr, ast.expr]]:
    """Return each target of an assignment, with its value."""
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return [(node.target, node.value)]
    if not isinstance(node, ast.Assign):
        return []
    pairs: list[tuple[ast.expr, ast.expr]] = []
    for target in node.targets:
        if isinstance(target, ast.Tuple | ast.List) and isinstance(
            node.value, ast.Tuple | ast.List
        ):
            pairs += zip(target.elts, node.value.elts, strict=False)
        else:
            pairs.append((target, node.value))
    return pairs


def _without_values(source: str, switches: frozenset[str]) -> str:
    """Let each switch that a cell sets keep its value."""
    tree = parse(source) if any(name in source for name in switches) else None
    if tree is None:
        return source
    text, lines = source.encode(), source.encode().splitlines(keepends=True)
    starts = [0, *accumulate(map(len, lines))]
    for node in sorted(_statements(tree), key=lambda one: (one.lineno, one.col_offset))[::-1]:
        pairs = _pairs(node)
        if any(_is_set(*pair, switches) for pair in pairs):
            begin = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
            text = text[:begin] + _kept(pairs, switches).encode() + text[end:]
    return text.decode()


def _kept(pairs: list[tuple[ast.expr, ast.expr]], switches: frozenset[str]) -> str:
    values = ((t, t if _is_set(t, value, switches) else value) for t, value in pairs)
    return "; ".join(f"{ast.unparse(target)} = {ast.unparse(value)}" for target, value in values)


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield the statements that run with the cell, functions' own left out."""
    left: list[ast.AST] = list(tree.body)
    while left:
        node = left.pop()
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
            left += ast.iter_child_nodes(node)


def _position(nb: NotebookNode, master: NotebookNode, place: int, switches: frozenset[str]) -> int:
    """Return the place of the release, or before it that of the first cell that asks for it."""
    names = (name for cell in master.cells[place:] if (name := grade_id(cell)))
    present = {grade_id(cell): n for n, cell in enumerate(nb.cells)}
    following = present.get(next(names, ""), 0)
    users = (n for n, cell in enumerate(nb.cells) if switches & _names(cell, switches))
    return min(following, next(users, following))


def _names(cell: NotebookNode, switches: frozenset[str]) -> frozenset[str]:
    if cell.cell_type != "code" or not any(name in cell.source for name in switches):
        return frozenset()
    found = outline(cell.source)
    return found.needed | found.defined
