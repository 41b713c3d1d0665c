"""Keep the roster that was given last, so that marks and pages go back by the names it maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.submissions.roster import Roster, plain, read_roster
from helpers.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from autograder.workdir import WorkDir


def keep_roster(work: WorkDir, path: Path) -> None:
    """Keep a copy of a roster, which could be read.

    Parameters
    ----------
    work : WorkDir
        Gets it as `WorkDir.roster`, in place of the one before.
    path : Path
        What a person gave.
    """
    data = path.read_bytes()
    if not work.roster.is_file() or work.roster.read_bytes() != data:
        work.root.mkdir(parents=True, exist_ok=True)
        with replacing(work.roster) as file:
            file.write(data)


def course_roster(work: WorkDir, given: Path | None, students: Iterable[str]) -> Roster:
    """Return whom the names of a platform stand for.

    Parameters
    ----------
    work : WorkDir
        With the roster that was given last.
    given : Path or None
        The one to go by instead.
    students : iterable of str
        Who has something to be handed back; each is known by the own name, too.

    Returns
    -------
    Roster
        What was given, or is kept; if there is neither, the students' own names.

    Raises
    ------
    RosterError
        If it cannot be read.
    """
    path = given or (work.roster if work.roster.is_file() else None)
    roster = Roster(()) if path is None else read_roster(path)
    own = {plain(student): frozenset({student}) for student in students}
    everybody = {*roster.students, *(student for one in own.values() for student in one)}
    return Roster(tuple(sorted(everybody)), roster.sha256, {**own, **roster.keys}, roster.contacts)
