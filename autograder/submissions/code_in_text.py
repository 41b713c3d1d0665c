"""Take code out of text that it was merged with, or that it was made by a slip."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from nbformat.v4 import new_markdown_cell

from autograder.submissions.match import exercises, words
from autograder.submissions.outline import LONGEST_CELL, outline, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

    from autograder.submissions.release import Release

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*$", re.MULTILINE)


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
    for cell in reversed(texts):
        left = {n: names for n, names in exercises(release).items() if names and names - defined}
        taken = _taken_out(cell, left, release)
        if taken is None or words(taken) in given:  # an example of ours
            continue
        now = outline(taken).defined
        notes += [
            f"the answer to {name!r} was in a text; its code is run"
            for name, names in left.items()
            if names <= now
        ]
        defined |= now
        notes += _part(cells, cell, taken)
    return notes


def _taken_out(
    cell: NotebookNode, left: Mapping[str, frozenset[str]], release: Release
) -> str | None:
    """Return the code in a text that answers exercises: all of it, or the definitions alone."""
    wanted = frozenset[str]().union(*left.values())
    if len(cell.source) > LONGEST_CELL or not any(name in cell.source for name in wanted):
        return None
    bare = _FENCE.sub("", cell.source)
    for given in release.master.cells:
        if given.cell_type != "code" and given.source.strip():
            bare = bare.replace(given.source.strip(), "")
    for text in (cell.source, bare.strip("\n"), _definitions(cell.source, wanted)):
        found = outline(text).defined
        if any(names <= found for names in left.values()):
            return text
    return None


def _part(cells: list[NotebookNode], cell: NotebookNode, taken: str) -> list[str]:
    """Make a text's code a cell of code, and leave the rest of the text below it."""
    lines = Counter(taken.splitlines())
    rest: list[str] = []
    for line in cell.source.splitlines():
        if lines[line]:
            lines[line] -= 1
        elif not _FENCE.match(line):
            rest.append(line)
    torn = cell.cell_type == "code" and bool("".join(rest).strip())
    if "".join(rest).strip():
        place = next(n for n, other in enumerate(cells) if other is cell)
        kept = new_markdown_cell("\n".join(rest).strip("\n"))
        if cell.get("attachments"):
            kept.attachments = cell.attachments
        cells.insert(place + 1, kept)
    cell.source, cell.cell_type = taken, "code"
    cell.pop("attachments", None)
    cell |= {"outputs": [], "execution_count": None}
    if not torn:
        return []
    return ["what else stood in that cell is no Python and is not run: a person has to look at it"]


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
