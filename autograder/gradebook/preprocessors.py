"""Keep a warning from costing points.

nbgrader gives 0 to a graded cell that wrote anything to stderr, so one ``ConvergenceWarning``
from scikit-learn zeroes a right answer.
The text stays visible for feedback; only the stream changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade

if TYPE_CHECKING:
    from nbformat import NotebookNode


class WarningsToStdout(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Rename the stderr streams of graded code cells to stdout."""

    def preprocess_cell(
        self,
        cell: NotebookNode,
        resources: dict[str, Any],
        cell_index: int,  # noqa: ARG002  # as nbconvert's
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return ``cell`` with its stderr text on stdout, if it carries points."""
        if cell.cell_type == "code" and is_grade(cell):
            for output in cell.outputs:
                if output.output_type == "stream" and output.name == "stderr":
                    output.name = "stdout"
        return cell, resources
