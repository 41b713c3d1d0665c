"""Say who may get an extension, what is missing for one, and what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from nbgrader.api import Student

from autograder.evidence.runs import complete_run, last_submissions, runs
from autograder.gradebook.overview import overview
from autograder.gradebook.store import open_gradebook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from autograder.assignment import Assignment
    from autograder.evidence.hashchain import Entry
    from autograder.workdir import WorkDir


@dataclass(frozen=True)
class Arrival:
    """When a student's submission came, and how late that is.

    Attributes
    ----------
    graded : bool
        Whether one is on record.
    timed : bool
        Whether it is known when it was handed in.
    late : str
        How late it is and what that costs; empty if it is not.
    """

    graded: bool = False
    timed: bool = False
    late: str = ""


def known_students(entries: Sequence[Entry], work: WorkDir) -> frozenset[str]:
    """Return who may hand in: the class, the roster of its last run, and the gradebook's students.

    Parameters
    ----------
    entries : sequence of Entry
        All of the log.
    work : WorkDir
        Folder that the grader writes to.

    Returns
    -------
    frozenset of str
        Empty as long as no class was graded: then nobody is known yet.
    """
    whole = complete_run(entries)
    if whole is None:
        return frozenset()
    listed = runs(entries)[-1].entry.body.get("roster") or {}  # 0.2 knew no roster
    return whole.students | frozenset(listed.get("students", ())) | _entered(work)


def _entered(work: WorkDir) -> frozenset[str]:
    """Return whom a roster of `collect`, or a person, entered into the gradebook."""
    if not work.has_gradebook:
        return frozenset()
    with open_gradebook(work) as gradebook:
        return frozenset(name for (name,) in gradebook.db.query(Student.id))


def due_advice(assignment: str, work: WorkDir) -> str:
    """Say where a due date is set, with a command that sets one in this folder's gradebook."""
    address = work.gradebook_url if work.database is None else "URL"
    command = f'nbgrader db assignment add {assignment} --duedate="2026-12-01 23:59 UTC"'
    return f"due in [late] of run.toml, or one set by `{command} --db={address}`, or in formgrader"


def arrival(entries: Sequence[Entry], work: WorkDir, assignment: str, student: str) -> Arrival:
    """Return when a student's last submission came, as it stands on record."""
    found = last_submissions(entries).get(student)
    if found is None or not work.has_gradebook:
        return Arrival()
    late = "; ".join(found.entry.body.get("asides", {}).get("late", []))
    with open_gradebook(work) as gradebook:
        seen = overview(gradebook, assignment).get(student)
    return Arrival(
        graded=seen is not None, timed=seen is not None and bool(seen.timestamp), late=late
    )


def describe_effect(
    assignment: Assignment,
    student: str,
    until: datetime | None,
    due: datetime | None,
    seen: tuple[Arrival, Arrival],
) -> str:
    """Say in one line until when somebody may hand in, and what that changes.

    Parameters
    ----------
    assignment : Assignment
        What is handed in.
    student : str
        Who.
    until, due : datetime or None
        The extension, None if it was taken back; and when it is due for everybody.
    seen : tuple of (Arrival, Arrival)
        Before and now.

    Returns
    -------
    str
    """
    then, now = seen
    when = until or due
    time = "without a due date" if when is None else f"due until {_shown(when)}"
    again = "" if until else ", as for everybody"
    return f"{assignment.name} of {student} is {time}{again}: {_changed(then, now)}"


def _shown(when: datetime) -> str:
    text = when.isoformat(" ", "minutes")
    return text.replace("+00:00", " UTC") if when.utcoffset() == UTC.utcoffset(None) else text


def _changed(then: Arrival, now: Arrival) -> str:
    if not now.graded:
        return "nothing of theirs is graded yet"
    if not now.timed:
        return "when the work came is not known, so it is not late, and was not"
    if now.late == then.late:
        return f"still {now.late}" if now.late else "the work is not late, and was not"
    if not now.late:
        return f"not late now; before: {then.late}"
    return f"now {now.late}; before: {then.late or 'not late'}"
