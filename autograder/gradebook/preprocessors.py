"""Steps of nbgrader's own commands that the course adds; ``nbgrader_config.py`` names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade

if TYPE_CHECKING:
    from nbformat import NotebookNode


class WarningsToStdout(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Rename the stderr streams of graded code cells to stdout.

    nbgrader gives 0 to a graded cell that wrote anything to stderr, so one ``ConvergenceWarning``
    from scikit-learn zeroes a right answer. The text stays visible for feedback.
    """

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


MATHJAX = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.7/"
"""Where nbconvert's templates load MathJax from, which sets formulas."""

FEEDBACK_POLICY = (
    # MathJax evaluates its own configuration
    f"default-src 'none'; script-src 'unsafe-eval' {MATHJAX}; font-src {MATHJAX}; img-src data:; "
    "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
)
"""What a feedback page may run and fetch: MathJax, and nothing of a submission."""


class ContentPolicy(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Put a content security policy into a feedback page. Runs after ``CSSHTMLHeader``.

    A file has no header of a server's. nbgrader's template has one place in its head that settings
    fill, style sheets, so the policy ends one and begins the next.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook as it is, and the policy among the page's resources."""
        meta = f'<meta http-equiv="Content-Security-Policy" content="{FEEDBACK_POLICY}">'
        sheets = resources.setdefault("inlining", {}).setdefault("css", [])
        sheets.insert(0, f"</style>\n{meta}\n<style>")
        return nb, resources
