"""A small notebook with an exercise of each kind, whose whole run takes two seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from helpers.capstone import SCORE_MIME
from tests.support.course import marked

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

EXPLAINED = "from helpers.exercises import explain_open_exercises\n\nexplain_open_exercises()"

STUB = "# YOUR CODE HERE\n    raise NotImplementedError('halve: divide by 2')"

PASSED = "from helpers.exercises import passed\n"

SCORED = f"""from IPython.display import display
score = {{"metric": "accuracy", "measured": {{"score": "9699/10000"}}, "tier": "above 96"}}
score |= {{"points": 40.0, "max_points": 40.0}}
display({{"text/plain": "40.0", {SCORE_MIME!r}: score}}, raw=True)"""


def answer(name: str, source: str, **flags: object) -> NotebookNode:
    """Return the cell of an exercise."""
    return new_code_cell(source, id=name, metadata=marked(name, solution=True, **flags))


def checked(name: str, source: str, points: float) -> NotebookNode:
    """Return a cell that checks one."""
    marks = marked(name, grade=True, locked=True, points=points)
    return new_code_cell(source, id=name, metadata=marks)


def small_notebook() -> NotebookNode:
    """Return a notebook as a student may hand it in half done."""
    written = marked("why", grade=True, solution=True, points=5)
    cells = [
        new_markdown_cell("# 09 Small numbers", id="title"),
        new_code_cell(EXPLAINED, id="imports"),
        new_code_cell("quick = False", id="switch", metadata={"tags": ["parameters"]}),
        answer("double", "def double(x):\n    return 2 * x"),
        checked("check-double", f"{PASSED}assert double(2) == 4\npassed('double', 2, hidden=3)", 2),
        checked("check-double-more", '"""More of it."""\n# Hidden tests run here.', 3),
        answer("add-one", "def add_one(x):\n    return x"),
        checked("check-add-one", "assert add_one(1) == 2, '1 and 1 are 2'", 4),
        answer("halve", f"def halve(x):\n    {STUB}"),
        checked("check-halve", "assert halve(2) == 1", 4),
        new_code_cell("halves = [halve(n) for n in (2, 4)]", id="use"),
        new_code_cell("lost = 1 / 0", id="broken"),
        new_markdown_cell("Because 2 is even.", id="why", metadata=written),
        answer("predict", "def predict(images):\n    return images"),
        checked("check-accuracy", SCORED, 40),
    ]
    return new_notebook(cells=cells)


def write_small(folder: Path, notebook: NotebookNode | None = None) -> Path:
    """Write it, as its own assignment, and return its path."""
    path = folder / "09_small" / "09_small.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook or small_notebook(), path)
    return path
