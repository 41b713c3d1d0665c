"""Write assignment 03 in otter's format, as its page *Notebook Format* has it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nbformat.v4 import new_raw_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbformat import NotebookNode

_STUB = re.compile(r"(?m)^( *### END SOLUTION)\n *raise NotImplementedError\(.*\)$")


def write_master(solved: NotebookNode, files: Sequence[str]) -> NotebookNode:
    """Turn an executed solution, marked for nbgrader, into what `otter assign` reads.

    Parameters
    ----------
    solved : NotebookNode
        The solution; it is changed.
    files : sequence of str
        Names of what students get beside the notebook.

    Returns
    -------
    NotebookNode
        Each exercise is a question, its visible check a test, and the hidden one a hidden test.
        What a person reads stays as it is: nothing checks it.
    """
    listed = "\n".join(f"    - {name}" for name in files)
    solved.cells = [
        new_raw_cell(f"# ASSIGNMENT CONFIG\nfiles:\n{listed}"),
        *_questions(solved.cells),
    ]
    return solved


def _questions(cells: Sequence[NotebookNode]) -> Iterator[NotebookNode]:
    begun = ""
    for cell in cells:
        role = cell.metadata.get("nbgrader", {})
        tests = bool(role.get("grade")) and cell.cell_type == "code"
        if begun == "tests" and not tests:
            yield from map(new_raw_cell, ("# END TESTS", "# END QUESTION"))
            begun = ""
        elif begun == "solution" and not tests:
            yield new_raw_cell("# END QUESTION")
            begun = ""
        if role.get("solution") and cell.cell_type == "code":
            yield from map(
                new_raw_cell, (f"# BEGIN QUESTION\nname: {_name(role)}", "# BEGIN SOLUTION")
            )
            cell.source = _otter_marks(cell.source)
            yield cell
            yield new_raw_cell("# END SOLUTION")
            begun = "solution"
        elif tests and begun:
            if begun == "solution":
                yield new_raw_cell("# BEGIN TESTS")
            begun = "tests"
            cell.source = _test(cell.source)
            yield cell
        else:
            yield cell


def _name(role: dict[str, str]) -> str:
    return role["grade_id"].replace("-", "_")


def _otter_marks(source: str) -> str:
    """Mark the answer as otter does, which puts an ellipsis in its place."""
    return _STUB.sub(r"\1", source).replace("### BEGIN", "# BEGIN").replace("### END", "# END")


def _test(source: str) -> str:
    """Make a hidden check a hidden test; otter hides whole cells."""
    hidden = "### BEGIN HIDDEN" in source
    lines = [line for line in source.splitlines() if not line.startswith("###")]
    return "\n".join(["# HIDDEN", *lines] if hidden else lines)
