"""Let ``nbgrader export`` say the marks that the report says.

nbgrader's own table has sums of points. A final mark needs more than these: the tier that a score
lies in, the ranking of the class above the last band, and the rule of `autograder.scoring.final`.
All three stand in the evidence, as the class's last standing, which the report was made from, too.
So what is added here is read there and not computed a second time.

``nbgrader_config.py`` names this plug-in; it adds columns at the end of nbgrader's own.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student, SubmittedAssignment
from nbgrader.plugins import ExportPlugin

from autograder.grading.standing import ClassStanding, read_standing, same_points
from autograder.reporting.tables import escape_formula, strip_controls
from helpers.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograder.scoring.standing import GradeRow

NBGRADER = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)
"""Columns of nbgrader's own table, in its order."""

ADDED = ("tier", "grade", "rank", "final")
"""Columns that follow; empty for who has no place in the class's last standing."""


class FinalExportPlugin(ExportPlugin):  # type: ignore[misc]  # nbgrader has no types
    """Nbgrader's table of scores, and behind it how the class stands.

    Who is not graded has empty scores and no final mark, as in the report, and not nbgrader's
    zero; and stands in the table even if the gradebook never heard of them. Who has left the
    class, so that the report does not show them, is not in this table either.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write the table to `to`, by default ``grades.csv``."""
        target = Path(self.to or "grades.csv")
        text = io.StringIO()
        writer = csv.DictWriter(text, (*NBGRADER, *ADDED), lineterminator="\n")
        writer.writeheader()
        for assignment in gradebook.assignments:
            if not self.assignment or assignment.name in map(str, self.assignment):
                writer.writerows(map(_cells, self._lines(gradebook, assignment)))
        self.log.info("Exporting grades to %s", target)
        with replacing(target) as file:
            file.write(text.getvalue().encode())

    def _lines(self, gradebook: Gradebook, assignment: Assignment) -> Iterator[dict[str, Any]]:
        standing = read_standing(str(gradebook.engine.url), assignment.name)
        rows = {} if standing is None else standing.rows
        known = {student.id: student for student in gradebook.students}
        chosen = {str(student) for student in self.student} or {*known, *rows}
        found = {name: _submission(gradebook, assignment.name, name) for name in sorted(chosen)}
        if standing is not None:
            self._warn(assignment.name, standing, found)
        absent = frozenset[str]() if standing is None else standing.absent
        for name, submission in found.items():
            if name not in absent and (name in known or name in rows):
                about = _of_student(name, known.get(name)) | _of_assignment(assignment)
                yield about | _scores(submission, rows.get(name)) | _place(rows.get(name))

    def _warn(
        self,
        assignment: str,
        standing: ClassStanding,
        submissions: dict[str, SubmittedAssignment | None],
    ) -> None:
        """Name those whose final mark does not follow from what the gradebook has by now."""
        for notice in standing.notices:
            self.log.warning("%s: %s", assignment, notice)
        entered = {name: found for name, found in submissions.items() if found is not None}
        absent = [name for name in submissions if name in standing.absent]
        if absent:
            self.log.warning(
                "%s: left out are %s, who were not in the class when it was last graded; "
                "to bring them in, grade a folder that everybody is in",
                *(assignment, _names(absent)),
            )
        others = [name for name in entered if name not in standing.rows and name not in absent]
        if others:
            self.log.warning(
                "%s: no final mark for %s, whom only nbgrader has graded",
                *(assignment, _names(others)),
            )
        moved = [
            name
            for name, row in standing.rows.items()
            if name in entered
            and row.outcome.graded
            and not same_points(row.points, entered[name].score)
        ]
        if moved:
            self.log.warning(
                "%s: points of %s were changed since the class was graded; "
                "grade it again for final marks that hold them",
                *(assignment, _names(moved)),
            )


def _submission(gradebook: Gradebook, assignment: str, student: str) -> SubmittedAssignment | None:
    try:
        return gradebook.find_submission(assignment, student)
    except MissingEntry:
        return None


def _of_student(name: str, student: Student | None) -> dict[str, Any]:
    names = ("last_name", "first_name", "email")
    return {"student_id": name} | {key: getattr(student, key, None) for key in names}


def _of_assignment(assignment: Assignment) -> dict[str, Any]:
    facts = {"assignment": assignment.name, "duedate": assignment.duedate}
    return facts | {"max_score": assignment.max_score}


def _scores(submission: SubmittedAssignment | None, row: GradeRow | None) -> dict[str, Any]:
    """Points as the gradebook has them; as in nbgrader's own table, 0 where nothing came."""
    if row is not None and not row.outcome.graded:
        return {}
    if submission is None:
        return dict.fromkeys(("raw_score", "late_submission_penalty", "score"), 0.0)
    penalty = submission.late_submission_penalty
    return {
        "timestamp": submission.timestamp,
        "raw_score": submission.score,
        "late_submission_penalty": penalty,
        "score": max(0.0, submission.score - (penalty or 0.0)),
    }


def _place(row: GradeRow | None) -> dict[str, Any]:
    return {name: getattr(row, name, None) for name in ADDED}


def _cells(line: dict[str, Any]) -> dict[str, str]:
    """Write what is there; names come from students, and no spreadsheet shall run them."""
    told = {name: _text(value) for name, value in line.items()}
    texts = ("student_id", "last_name", "first_name", "email", "tier")
    return told | {name: escape_formula(strip_controls(told[name])) for name in texts}


def _text(value: object) -> str:
    if isinstance(value, float):
        return str(round(value, 9))  # a sum's noise is no points
    return "" if value is None else str(value)


def _names(students: list[str]) -> str:
    return ", ".join(map(strip_controls, students))
