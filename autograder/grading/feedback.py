"""Let ``nbgrader generate_feedback`` say the final mark that the report says.

nbgrader's feedback adds up the points of cells, and a student takes the sum for the mark. Where
the grade by tiers is final, it is not; where all points count, the class's ranking is not in what
the cell said when it ran. Three ways were possible:

- Change the points alone, so that their sum is the final mark. Where the grade is final, points
  that somebody earned would have to vanish.
- Leave the points alone and add the final mark beside them. Where all points count, one page
  would then show a sum and a share that contradict each other.
- What is done: points are what they are called. Where all points count, the cell that measures
  the score earns its share by grade, the ranking included, in the gradebook itself
  (`autograder.gradebook.store.record_capstones`), so the sum and the final mark agree in
  formgrader, here and in the export. Where the grade is final, points stay as earned, and the
  page says first that they do not decide.

Either way the page begins with the final mark and the rule, from the class's last standing, which
the report was made from, too. ``nbgrader_config.py`` puts this step behind nbgrader's own.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Dict

from autograder.grading.standing import ClassStanding, read_standing, same_points
from autograder.reporting.marks import NO_MARK, explain, headline
from autograder.reporting.tables import format_points

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from autograder.scoring.standing import GradeRow

_NO_PLACE = "You were not in the class when it was last graded."

_EARLIER = "The points below are of an earlier run."


class FinalMark(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Begin a feedback page with the final mark. Runs after nbgrader's ``GetGrades``."""

    standings = Dict(help="what was read of the evidence, for one page after the other")

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Put the mark into the page's heading, and a cell that explains it before the others.

        A notebook that only nbgrader graded stays as it is.
        """
        page = resources["nbgrader"]
        standing = self._read(page["db_url"], page["assignment"])
        if standing is None:
            return nb, resources
        row = standing.rows.get(page["student"])
        if row is None:
            self.log.warning("%s is not in the class's last standing", page["student"])
            told, sentences = NO_MARK, [_NO_PLACE, _EARLIER]
        else:
            told = headline(row)
            sentences = [*explain(row, standing.tiers), *_of_points(row, page)]
        nb.cells.insert(0, _cell(nb, told, sentences))
        # the template shows this name as its heading, beside the sum of points
        page["notebook"] = f"{page['notebook']}: {told}"
        return nb, resources

    def _read(self, db_url: str, assignment: str) -> ClassStanding | None:
        key = f"{db_url} {assignment}"
        if key not in self.standings:
            self.standings[key] = read_standing(db_url, assignment)
        standing: ClassStanding | None = self.standings[key]
        return standing


def _of_points(row: GradeRow, page: dict[str, Any]) -> list[str]:
    """Say so if the page's points are not those that the class was graded with."""
    if not row.outcome.graded:
        return [_EARLIER]
    points = page["score"] + page["late_penalty"]
    if same_points(row.points, points):
        return []
    now = format_points(points)
    return [f"Points were changed since: they are {now} now, and the final mark does not know it."]


def _cell(nb: NotebookNode, told: str, sentences: list[str]) -> NotebookNode:
    text = "\n\n".join(html.escape(sentence, quote=False) for sentence in sentences)
    cell: NotebookNode = new_markdown_cell(f"## {told.capitalize()}\n\n{text}", id="final-mark")
    if (nb.nbformat, nb.nbformat_minor) < (4, 5):  # they know no ids of cells
        del cell["id"]
    return cell
