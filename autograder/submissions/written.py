"""Find written answers that stand outside of the cells that a person reads.

An answer in a cell of the student's own, or in one that lost its mark, is put where it belongs:
formgrader then shows it, and nbgrader asks a person to read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.submissions.cells import grade_id, is_read
from autograder.submissions.match import Match, words
from autograder.submissions.outline import parse

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from autograder.submissions.release import Release

FEW_WORDS = 5
"""Fewest words of an answer that stands anywhere in a notebook."""

PYTHON_IN_PROSE = 0.2
"""Largest share of a text's lines that may be Python by chance, such as a last word."""

LONGEST_ANSWER = 10_000
"""Most characters of an answer in a cell of code."""


def place_written(cells: list[NotebookNode], release: Release, found: Match) -> list[str]:
    """Fill each empty cell that a person reads with what may be its answer, in place.

    Parameters
    ----------
    cells : list of NotebookNode
        The submission's; an answer's own cell becomes the released one.
    release : Release
        What was handed out.
    found : Match
        Which of `cells` is which; a cell that is placed is added.

    Returns
    -------
    list of str
        A note for each.
    """
    notes = []
    for number, original in enumerate(release.master.cells):
        name = grade_id(original)
        if name is None or not is_read(original) or original.cell_type == "code":
            continue
        _join_copies(cells, found, name, release.visible[name])
        known = found.cells.get(name)
        if known is not None and words(known.source) not in ("", words(release.visible[name])):
            continue
        near = _near(cells, release, found, number)
        others = near or [c for c in _own(cells, release, found) if _is_long(c)]
        if others:
            notes.append(_fill(cells, found, name, others, keep=not near))
    return notes


def _join_copies(cells: list[NotebookNode], found: Match, name: str, stub: str) -> None:
    """Give the parts of a written answer that was split, which all bear its mark, one cell."""
    known = found.cells.get(name)
    others = [c for c in found.copies.get(name, []) if words(c.source) not in ("", words(stub))]
    if known is None or not others:
        return
    parts = {id(cell) for cell in (*others, known)}
    ordered = [cell for cell in cells if id(cell) in parts]
    texts = [cell.source for cell in ordered if words(cell.source) != words(stub)]
    known.source = "\n\n".join(dict.fromkeys(texts))
    pictures = {n: p for cell in ordered for n, p in cell.get("attachments", {}).items()}
    if pictures:
        known.attachments = pictures


def _own(cells: list[NotebookNode], release: Release, found: Match) -> list[NotebookNode]:
    """Return cells of text that neither are released ones nor stand for one."""
    given = {words(cell.source) for cell in release.master.cells}
    given |= {words(text) for text in release.visible.values()}
    taken = {id(cell) for cell in found.cells.values()}
    texts = [c for c in cells if id(c) not in taken and _is_text(c)]
    return [c for c in texts if words(c.source) and words(c.source) not in given]


def _is_text(cell: NotebookNode) -> bool:
    """Whether a cell says something to a reader: comments alone, and what is no code, too."""
    if cell.cell_type != "code":
        return True
    if len(cell.source) > LONGEST_ANSWER:
        return False
    tree = parse(cell.source)
    return not tree.body if tree else _is_long(cell) and _is_prose(cell.source)


def _is_prose(text: str) -> bool:
    """Whether hardly a line is Python by itself, as most lines of broken code are."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return sum(parse(line) is not None for line in lines) <= PYTHON_IN_PROSE * len(lines)


def _is_long(cell: NotebookNode) -> bool:
    return len(cell.source.split()) >= FEW_WORDS


def _near(
    cells: list[NotebookNode], release: Release, found: Match, number: int
) -> list[NotebookNode]:
    """Return own texts between the released cells that were before and after an answer's."""
    master, places = release.master.cells, _places(cells, release, found)
    before = [places[n] for n in range(number) if n in places][-1:]
    after = [places[n] for n in range(number + 1, len(master)) if n in places][:1]
    known = found.cells.get(str(grade_id(master[number])))
    begin = before[0] if before else 0  # the question itself, too: it may hold the answer
    end = after[0] + 1 if after else len(cells)
    between = {id(cell) for cell in cells[begin:end]}
    if known is not None:  # it may have been moved
        at = next(n for n, cell in enumerate(cells) if cell is known)
        between |= {id(cell) for cell in cells[max(at - 1, 0) : at + 2]}
    return [cell for cell in _own(cells, release, found) if id(cell) in between]


def _places(cells: list[NotebookNode], release: Release, found: Match) -> dict[int, int]:
    """Return where released cells are now, by their number in the release."""
    by_id = {id(cell): n for n, cell in enumerate(cells)}
    by_text = {words(cell.source): n for n, cell in enumerate(cells)}
    by_name = {cell.id: n for n, cell in enumerate(cells)}
    places = {}
    for n, original in enumerate(release.master.cells):
        name = grade_id(original)
        if name is not None:
            place = by_id.get(id(found.cells.get(name)))
        else:
            place = by_text.get(words(original.source), by_name.get(original.id))
        if place is not None:
            places[n] = place
    return places


def _fill(
    cells: list[NotebookNode],
    found: Match,
    name: str,
    others: list[NotebookNode],
    *,
    keep: bool,
) -> str:
    """Let one cell hold what may be an answer; return the note."""
    known = found.cells.setdefault(name, others[0])
    numbers = [str(n) for n, cell in enumerate(cells, start=1) if any(cell is o for o in others)]
    source = "\n\n".join(cell.source for cell in others)
    pictures = {n: p for cell in others for n, p in cell.get("attachments", {}).items()}
    if keep and known is others[0]:  # its own place says what else it belongs to
        known = type(known)(known | {"metadata": {}})
        found.cells[name] = known
        cells.append(known)
    known.source = source
    if pictures:
        known.attachments = pictures
    if not keep:
        cells[:] = [c for c in cells if c is known or not any(c is other for other in others)]
    where = f"cell {', '.join(numbers)}"
    return f"the answer to {name!r} may be what stands in {where}: a person has to read it"
