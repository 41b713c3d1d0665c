"""Match submitted cells with released ones: by id, mark, text, and the names that they define.

Marks get lost, copied and torn apart wherever cells are copied, split and merged, or saved by
programs that do not know nbgrader. What a student gains by none of this is a test: a released
cell that is locked comes from the release, whatever is matched with it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograder.submissions.cells import grade_id
from autograder.submissions.outline import outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

    from autograder.submissions.release import Release


@dataclass
class Match:
    """Which submitted cell is which released one.

    Attributes
    ----------
    cells : dict of str to NotebookNode
        The cell, by ``grade_id``; no cell twice.
    copies : dict of str to list of NotebookNode
        Other cells that bear its mark, in their order.
    found : dict of str to str
        How cells without a mark of their own were recognised.
    """

    cells: dict[str, NotebookNode] = field(default_factory=dict)
    copies: dict[str, list[NotebookNode]] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)


def words(text: str) -> str:
    r"""Return a text without what editors change in its spaces.

    Examples
    --------
    >>> words("a  b \n")
    'a b'
    """
    return " ".join(text.split())


def exercises(release: Release) -> dict[str, frozenset[str]]:
    """Return what each exercise's code is to define, by ``grade_id``."""
    named = {name: cell for cell in release.master.cells if (name := grade_id(cell))}
    return {
        name: outline(release.visible[name]).defined | outline(release.visible[name]).stubs
        for name, cell in named.items()
        if cell.cell_type == "code" and not cell.metadata.nbgrader.locked
    }


def asked_names(release: Release) -> frozenset[str]:
    """Return what all exercises of a release ask for."""
    return frozenset[str]().union(*exercises(release).values())


def answered(cell: NotebookNode, names: frozenset[str], stub: str) -> bool:
    """Whether a cell of code defines all that an exercise asks for, and is no stub."""
    if cell.cell_type != "code" or not names or words(cell.source) == words(stub):
        return False
    return names <= outline(cell.source).defined


def match(cells: list[NotebookNode], release: Release, *, by_code: bool = True) -> Match:
    """Find the submitted cell that stands for each released one.

    Parameters
    ----------
    cells : list of NotebookNode
        The submission's.
    release : Release
        What was handed out.
    by_code : bool, default True
        Whether to look into the code, which takes time by its length.

    Returns
    -------
    Match
    """
    released = {name: cell for cell in release.master.cells if (name := grade_id(cell))}
    done, wanted = Match(), exercises(release) if by_code else {}
    claims = _claims(cells, released)
    for name, claimants in claims.items():
        names = wanted.get(name, frozenset())
        best = _best(claimants, released[name], names, release.visible[name])
        done.cells[name] = best
        marked = [cell for cell in claimants if cell is not best and grade_id(cell) == name]
        done.copies[name] = marked
        if grade_id(best) != name:
            done.found[name] = "id"
    _match_texts(cells, release, released, done)
    _match_definitions(cells, release, wanted, done)
    return done


def _claims(
    cells: list[NotebookNode], released: dict[str, NotebookNode]
) -> dict[str, list[NotebookNode]]:
    """Return the cells that bear each released cell's mark or, unmarked, its id; the best last."""
    ids = {cell.id: name for name, cell in released.items()}
    claims: dict[str, list[NotebookNode]] = defaultdict(list)
    for cell in cells:
        name = grade_id(cell)
        name = name if name in released else ids.get(cell.id)
        if name is not None:
            claims[name].append(cell)
    for name, found in claims.items():
        own = released[name].id
        claims[name] = [c for c in found if c.id != own] + [c for c in found if c.id == own]
    return claims


def _best(
    claimants: list[NotebookNode], original: NotebookNode, names: frozenset[str], visible: str
) -> NotebookNode:
    """Return the last that is as released, of locked cells; of others, that was answered."""
    if original.metadata.nbgrader.locked:
        texts = {words(visible), words(original.source)}
        same = [cell for cell in claimants if words(cell.source) in texts]
        return (same or claimants)[-1]
    filled = [cell for cell in claimants if words(cell.source) not in ("", words(visible))]
    right = [cell for cell in filled if answered(cell, names, visible)]
    return (right or filled or claimants)[-1]


def _match_texts(
    cells: list[NotebookNode], release: Release, released: dict[str, NotebookNode], done: Match
) -> None:
    """Match unmarked cells that are word by word as released, the last of several."""
    open_names = {words(release.visible[n]): n for n in released if n not in done.cells}
    open_names |= {words(c.source): n for n, c in released.items() if n not in done.cells}
    for cell in _free(cells, done):
        name = open_names.get(words(cell.source))
        if name is not None and cell.source.strip() and grade_id(cell) not in released:
            done.cells[name], done.found[name] = cell, "text"


def _match_definitions(
    cells: list[NotebookNode],
    release: Release,
    wanted: dict[str, frozenset[str]],
    done: Match,
) -> None:
    """Match the last cell that defines what an exercise asks for, where nothing else does."""
    given = {words(cell.source) for cell in release.master.cells}
    free = [cell for cell in _free(cells, done) if words(cell.source) not in given]
    for name, names in wanted.items():
        stub, known = release.visible[name], done.cells.get(name)
        if known is not None and answered(known, names, stub):
            continue
        found = [cell for cell in free if answered(cell, names, stub)]
        if found:
            done.cells[name], done.found[name] = found[-1], "name"
            free = [cell for cell in free if cell is not found[-1]]
            if known is not None:
                done.copies.setdefault(name, []).append(known)


def _free(cells: list[NotebookNode], done: Match) -> Iterator[NotebookNode]:
    taken = {id(cell) for cell in done.cells.values()}
    yield from (cell for cell in cells if id(cell) not in taken)
