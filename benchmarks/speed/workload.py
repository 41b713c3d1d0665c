"""Make a course of short assignments, and classes of submissions, to measure graders by.

The mix: of ten submissions six are right, in three styles; the others have a warning on stderr, a
wrong answer, an error, and an unfinished function. They alternate, so that small classes have both.
"""

from __future__ import annotations

import shutil
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode

from autograder.authoring.build import build
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

ASSIGNMENTS = Path(__file__).resolve().parent / "assignments"

RIGHT = {
    "as it is": "return {value} / 16",
    "by multiplying": "return {value} * 0.0625",
    "as float32": "return np.asarray({value}, np.float32) / np.float32(16)",
}
WRONG = {
    "warns": 'import warnings\n    warnings.warn("slow")\n    return {value} / 16',
    "divides by 15": "return {value} / 15",
    "fails": "return undefined_name",
    "is unfinished": 'raise NotImplementedError("scale: return the images divided by 16")',
}


def make_course(folder: Path, assignment: str) -> None:
    """Build one of `ASSIGNMENTS` in a course folder of its own."""
    source = folder / "solutions" / assignment
    source.parent.mkdir(parents=True)
    shutil.copytree(ASSIGNMENTS / assignment, source)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    with (folder / "nbgrader_config.py").open("a") as config:
        config.write('\nc.Execute.kernel_name = "python3"  # as stock nbgrader runs by itself\n')
    build(folder, [assignment])


def make_class(course: Path, assignment: str, size: int) -> Path:
    """Write ``size`` submissions in nbgrader's layout and return their folder."""
    submitted = course / f"submitted-{size}"
    for number, body in zip(range(size), _bodies(), strict=False):
        nb = _answered(course, assignment)
        cell = _cell(nb, "scale")
        cell.source = f"def scale(images):\n    {body.format(value='images')}"
        target = submitted / f"s{number + 1:03}" / assignment / f"{assignment}.ipynb"
        target.parent.mkdir(parents=True)
        nbformat.write(nb, target)
    return submitted


def _bodies() -> Iterator[str]:
    while True:
        for pair in zip_longest((*RIGHT.values(), *RIGHT.values()), WRONG.values()):
            yield from filter(None, pair)


def _answered(course: Path, assignment: str) -> NotebookNode:
    """Return the released notebook with the author's answers."""
    released = nbformat.read(course / "notebooks" / assignment / f"{assignment}.ipynb", 4)
    solution = nbformat.read(course / "solutions" / assignment / f"{assignment}.ipynb", 4)
    for cell in solution.cells:
        metadata = cell.metadata.get("nbgrader", {})
        if metadata.get("solution"):
            _cell(released, metadata["grade_id"]).source = cell.source
    return released


def _cell(nb: NotebookNode, grade_id: str) -> NotebookNode:
    return next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)
