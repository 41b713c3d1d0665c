"""Write assignment 03 in otter's format, as its page *Notebook Format* has it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from nbformat import NotebookNode
from nbformat.v4 import new_raw_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
            yield from _tests(cell)
        else:
            yield cell


def _name(role: dict[str, str]) -> str:
    return role["grade_id"].replace("-", "_")


def _otter_marks(source: str) -> str:
    """Mark the answer as otter does, which puts an ellipsis in its place."""
    return _STUB.sub(r"\1", source).replace("### BEGIN", "# BEGIN").replace("### END", "# END")


def _tests(cell: NotebookNode) -> Iterator[NotebookNode]:
    """Make a check a test, a hidden one a hidden test; otter hides whole cells.

    What a cell prints is expected at its very end, so a cell with both is made two.
    """
    visible, mark, hidden = cell.source.partition("### BEGIN HIDDEN TESTS\n")
    if "passed(" in visible or not mark:
        yield NotebookNode(cell | {"source": _silent(visible)})
    if mark:
        lines = [line for line in visible.splitlines() if not line.startswith("passed(")]
        source = "# HIDDEN\n" + _silent("\n".join([*lines, hidden]))
        yield NotebookNode(cell | {"source": source, "outputs": [], "id": f"{cell.id}-hidden"})


class _Keep(ast.NodeTransformer):
    """Gives each bare expression a name: a doctest would echo its value."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return ast.Assign([ast.Name("_", ast.Store())], node.value)


def _silent(source: str) -> str:
    return ast.unparse(ast.fix_missing_locations(_Keep().visit(ast.parse(source))))
