"""Hold a class's folder against its roster: who is missing, and who does not belong to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from autograder.errors import RosterError
from autograder.outcome import Outcome
from autograder.submissions.entries import Entry, Intake, Status, Submission

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from autograder.submissions.roster import Roster

MISSING = "on the roster, and nothing was handed in"
"""What the row of a student says of whom nothing came."""

SHOWN = 3
"""Names that a message shows."""


def apply_roster(intake: Intake, roster: Roster, path: Path) -> Intake:
    """Add a row for each student of whom nothing came, and refuse what is nobody's of the class.

    Parameters
    ----------
    intake : Intake
        What was found in the class's folder.
    roster : Roster
        Who is in the class.
    path : Path
        The roster's file, for messages.

    Returns
    -------
    Intake
        What others handed in is not run: their rows wait for a person.

    Raises
    ------
    RosterError
        If nobody who handed in is on it.
    """
    known = set(roster.students)
    handed_in = {one.student for one in intake.submissions}
    if handed_in and not handed_in & known:
        found = f"nobody who handed in ({_some(handed_in)}) is on it ({_some(known)})"
        raise RosterError(path, f"{found}, expected the names of files and folders")
    strangers = {name: _why(name, known) for name in handed_in - known}
    missing = (
        Submission(name, None, problem=MISSING, outcome=Outcome.NOT_HANDED_IN)
        for name in known - handed_in
    )
    refused = (
        replace(one, path=None, problem=strangers[one.student], outcome=Outcome.NEEDS_REVIEW)
        if one.student in strangers
        else one
        for one in intake.submissions
    )
    submissions = sorted([*refused, *missing], key=lambda one: one.student)
    entries = [_refuse(entry, strangers.get(entry.student or "")) for entry in intake.entries]
    entries += [Entry(name, name, Status.NOT_TAKEN, MISSING) for name in sorted(known - handed_in)]
    return Intake(tuple(submissions), tuple(sorted(entries, key=lambda entry: entry.path)))


def _why(name: str, known: Iterable[str]) -> str:
    alike = sorted(one for one in known if one.casefold() == name.casefold())
    asks = f"; {', '.join(alike)} is: the same student?" if alike else ""
    return f"not on the roster{asks}"


def _refuse(entry: Entry, why: str | None) -> Entry:
    if why is None or entry.status is not Status.TAKEN:
        return entry
    return replace(entry, status=Status.NOT_TAKEN, why=why, usual=False)


def _some(names: Iterable[str]) -> str:
    listed: Sequence[str] = sorted(names)
    return ", ".join(listed[:SHOWN]) + (", ..." if len(listed) > SHOWN else "")
