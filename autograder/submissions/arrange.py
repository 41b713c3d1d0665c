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
from autograder.submissions.outline import Outline, bound_names, outline, parse, stub_names

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
    notes, moves, number = list[str](), 0, 0
    required, places = _required(cells), _places(cells, wanted)
    above: dict[str, frozenset[str]] = {}
    looked_at = set[int]()
    while number < len(cells):
        cell = cells[number]
        used = bool(grade_id(cell)) or not required.isdisjoint(_defined(cell, wanted))
        late = _late(cells, number, above, places, wanted) if used and moves < MAX_MOVES else []
        moved = [cells[n] for n in late]
        if late and id(cell) in looked_at:  # two that need each other would move for ever
            need = _tell_need(cell, number, moved)
            notes.append(f"{need}, which needs it in turn: a person has to look at it")
        elif late:
            looked_at.add(id(cell))
            for n in reversed(late):
                del cells[n]
            cells[number:number] = moved
            moves, places = moves + len(moved), _places(cells, wanted)
            notes.append(f"{_tell_need(cell, number, moved)}, which stood below it: moved up")
            continue  # with the first that moved: it may need one of the others
        if not is_check(cell):  # what it defines, no function of the student's sees
            above |= dict.fromkeys(_defined(cell, wanted), _outline(cell).needed)
        number += 1
    return notes


def _tell_need(cell: NotebookNode, number: int, moved: list[NotebookNode]) -> str:
    marked = [repr(mark) for one in moved if (mark := grade_id(one))]
    told = ", ".join(marked) or "a cell of the student's own"
    name = repr(grade_id(cell)) if grade_id(cell) else number + 1
    return f"cell {name} needs {told}"


def _required(cells: list[NotebookNode]) -> set[str]:
    """Return the names that tests need, and what defines these, and so on."""
    definers: dict[str, set[str]] = defaultdict(set)
    for cell in cells:
        for name in _outline(cell).defined:
            definers[name] |= _outline(cell).needed
    left = [name for cell in cells if is_check(cell) for name in _outline(cell).needed]
    found = set[str]()
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += definers.get(name, ())
    return found


def _late(
    cells: list[NotebookNode],
    number: int,
    above: Mapping[str, frozenset[str]],
    places: Mapping[str, list[int]],
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
    places : mapping of str to list of int
        Which cells define a name.
    wanted : frozenset of str
        What exercises ask for.

    Returns
    -------
    list of int
    """
    cell = cells[number]
    own = _outline(cell)
    asked, found = [*(own.needed if is_check(cell) else own.needed_at_once)], set[int]()
    seen = set(_BUILTINS if is_check(cell) else _BUILTINS | _defined(cell, wanted))
    while asked:
        name = asked.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in above:
            asked += above[name]
            continue
        below = [n for n in places.get(name, ()) if n > number]
        found.update(below)
        asked += (need for n in below for need in _outline(cells[n]).needed)
    return sorted(found)


def _places(cells: list[NotebookNode], wanted: frozenset[str]) -> dict[str, list[int]]:
    """Return the places of the cells that define a name for the student's functions."""
    places: dict[str, list[int]] = defaultdict(list)
    for n, cell in enumerate(cells):
        for name in () if is_check(cell) else _defined(cell, wanted):
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
    return _tell_dropped(dropped)


def drop_stubs_inside(cells: list[NotebookNode], wanted: frozenset[str]) -> list[str]:
    """Take out a stub that stands below the answer in the same cell, as merged cells have it.

    Parameters
    ----------
    cells : list of NotebookNode
        The submission's, changed in place.
    wanted : frozenset of str
        What exercises ask for; nothing else is touched.

    Returns
    -------
    list of str
        A note for each name.
    """
    dropped = list[str]()
    for cell in cells:
        over = _answered_before(cell.source, _outline(cell).stubs & wanted)
        if over:
            cell.source = _without_stubs(cell.source, over)
            dropped += sorted(over)
    return _tell_dropped(dropped)


def _tell_dropped(names: list[str]) -> list[str]:
    return [f"an empty {name!r} stood below the answer, and is left out" for name in names]


def _answered_before(source: str, stubs: frozenset[str]) -> frozenset[str]:
    """Return those of a cell's stubs that an earlier statement of it answers."""
    tree = parse(source) if stubs else None
    answers = frozenset[str]()
    for node in tree.body if tree else ():
        if not stub_names(node):
            answers |= bound_names(node)
    return answers & stubs


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
