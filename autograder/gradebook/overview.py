"""See at once what the gradebook holds of a whole class, by two queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbgrader.api import Assignment, BaseCell, Grade, SubmittedAssignment, SubmittedNotebook

if TYPE_CHECKING:
    from datetime import datetime

    from nbgrader.api import Gradebook


@dataclass
class SubmissionOverview:
    """What the gradebook holds of one submission.

    Attributes
    ----------
    points : dict of str to float
        Of each cell, a person's included.
    given : set of str
        Cells that a person gave points.
    unread : set of str
        Cells whose answer waits for a person.
    timestamp, due : datetime or None
        When it was handed in, and when it was due with its extension; both in UTC.
    """

    points: dict[str, float] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    timestamp: datetime | None = None
    due: datetime | None = None


def overview(gradebook: Gradebook, assignment: str) -> dict[str, SubmissionOverview]:
    """Return what the gradebook holds of each submission of an assignment, by student."""
    query = gradebook.db.query(SubmittedAssignment.student_id, SubmittedAssignment)
    query = query.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    found = {
        student: SubmissionOverview(timestamp=one.timestamp, due=one.duedate)
        for student, one in query.filter(Assignment.name == assignment)
    }
    grades = gradebook.db.query(
        SubmittedAssignment.student_id,
        BaseCell.name,
        Grade.auto_score,
        Grade.manual_score,
        Grade.extra_credit,
        Grade.needs_manual_grade,
    )
    grades = grades.join(
        SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id
    )
    grades = grades.join(Grade, Grade.notebook_id == SubmittedNotebook.id)
    grades = grades.join(BaseCell, BaseCell.id == Grade.cell_id)
    grades = grades.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    for student, cell, auto, manual, extra, waits in grades.filter(Assignment.name == assignment):
        one = found[student]
        one.points[cell] = float((auto if manual is None else manual) or 0) + float(extra or 0)
        if manual is not None or extra is not None:
            one.given.add(cell)
        if waits and manual is None:
            one.unread.add(cell)
    return found
