"""Read an executed notebook: take the score out of it, and make it inert.

What people open, in formgrader, as feedback or handed back, is inert. What it was before is kept
beside, packed, so that no browser and no Jupyter shows it by a click: for whoever looks into an
attack, or misses an output. What was handed in is in ``work/submitted`` as it came.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import nbformat

from autograder.sanitize.notebook import make_inert
from autograder.scoring.predictions import ANSWERS, PROBED, Score
from autograder.submissions.cells import is_check
from helpers.capstone import SCORE_MIME
from helpers.files import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode


@dataclass(frozen=True)
class Executed:
    """An executed notebook, for people to open.

    Attributes
    ----------
    notebook : NotebookNode
        Inert, and without answers about held-out images.
    score : tuple of (str, Score), or None
        The cell that measured the score, and what it found; None without one.
    original : bytes or None
        The notebook's text as it was executed; None if it was inert.
    """

    notebook: NotebookNode
    score: tuple[str, Score] | None
    original: bytes | None = field(repr=False)


def read_executed(text: str) -> Executed:
    """Read a notebook that was run.

    Parameters
    ----------
    text : str
        The notebook, JSON.

    Returns
    -------
    Executed
    """
    nb = nbformat.reads(text, as_version=4)
    score = take_score(nb)
    executed = nbformat.writes(nb)
    make_inert(nb)
    inert = nbformat.writes(nb)
    return Executed(nb, score, None if inert == executed else executed.encode())


def keep_original(executed: Executed, path: Path) -> None:
    """Keep what a notebook was before it was made inert.

    Parameters
    ----------
    executed : Executed
        The notebook; if it was inert, what an earlier run left at `path` is removed.
    path : Path
        Where it goes, packed by gzip.
    """
    if executed.original is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(gzip.compress(executed.original, mtime=0))


def take_score(nb: NotebookNode) -> tuple[str, Score] | None:
    """Return the score on the held-out images and the cell that found it; None without one.

    Only a graded cell's own result counts: those cells ran where no student code did. What
    the student's function answered is taken out of the notebook, which may be handed back.
    """
    found = [
        (cell.metadata.nbgrader.grade_id, Score.from_mimebundle(output.data))
        for cell in filter(is_check, nb.cells)
        for output in cell.outputs
        if output.output_type == "execute_result" and SCORE_MIME in output.data
    ]
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            table = output.get("data", {}).get(SCORE_MIME)
            if isinstance(table, dict):  # a student's own output may hold anything there
                table.pop(ANSWERS, None)
                table.pop(PROBED, None)
    return found[0] if found else None
