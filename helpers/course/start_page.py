"""Make the start page, a notebook: the way through the course, how far one is, how to hand in.

It is not released as nbgrader releases assignments, since it is none: nothing in it is graded, and
a folder of its own would be a sixth assignment to nbgrader. So it is made here, for a handout and
by ``course lab``; what a student wrote into an earlier one stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.course.install import SETUP
from helpers.course.status import read_status, to_markdown
from helpers.files import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

START_FILE = "start.ipynb"
"""Name of the start page, in the folder of the notebooks."""

STATUS_CELL = "status"
"""Identifier of the cell that shows how far one is."""

WELCOME = """\
# Handwritten digits: start here

Five notebooks, from the bytes of a file to a network that names what it never saw. Each stands on
its own; the order below is the one in which they build on each other. You need Python with
functions, loops and a little numpy. All else is explained where it is needed.

The table says what is done as far as your notebooks themselves tell: an exercise counts once its
own check has passed and the notebook is saved. Run the cell (Shift-Enter) to see it anew."""
"""Text above the table."""

HOW = """\
## How to work

- Cells with `# YOUR CODE HERE` are yours. The cell below each checks your answer, and says what is
  missing.
- **Save** (Ctrl-S), then put `%check` into a cell of its own, or `%check flatten` for one exercise.
  It runs the notebook as it is saved, from top to bottom, in the background: you can go on
  working. It says which exercises pass, which are open, and what the run took of its limits.
- Stuck? `%hint flatten` says what the check says, asked once more it gives a nudge, and then where
  to read. Ask as often as you like: nobody counts.
- In a terminal `course check 03_svc` does the same, and `course status` prints the table above.

## How to hand in

- `%submit s05` in the notebook, or `course submit 03_svc --student s05` in a terminal, with your
  own name in the course for `s05`. It checks once more, says what is missing, and writes the file
  to hand in, with a receipt, into the folder `handed-in`.
- Upload that file where your course wants it; with nbgrader `course submit 03_svc --student s05
  --exchange` sends it.
- Hidden checks on other data decide when your work is graded. What comes back opens by
  `course feedback 03_svc`.

## If something is in the way

- *A check says "still open" though you wrote an answer*: take the line with
  `raise NotImplementedError` out.
- *A corrected notebook was handed out*: `course lab` never overwrites yours. Put the new one into
  another folder and copy your cells over.
- *A file has to be downloaded* the first time: about 12 MB for 02 to 04, 30 MB more for 05."""
"""Text below the table."""

_STATUS = """\
from helpers.course.magics import show_status

show_status()"""


def write_start(folder: Path) -> Path:
    """Write the start page into a student's folder; of an earlier one only the table changes.

    Parameters
    ----------
    folder : Path
        Of the notebooks.

    Returns
    -------
    Path
        Of the page.
    """
    path = folder / START_FILE
    page = _earlier(path) or make_start()
    for cell in page.cells:
        if cell.get("id") == STATUS_CELL and cell.cell_type == "code":
            table = {"text/markdown": to_markdown(read_status(folder)), "text/plain": ""}
            cell.outputs = [new_output("display_data", data=table)]
    with replacing(path) as file:
        file.write((nbformat.writes(page) + "\n").encode())
    return path


def make_start() -> NotebookNode:
    """Return the start page without a table yet."""
    kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    cells = [
        new_markdown_cell(WELCOME, id="welcome"),
        new_code_cell(SETUP, id="setup"),
        new_code_cell(_STATUS, id=STATUS_CELL),
        new_markdown_cell(HOW, id="how"),
    ]
    page: NotebookNode = new_notebook(cells=cells, metadata={"kernelspec": kernelspec})
    return page


def _earlier(path: Path) -> NotebookNode | None:
    try:
        page: NotebookNode = nbformat.read(path, as_version=4)
    except Exception:  # noqa: BLE001  # none yet, or one that cannot be read: it is made anew
        return None
    return page
