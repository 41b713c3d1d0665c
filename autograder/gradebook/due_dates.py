"""When an assignment is due, by nbgrader's database, and how late a submission is for that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from nbgrader.api import MissingEntry

from autograder.gradebook.store import open_gradebook

if TYPE_CHECKING:
    from nbgrader.api import SubmittedAssignment

    from autograder.workdir import WorkDir


def due_date(assignment: str, work: WorkDir) -> datetime | None:
    """Return when an assignment is due, in UTC; None if it has no due date."""
    with open_gradebook(work) as gradebook:
        try:
            due: datetime | None = gradebook.find_assignment(assignment).duedate
        except MissingEntry:
            return None
    return None if due is None else due.replace(tzinfo=UTC)


def set_extension(submission: SubmittedAssignment, until: datetime | None) -> None:
    """Let a submission be due at a time of its own, in UTC; None for when it is for all."""
    due = submission.assignment.duedate
    naive = None if until is None else until.astimezone(UTC).replace(tzinfo=None)
    submission.extension = None if naive is None or due is None else naive - due


def time_late(timestamp: str | None, due: datetime | None) -> timedelta | None:
    """Return how long after it was due something was handed in; None if it was in time.

    Parameters
    ----------
    timestamp : str or None
        As nbgrader writes it, in UTC; None if that is not known.
    due : datetime or None
        In UTC.

    Returns
    -------
    timedelta or None

    Examples
    --------
    >>> str(time_late("2026-03-02 01:30:00 UTC", datetime(2026, 3, 2, tzinfo=UTC)))
    '1:30:00'
    """
    if timestamp is None or due is None:
        return None
    late = datetime.fromisoformat(timestamp.removesuffix(" UTC")).replace(tzinfo=UTC) - due
    return late if late > timedelta() else None
