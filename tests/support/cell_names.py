"""Find names that a graded cell would take away from the cells below it."""

from __future__ import annotations

import dis
from types import CodeType
from typing import TYPE_CHECKING

import jupytext

from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

IMPORTS = ("IMPORT_NAME", "IMPORT_FROM")


def stored(source: str) -> set[str]:
    """Return the names that a cell assigns or defines; an import makes the same of it anywhere."""
    names, steps = set(), list(dis.get_instructions(compile(source, "<cell>", "exec")))
    for before, step in zip([None, *steps], steps, strict=False):
        imported = before is not None and before.opname in IMPORTS
        if step.opname == "STORE_NAME" and not imported:
            names.add(step.argval)
    return names


def needed(source: str) -> set[str]:
    """Return the names that a cell, or a function in it, takes from the cells before."""
    code, made, names = compile(source, "<cell>", "exec"), set[str](), set[str]()
    for step in dis.get_instructions(code):
        if step.opname == "STORE_NAME":
            made.add(step.argval)
        elif step.opname == "LOAD_NAME" and step.argval not in made:
            names.add(step.argval)
    inner = {
        step.argval
        for part in _inside(code)
        for step in dis.get_instructions(part)
        if step.opname == "LOAD_GLOBAL"
    }
    return names | (inner - made)


def code_cells(name: str) -> list[tuple[str, bool]]:
    """Return the code cells of an assignment, in order, and whether each is a graded one."""
    cells = jupytext.read(ROOT / "solutions" / name / f"{name}.py").cells
    return [
        (cell.source, bool(cell.metadata.get("nbgrader", {}).get("grade")))
        for cell in cells
        if cell.cell_type == "code" and not cell.source.startswith("%")
    ]


def taken(cells: list[tuple[str, bool]]) -> Iterator[tuple[int, str]]:
    """Yield each graded cell's place and name that cells below need as it was before.

    Parameters
    ----------
    cells : list of tuple of str and bool
        The text of each cell, in order, and whether it is a graded one.

    Yields
    ------
    tuple of int and str

    Examples
    --------
    >>> list(taken([("n = 3", False), ("n = 5", True), ("print(n)", False)]))
    [(1, 'n')]
    >>> list(taken([("n = 3", False), ("n = 5", True), ("n = 4", False), ("print(n)", False)]))
    []
    """
    for place, (source, graded) in enumerate(cells):
        if not graded:
            continue
        own = {name for text, other in cells[:place] if not other for name in stored(text)}
        for name in sorted(stored(source) & own):
            later = (text for text, other in cells[place + 1 :] if not other)
            use = next((t for t in later if name in needed(t) or name in stored(t)), "")
            if use and name in needed(use):
                yield place, name


def _inside(code: CodeType) -> Iterator[CodeType]:
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield part
            yield from _inside(part)
