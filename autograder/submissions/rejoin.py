"""Rejoin code that an editor tore apart, and take code out of text that it was merged with."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from itertools import pairwise
from textwrap import dedent
from typing import TYPE_CHECKING

from autograder.submissions.cells import grade_id
from autograder.submissions.match import exercises, words
from autograder.submissions.outline import LONGEST_CELL, as_python, outline, parse

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from autograder.submissions.release import Release

_BLOCKS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

MAX_PIECES = 5
"""Most cells of the same mark that a piece may belong to."""

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*$", re.MULTILINE)


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
    for number, second in enumerate(cells, start=1):
        others = [*kept[-1:], *same.get(grade_id(second), ())]
        first = _beginning(second, others)
        if first is None:
            kept.append(second)
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


def _beginning(second: NotebookNode, others: list[NotebookNode]) -> NotebookNode | None:
    """Join a cell to the one that it is the rest of; return that one."""
    if second.cell_type != "code" or not _may_be_rest(second.source):
        return None
    for first in others:
        joined = _joined(first, second) if first is not second else None
        if joined is not None:
            _join(first, second, joined)
            return first
    return None


def _may_be_rest(source: str) -> bool:
    text = source.lstrip("\n")
    return bool(text.strip()) and (text[0].isspace() or parse(source) is None)


def _join(first: NotebookNode, second: NotebookNode, joined: str) -> None:
    first.source = joined
    if grade_id(second):
        first.metadata, first.id = second.metadata, second.id


def _tell(number: int, *, near: bool) -> str:
    text = f"cell {number} was the rest of a statement, and is joined to its beginning"
    return text if near else f"{text}, which was elsewhere: a person has to look at it"


def _joined(first: NotebookNode, second: NotebookNode) -> str | None:
    """Return the text of both, if only that is Python."""
    if first.cell_type != "code" or not _is_piece(first, second):
        return None
    if grade_id(second) not in (None, grade_id(first)):
        return None
    texts = (f"{first.source}{end}{second.source}" for end in ("\n", ""))
    return next((text for text in texts if parse(text) is not None), None)


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


def take_out_code(cells: list[NotebookNode], release: Release) -> list[str]:
    """Make code of text that holds an exercise's answer, where no code does, in place.

    Cells of code and of text that were merged, or a cell of code that was made one of text.

    Parameters
    ----------
    cells : list of NotebookNode
        The submission's.
    release : Release
        What was handed out.

    Returns
    -------
    list of str
        A note for each.
    """
    notes = []
    code = [c for c in cells if c.cell_type == "code"]
    defined = frozenset[str]().union(*(outline(c.source).defined for c in code))
    given = " ".join(words(c.source) for c in release.master.cells)
    texts = [c for c in cells if c.cell_type != "code" or parse(c.source) is None]
    for name, names in exercises(release).items():
        stub = release.visible[name]
        if not names or names <= defined:
            continue
        for cell in reversed(texts):
            taken = _taken_out(cell, names, stub, release)
            if taken is not None and words(taken) not in given:  # no example of ours
                cell.source, cell.cell_type = taken, "code"
                cell.pop("attachments", None)
                cell |= {"outputs": [], "execution_count": None}
                notes.append(f"the answer to {name!r} was in a text; its code is run")
                break
    return notes


def _taken_out(
    cell: NotebookNode, names: frozenset[str], stub: str, release: Release
) -> str | None:
    """Return the code in a text that defines names: all of it, or the definitions alone."""
    if len(cell.source) > LONGEST_CELL or not all(name in cell.source for name in names):
        return None
    bare = _FENCE.sub("", cell.source)
    for given in release.master.cells:
        if given.cell_type != "code" and given.source.strip():
            bare = bare.replace(given.source.strip(), "")
    for text in (cell.source, bare.strip("\n"), _definitions(cell.source, names)):
        if words(text) != words(stub) and names <= outline(text).defined:
            return text
    return None


def _definitions(text: str, names: frozenset[str]) -> str:
    """Return those lines of a text that define names, whatever stands around them."""
    lines = text.splitlines()
    begins = re.compile(rf"(?:async +)?(?:def|class) +(?:{'|'.join(map(re.escape, names))})\b")
    kept: list[str] = []
    inside = False
    for before, line in pairwise(["", *lines]):
        if begins.match(line):
            kept += [before] if before.startswith("@") else []
            inside = True
        elif line and not line[0].isspace():
            inside = False
        kept += [line] if inside else []
    return "\n".join(kept)
