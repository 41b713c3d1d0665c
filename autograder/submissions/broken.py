"""Tell of answers in cells that are no Python, and that so count for nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autograder.submissions.cells import grade_id
from autograder.submissions.outline import outline, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

_DEFINITION = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)

SHOWN = 3
"""Most names that are told."""


def tell_broken(cells: list[NotebookNode], wanted: Mapping[str, frozenset[str]]) -> list[str]:
    """Tell of each cell that begins answers to other exercises than its own, and is no Python.

    As where the cells of a notebook were merged after one of them had been torn apart: it fails
    for the student, too, but what is wrong with it may be small, and a person can see that.

    Parameters
    ----------
    cells : list of NotebookNode
        The submission's, restored.
    wanted : mapping of str to frozenset of str
        What each exercise asks for, by ``grade_id``.

    Returns
    -------
    list of str
        A note for each.
    """
    code = [cell for cell in cells if cell.cell_type == "code"]
    names = frozenset[str]().union(*wanted.values())
    names -= frozenset[str]().union(*(outline(cell.source).defined for cell in code))
    notes = []
    for number, cell in enumerate(cells, start=1):
        if cell.cell_type != "code" or parse(cell.source) is not None:
            continue
        begun = dict.fromkeys(_DEFINITION.findall(cell.source))
        own = wanted.get(grade_id(cell) or "", frozenset())
        if lacking := [name for name in begun if name in names - own]:
            more = f" and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
            told = f"cell {number} is no Python, and begins {', '.join(lacking[:SHOWN])}{more}"
            notes.append(f"{told}: a person has to look at it")
    return notes
