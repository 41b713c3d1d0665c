"""Arrange cells so that each has before it what it needs, where a submission has it further below.

Cells are run in any order at home, and from top to bottom when they are graded. A notebook that
runs from top to bottom stays as it is; where a released cell needs a name that only cells below it
define, those are brought forward.
"""

from __future__ import annotations

import builtins
from collections import defaultdict
from typing import TYPE_CHECKING

from autograder.submissions.cells import grade_id, is_check
from autograder.submissions.outline import Outline, outline, parse, stub_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

MAX_MOVES = 500
"""Most cells that are brought forward."""

_BUILTINS = frozenset(dir(builtins))


def bring_forward(cells: list[NotebookNode], wanted: frozenset[str]) -> list[str]:
    """Bring forward what released cells need, in place.

    Parameters
    ----------
    cells : list of NotebookNode
        With all released cells that have a mark.
    wanted : frozenset of str
        What exercises ask for: a stub of these defines nothing.

    Returns
    -------
    list of str
        A note for each released cell for which something moved.
    """
    notes, moves, number = [], 0, 0
    above: dict[str, frozenset[str]] = {}
    while number < len(cells):
        cell = cells[number]
        late = _late(cells, number, above, wanted) if moves < MAX_MOVES else []
        moved = [cells[n] for n in late]
        for n in reversed(late):
            del cells[n]
        cells[number:number] = moved
        for one in (*moved, cell):
            if not is_check(one):  # what it defines, no function of the student's sees
                above |= dict.fromkeys(_defined(one, wanted), _outline(one).needed)
        if moved:
            moves += len(moved)
            marked = [repr(name) for one in moved if (name := grade_id(one))]
            told = ", ".join(marked) or "a cell of the student's own"
            notes.append(f"cell {grade_id(cell)!r} needs {told}, which stood below it: moved up")
        number += 1 + len(moved)
    return notes


def _late(
    cells: list[NotebookNode],
    number: int,
    above: Mapping[str, frozenset[str]],
    wanted: frozenset[str],
) -> list[int]:
    """Return the places of cells below one that define what it needs and nothing above does.

    Parameters
    ----------
    cells : list of NotebookNode
        All cells.
    number : int
        The place of the one.
    above : mapping of str to frozenset of str
        What is defined above it; for each name, what its definition needs when it is called.
    wanted : frozenset of str
        What exercises ask for.

    Returns
    -------
    list of int
    """
    cell = cells[number]
    if cell.cell_type != "code" or not grade_id(cell):
        return []
    own = _outline(cell)
    asked, missing = [*(own.needed if is_check(cell) else own.needed_at_once)], set[str]()
    seen = set(_BUILTINS if is_check(cell) else _BUILTINS | _defined(cell, wanted))
    below: dict[str, list[int]] | None = None
    while asked:
        name = asked.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in above:
            asked += above[name]
            continue
        missing.add(name)
        below = below if below is not None else _below(cells, number, wanted)
        asked += (need for n in below.get(name, ()) for need in _outline(cells[n]).needed)
    return sorted({n for name in missing for n in (below or {}).get(name, ())})


def _below(cells: list[NotebookNode], number: int, wanted: frozenset[str]) -> dict[str, list[int]]:
    """Return the places of the cells below one that define a name."""
    places: dict[str, list[int]] = defaultdict(list)
    for n in range(number + 1, len(cells)):
        for name in () if is_check(cells[n]) else _defined(cells[n], wanted):
            places[name].append(n)
    return places


def _outline(cell: NotebookNode) -> Outline:
    return outline(cell.source if cell.cell_type == "code" else "")


def _defined(cell: NotebookNode, wanted: frozenset[str]) -> frozenset[str]:
    found = _outline(cell)
    return found.defined | (found.stubs - wanted)


def drop_stubs(cells: list[NotebookNode], wanted: frozenset[str]) -> list[str]:
    """Take out what would overwrite an answer by a stub further below, in place.

    Parameters
    ----------
    cells : list of NotebookNode
        With all released cells that have a mark.
    wanted : frozenset of str
        What exercises ask for; nothing else is touched.

    Returns
    -------
    list of str
        A note for each name.
    """
    answered, dropped = set[str](), list[str]()
    for cell in cells:
        found = _outline(cell)
        over = found.stubs & answered & wanted
        if over:
            cell.source = _without_stubs(cell.source, over)
            dropped += sorted(over)
        answered |= found.defined
    return [f"an empty {name!r} stood below the answer, and is left out" for name in dropped]


def _without_stubs(source: str, names: frozenset[str]) -> str:
    tree = parse(source)
    assert tree is not None
    lines = source.split("\n")
    for node in reversed(tree.body):
        if names.intersection(stub_names(node)):
            decorated = getattr(node, "decorator_list", [])
            begin = min([node.lineno, *(one.lineno for one in decorated)])
            lines[begin - 1 : node.end_lineno] = []
    return "\n".join(lines)
