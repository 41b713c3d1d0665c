"""A class of attackers between two honest students, on the small course of `course.py`.

Every ``.py.txt`` beside this file is a notebook as a percent script, and text to all tools, so that
nothing imports or collects it. A cell's title says which cell of the submission it takes the place
of; keys behind it change the cell's nbgrader metadata. What is not replaced is a wrong answer, so a
point more than `HONEST` is a point that an attack has won. An attack that gets hold of something
prints a line that starts with ``STOLEN``.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jupytext
import numpy as np

from autograder.holdout.perturb import warp
from helpers.data import load_sample
from tests.support.course import hand_in, hold_out, submission

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbformat import NotebookNode

FOLDER = Path(__file__).resolve().parent
NEIGHBOURS = ("s00", "s99")  # one is graded before all attackers, one after them
HONEST = {"test-double": 0.0, "accuracy": 0.44}
"""Points of each graded cell for a wrong function and an accuracy of 19 in 250."""
NEIGHBOURLY = {"test-double": 4.0, "accuracy": 0.44}
MARK = "STOLEN"
WRONG = "def double(x):\n    return 0"


@dataclass(frozen=True)
class Attack:
    """One way to get points without the work.

    Parameters
    ----------
    name : str
        Name of its file.
    about : str
        What it does, one sentence.
    on_stock : bool
        Whether stock nbgrader may run it: bombs would take the machine down.
    notebook : NotebookNode
        The submission.
    """

    name: str
    about: str
    on_stock: bool
    notebook: NotebookNode


def read_attacks() -> list[Attack]:
    """Read all attacks, sorted by name."""
    return [_read(path) for path in sorted(FOLDER.glob("*.py.txt"))]


def _read(path: Path) -> Attack:
    about, *cells = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent").cells
    nb = submission(double=WRONG)
    for cell in cells:
        keys = dict(cell.metadata)
        keys.pop("lines_to_next_cell", None)  # jupytext's own
        _replace(nb, keys.pop("title"), cell.source, keys)
    return Attack(
        path.name.removesuffix(".py.txt"), about.source, about.metadata.get("stock", True), nb
    )


def _replace(nb: NotebookNode, grade_id: str, source: str, keys: dict[str, Any]) -> None:
    at = [c.metadata.get("nbgrader", {}).get("grade_id") for c in nb.cells]
    if grade_id not in at:  # a cell that the author never wrote
        added = copy.deepcopy(nb.cells[at.index("test-double")])
        added.metadata.nbgrader.grade_id, added.id = grade_id, grade_id
        nb.cells.append(added)
        at.append(grade_id)
    if keys.pop("delete", False):
        del nb.cells[at.index(grade_id)]
        return
    cell = nb.cells[at.index(grade_id)]
    if keys.pop("twice", False):
        second = copy.deepcopy(cell)
        second.id = "twice"
        nb.cells.insert(at.index(grade_id) + 1, second)
    cell.source = source
    cell.metadata.nbgrader.update(keys)


def warp_held_out(course: Path) -> None:
    """Warp the held-out images, as `autograder holdout` does and a stock grader does not."""
    images = warp(load_sample()[2], np.random.default_rng(0))
    hold_out(course, images=images)


def hand_in_class(course: Path, attacks: Iterable[Attack]) -> list[str]:
    """Write the class's submissions into ``<course>/in``; return the students in order."""
    for neighbour in NEIGHBOURS:
        hand_in(course, neighbour, submission())
    named = {attack.name: attack.notebook for attack in attacks}
    for name, notebook in named.items():
        hand_in(course, name, notebook)
    first, last = NEIGHBOURS
    return [first, *named, last]


def stolen(nb: NotebookNode) -> list[str]:
    """Return what the outputs of an executed notebook say has been taken."""
    outputs = [o for c in nb.cells if c.cell_type == "code" for o in c.outputs]
    lines = "".join(o.get("text", "") for o in outputs).splitlines()
    return sorted({line.partition(": ")[2] for line in lines if line.startswith(MARK)})
