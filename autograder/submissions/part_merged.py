"""Part cells that hold the answers to several exercises, as merged notebooks have them.

Each answer then has a cell of its own, to be recognised and brought to where it is needed; and an
error in what stands around them ends that part alone. Parts are what blank lines part, between
statements of the cell itself: where cells are merged, there is one.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from nbformat.v4 import new_code_cell

from autograder.submissions.cells import grade_id
from autograder.submissions.match import exercises, words
from autograder.submissions.outline import outline, parse

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from nbformat import NotebookNode

    from autograder.submissions.release import Release


def part_merged(cells: list[NotebookNode], release: Release) -> list[str]:
    """Part each cell of code that answers more than one exercise, in place.

    Parameters
    ----------
    cells : list of NotebookNode
        The submission's; the part that answers what a cell's mark asks for keeps mark and id.
    release : Release
        What was handed out.

    Returns
    -------
    list of str
        A note for each.
    """
    wanted, notes = exercises(release), list[str]()
    found: list[NotebookNode] = []
    for number, cell in enumerate(cells, start=1):
        defined = outline(cell.source).defined if cell.cell_type == "code" else frozenset[str]()
        answers = [name for name, names in wanted.items() if names and names <= defined]
        texts = list(_parts(cell.source)) if len(answers) > 1 else []
        if len(texts) < 2:
            found.append(cell)
            continue
        mark = str(grade_id(cell))
        if mark in release.visible and mark not in wanted:  # a locked cell: it comes back as it was
            texts = [text for text in texts if words(text) not in words(release.visible[mark])]
            cell.metadata.pop("nbgrader")
        found += _cells_of(cell, texts, wanted.get(mark, frozenset()))
        notes.append(f"cell {number} held {len(answers)} answers, and was parted")
    cells[:] = found
    return notes


def _cells_of(
    cell: NotebookNode, texts: list[str], names: frozenset[str]
) -> Iterator[NotebookNode]:
    """Yield a cell for each text; the first that defines most of some names is the cell itself."""
    own = max(range(len(texts)), key=lambda n: (len(names & outline(texts[n]).defined), -n))
    for number, text in enumerate(texts):
        if number == own:
            cell.source = text
            yield cell
        else:
            yield new_code_cell(text)


def _parts(source: str) -> Iterator[str]:
    r"""Yield what blank lines part, between statements of the text itself.

    Examples
    --------
    >>> list(_parts("a = 1\nb = 2\n\ndef f():\n    x = 1\n\n    return x"))
    ['a = 1\nb = 2', 'def f():\n    x = 1\n\n    return x']
    """
    tree, lines = parse(source), source.split("\n")
    begins = [0]
    for node, following in pairwise(tree.body if tree else ()):
        between = lines[node.end_lineno or 0 : _first_line(following) - 1]
        if "" in map(str.strip, between):
            begins.append((node.end_lineno or 0) + [line.strip() for line in between].index(""))
    for begin, end in pairwise([*begins, len(lines)]):
        yield "\n".join(lines[begin:end]).strip("\n")


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])
