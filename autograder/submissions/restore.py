"""Put back what a submission lost or changed, before anything of it runs.

Graded and locked cells come from the release, with their hidden tests, whatever the student's
copy holds; deleted ones return to their place, and a second copy becomes an ordinary cell.
Every repair is reported.
The cell of parameters is the student's to edit, and not what grading goes by: the released one
comes after it, and papermill sets the parameters of a graded run after that.
"""

from __future__ import annotations

import copy
import logging
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode
from nbgrader.nbgraderformat import (
    MetadataValidator,
    SchemaTooNewError,
    SchemaTooOldError,
    ValidationError,
)
from nbgrader.preprocessors import ClearOutput, DeduplicateIds

from autograder.submissions.cells import grade_id
from autograder.submissions.normalize import PARAMETER_TAGS
from autograder.submissions.reader import read_notebook

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.submissions.release import Release

logger = logging.getLogger(__name__)

MANY_CHARACTERS = 100_000
"""Of code; what tells 70,000 public images apart takes more, and no answer needs it."""

_OTHER_SCHEMA = (SchemaTooOldError, SchemaTooNewError)


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
        If the file holds no cell, or two notebooks that differ.
    """
    master = release.master
    reading = read_notebook(path)
    nb, notes = reading.notebook, list(reading.notes)
    for cell in nb.cells:
        _mend_metadata(cell, _by_name(master))
    duplicates = _duplicates(nb)
    if duplicates:
        notes.append(f"cell copied: {', '.join(duplicates)}; the last one counts")
    _quiet(DeduplicateIds).preprocess(nb, {})
    _restore_cells(nb, release, notes)
    _insert_missing(nb, master, notes)
    _place_parameters(nb, master)
    _part_ids(nb)
    notes += _data_in_code(nb)
    ClearOutput().preprocess(nb, {})
    nb.metadata.kernelspec = copy.deepcopy(master.metadata.kernelspec)
    logger.debug("restored with %d notes", len(notes))
    return Restored(nb, tuple(notes))


def _by_name(nb: NotebookNode) -> dict[str, NotebookNode]:
    return {name: cell for cell in nb.cells if (name := grade_id(cell))}


def _mend_metadata(cell: NotebookNode, released: dict[str, NotebookNode]) -> None:
    """Drop nbgrader metadata that nbgrader itself would stumble over."""
    if "nbgrader" not in cell.metadata:
        return
    name = grade_id(cell)
    if name is None:
        del cell.metadata["nbgrader"]
        return
    if name in released and cell.metadata.nbgrader == released[name].metadata.nbgrader:
        return  # nbgrader checks its schema anew at each look, which takes milliseconds
    try:
        MetadataValidator().upgrade_cell_metadata(cell)
        MetadataValidator().validate_cell(cell)
    except (ValidationError, *_OTHER_SCHEMA, KeyError, TypeError, AttributeError):
        # the name is enough to find the cell of the release that it was
        cell.metadata["nbgrader"] = nbformat.from_dict(
            {"grade_id": name, "schema_version": 3, "locked": True, "grade": False}
            | {"solution": False, "task": False, "cell_type": cell.cell_type}
        )


def _duplicates(nb: NotebookNode) -> list[str]:
    names = [name for name in map(grade_id, nb.cells) if name]
    return sorted({name for name in names if names.count(name) > 1})


def _restore_cells(nb: NotebookNode, release: Release, notes: list[str]) -> None:
    released = _by_name(release.master)
    for index, cell in enumerate(nb.cells):
        name = grade_id(cell)
        if name is None:
            cell.metadata.pop("nbgrader", None)
        elif name not in released:
            if not _tags(cell):  # which had a name in earlier releases
                notes.append(f"cell {name!r} is not in the release; it carries no points")
            cell.metadata.pop("nbgrader", None)
        else:
            nb.cells[index] = _restored(cell, released[name], release.visible[name], notes)


def _restored(
    cell: NotebookNode, original: NotebookNode, visible: str, notes: list[str]
) -> NotebookNode:
    """Return the released cell, with the student's text where an answer was asked for."""
    name, whole = grade_id(original), copy.deepcopy(original)
    locked = original.metadata.nbgrader.locked
    if locked and cell.source not in (visible, whole.source):
        notes.append(f"locked cell {name!r} was changed; the released one is back")
    if not locked:
        if cell.cell_type != whole.cell_type:
            notes.append(f"cell {name!r} was made a {cell.cell_type} cell")
        whole.source = cell.source
    return whole


def _insert_missing(nb: NotebookNode, master: NotebookNode, notes: list[str]) -> None:
    """Put each deleted cell back before the one that followed it in the release.

    Cells that the student added after an exercise may belong to the answer, so a test comes
    back as late as the release allows.
    """
    present = {name: cell for cell in nb.cells if (name := grade_id(cell))}
    following: NotebookNode | None = None
    for original in reversed(master.cells):
        name = grade_id(original)
        if name is None:
            continue
        if name not in present:
            notes.append(f"cell {name!r} was deleted; the released one is back")
            present[name] = copy.deepcopy(original)
            nb.cells.insert(_position(nb, following), present[name])
        following = present[name]


def _place_parameters(nb: NotebookNode, master: NotebookNode) -> None:
    """Put the released cell of parameters before the cell that follows it in the release.

    Wherever the student's own went, and whatever it or a copy of it sets, papermill's parameters
    then come last. Nothing is noted, because that cell is there to be edited.
    """
    tagged = (n for n, cell in enumerate(master.cells) if "parameters" in _tags(cell))
    place = next((n for n in tagged if grade_id(master.cells[n]) is None), None)
    if place is None:
        return
    released = master.cells[place]
    nb.cells = [c for c in nb.cells if not (_tags(c) and c.source == released.source)]
    for cell in nb.cells:
        if _tags(cell):
            cell.metadata.tags = [tag for tag in cell.metadata.tags if tag not in PARAMETER_TAGS]
    names = (name for cell in master.cells[place:] if (name := grade_id(cell)))
    present = _by_name(nb)
    following = present.get(next(names, ""))
    nb.cells.insert(_position(nb, following) if following else 0, copy.deepcopy(released))


def _tags(cell: NotebookNode) -> set[str]:
    return {*cell.metadata.get("tags", ())} & PARAMETER_TAGS


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


def _quiet(kind: type[DeduplicateIds]) -> DeduplicateIds:
    preprocessor = kind()
    preprocessor.log.setLevel(logging.ERROR)  # what it would warn of stands in the notes
    return preprocessor
