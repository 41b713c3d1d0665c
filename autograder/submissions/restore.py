"""Put back what a submission lost or changed, before anything of it runs.

Graded and locked cells come from the release, with their hidden tests, whatever the student's
copy holds; deleted ones return to their place, and a second copy becomes an ordinary cell.
Answers count wherever they stand: their cells are recognised, and no stub comes below them.
Every repair is reported.
"""

from __future__ import annotations

import copy
import logging
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from nbformat.v4 import new_code_cell

from autograder.errors import UnreadableNotebookError
from autograder.submissions.added_code import added_code
from autograder.submissions.arrange import bring_forward, drop_stubs, drop_stubs_inside
from autograder.submissions.broken import tell_broken
from autograder.submissions.cells import grade_id, is_check
from autograder.submissions.code_in_text import take_out_code
from autograder.submissions.match import Match, answered, asked_names, exercises, match
from autograder.submissions.normalize import PARAMETER_TAGS
from autograder.submissions.parameters import place_parameters
from autograder.submissions.part_merged import part_merged
from autograder.submissions.reader import read_notebook
from autograder.submissions.rejoin import rejoin_pieces
from autograder.submissions.written import place_written

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

    from autograder.submissions.release import Release

logger = logging.getLogger(__name__)

MANY_CHARACTERS = 100_000
"""Of code; what tells 70,000 public images apart takes more, and no answer needs it."""

MOST_CHARACTERS = 2_000_000
"""Of code and text that is looked into; in longer notebooks, marks alone tell which cell is which.
Python parses about a million characters a second."""

SHOWN = 3
"""Most marks of another assignment that are told."""

MANY_LOST = 5
"""Most lost marks that are told one by one."""


@dataclass(frozen=True)
class Restored:
    """A notebook that is safe to run, and what was mended.

    Attributes
    ----------
    notebook : NotebookNode
        Student cells as submitted, all others as released.
    notes : tuple of str
        One line for each repair.
    """

    notebook: NotebookNode
    notes: tuple[str, ...]


def restore(path: Path, release: Release) -> Restored:
    """Read a submitted notebook and bring it back to the shape that was released.

    Parameters
    ----------
    path : Path
        The submitted file.
    release : Release
        What was handed out, with its hidden tests.

    Returns
    -------
    Restored

    Raises
    ------
    UnreadableNotebookError
        If the file holds no cell, two notebooks that differ, or another assignment's.
    """
    master = release.master
    reading = read_notebook(path)
    nb, notes = reading.notebook, list(reading.notes)
    short = sum(len(cell.source) for cell in nb.cells) <= MOST_CHARACTERS
    if short:
        notes += rejoin_pieces(nb.cells)
        notes += take_out_code(nb.cells, release)
        notes += drop_stubs_inside(nb.cells, asked_names(release))
        notes += part_merged(nb.cells, release)
    found = match(nb.cells, release, by_code=short)
    notes += _tell_copies(found)
    _require_exercise(nb.cells, release, found)
    notes += place_written(nb.cells, release, found)
    _restore_cells(nb, release, found, notes)
    _insert_missing(nb, release, notes)
    place_parameters(nb, master)
    if short:
        notes += bring_forward(nb.cells, asked_names(release))
        notes += drop_stubs(nb.cells, asked_names(release))
        notes += tell_broken(nb.cells, exercises(release))
    _part_ids(nb)
    notes += _data_in_code(nb)
    nb.metadata.kernelspec = copy.deepcopy(master.metadata.kernelspec)
    logger.debug("restored with %d notes", len(notes))
    return Restored(nb, tuple(notes))


def _require_exercise(cells: list[NotebookNode], release: Release, found: Match) -> None:
    """Refuse a notebook of something else, whose 0 would be told as any other.

    Some cells are the same in several assignments: imports, and a written answer of one name.
    """
    released = _by_name(release.master)
    own = sum(_is_exercise(released[name]) for name in found.cells)
    marks = {mark for cell in cells if _is_exercise(cell) and (mark := grade_id(cell))}
    others = sorted(marks - released.keys())
    if own == 0 or len(others) > own:
        problem = f"not this assignment's notebook: it holds {own} of its graded cells"
        more = f" and {len(others)} of another: {', '.join(others[:SHOWN])}" if others else ""
        raise UnreadableNotebookError(problem + more)


def _is_exercise(cell: NotebookNode) -> bool:
    """Whether a student answers in a cell, or earns points by it."""
    marks = cell.metadata.get("nbgrader", {})
    return bool(marks.get("grade") or marks.get("solution"))


def _by_name(nb: NotebookNode) -> dict[str, NotebookNode]:
    return {name: cell for cell in nb.cells if (name := grade_id(cell))}


def _tell_copies(found: Match) -> list[str]:
    """Tell of cells that stand for the same released one, and of marks that were lost."""
    copied = sorted(name for name, copies in found.copies.items() if copies)
    told = [f"cell copied: {', '.join(copied)}; one counts"] if copied else []
    if len(found.found) > MANY_LOST:
        return [*told, f"{len(found.found)} cells lost nbgrader's mark; they were recognised"]
    how = {"id": "its id", "text": "its text", "name": "what it defines"}
    return told + [
        f"cell {name!r} has no mark; it was recognised by {how[by]}"
        for name, by in found.found.items()
    ]


def _restore_cells(nb: NotebookNode, release: Release, found: Match, notes: list[str]) -> None:
    """Put released cells in the place of those that were matched, and unmark all others."""
    released, wanted = _by_name(release.master), asked_names(release)
    tests = tuple(release.visible[name] for name, cell in released.items() if is_check(cell))
    names = {id(cell): name for name, cell in found.cells.items()}
    cells: list[NotebookNode] = []
    for cell in nb.cells:
        name, mark = names.get(id(cell)), grade_id(cell)
        if name is None:
            if mark is not None and mark not in released and not _has_parameters(cell):
                notes.append(f"cell {mark!r} is not in the release; it carries no points")
            cell.metadata.pop("nbgrader", None)
            cells.append(cell)
        else:
            cells += _restored(cell, released[name], release.visible[name], wanted, tests, notes)
    nb.cells = cells


def _has_parameters(cell: NotebookNode) -> bool:
    """Whether it is the cell of parameters, which had a mark in earlier releases."""
    return bool({*cell.metadata.get("tags", ())} & PARAMETER_TAGS)


def _restored(
    cell: NotebookNode,
    original: NotebookNode,
    visible: str,
    wanted: frozenset[str],
    tests: tuple[str, ...],
    notes: list[str],
) -> list[NotebookNode]:
    """Return the released cell, with the student's text where an answer was asked for.

    What was added to a test runs before it; to another locked cell, after it, for that is where
    the names are that it was written beside.
    """
    name, whole = grade_id(original), copy.deepcopy(original)
    if not original.metadata.nbgrader.locked:
        if cell.cell_type != whole.cell_type:
            notes.append(f"cell {name!r} was made a {cell.cell_type} cell")
        whole.source = cell.source
        if whole.cell_type != "code" and "attachments" in cell:
            whole.attachments = cell.attachments
        return [whole]
    if cell.source in (visible, whole.source):
        return [whole]
    added = added_code(cell, whole, wanted, tests)
    test = is_check(original)
    kept = f"; what was added to it runs {'before' if test else 'after'} it" if added else ""
    notes.append(f"locked cell {name!r} was changed; the released one is back{kept}")
    own = [new_code_cell(added, id=cell.id)] if added else []
    return [*own, whole] if test else [whole, *own]


def _insert_missing(nb: NotebookNode, release: Release, notes: list[str]) -> None:
    """Put each deleted cell back before the one that followed it in the release.

    Cells that the student added after an exercise may belong to the answer, so a test comes
    back as late as the release allows. An exercise that is answered in the cell of another one
    comes back without a stub, which would overwrite the answer.
    """
    present = {name: cell for cell in nb.cells if (name := grade_id(cell))}
    wanted = exercises(release)
    following: NotebookNode | None = None
    for original in reversed(release.master.cells):
        name = grade_id(original)
        if name is None:
            continue
        if name not in present:
            present[name] = copy.deepcopy(original)
            where = _answering(nb, wanted.get(name, frozenset()))
            if where is None:
                notes.append(f"cell {name!r} was deleted; the released one is back")
            else:
                notes.append(f"cell {name!r} was deleted; its answer is in cell {where}")
                present[name].source = f"# answered in cell {where}"
            nb.cells.insert(_position(nb, following), present[name])
        following = present[name]


def _answering(nb: NotebookNode, names: frozenset[str]) -> int | None:
    """Return the number of the last cell that defines what an exercise asks for."""
    found = None
    for number, cell in enumerate(nb.cells, start=1):
        if answered(cell, names, stub=""):
            found = number
    return found


def _data_in_code(nb: NotebookNode) -> list[str]:
    """Tell code so long that it may hold data, such as the images that others were made of."""
    characters = sum(len(cell.source) for cell in nb.cells if cell.cell_type == "code")
    if characters <= MANY_CHARACTERS:
        return []
    return [f"{characters} characters of code, more than {MANY_CHARACTERS}: do they hold data?"]


def _part_ids(nb: NotebookNode) -> None:
    """Give each ordinary cell that bears a released cell's id one of its own."""
    taken = {cell.id for cell in nb.cells if grade_id(cell)}
    for cell in nb.cells:
        if grade_id(cell):
            continue
        if cell.id in taken:
            free = (f"student-{number}" for number in count())
            cell.id = next(name for name in free if name not in taken)
        taken.add(cell.id)


def _position(nb: NotebookNode, cell: NotebookNode | None) -> int:
    return next((n for n, other in enumerate(nb.cells) if other is cell), len(nb.cells))
