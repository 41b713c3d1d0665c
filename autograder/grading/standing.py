"""Find how a class stands, for nbgrader's own commands: beside each gradebook lies its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from autograder.evidence.log import read_log
from autograder.evidence.queries import last_standing, rows_of_standing, tiers_in
from autograder.evidence.runs import last_submissions, partial_notice
from autograder.gradebook.store import evidence_folder
from autograder.scoring.final import exact
from autograder.workdir import WorkDir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograder.scoring.standing import GradeRow
    from autograder.scoring.tiers import Tiers


@dataclass(frozen=True)
class ClassStanding:
    """How a class stood when it was last graded or scored again.

    Attributes
    ----------
    rows : mapping of str to GradeRow
        With tier, grade, rank and final mark, by student.
    tiers : Tiers or None
        What they were graded by; None if by points.
    absent : frozenset of str
        Who was graded once and is not in the class: who left it since, or is new in a run that
        was cut short.
    notices : tuple of str
        What whoever reads the table should know first.
    """

    rows: Mapping[str, GradeRow]
    tiers: Tiers | None
    absent: frozenset[str] = frozenset()
    notices: tuple[str, ...] = ()


def read_standing(db_url: str, assignment: str) -> ClassStanding | None:
    """Return a class's last standing.

    Parameters
    ----------
    db_url : str
        Address of nbgrader's database, as its settings have it.
    assignment : str
        Name of the assignment.

    Returns
    -------
    ClassStanding or None
        None if `autograder` never graded the class into this database.

    Raises
    ------
    EvidenceDamagedError
        If the evidence was altered.
    """
    address = make_url(db_url)
    if address.get_backend_name() == "sqlite":
        folder = Path(address.database).parent if address.database else None
    else:
        folder = evidence_folder(db_url, assignment)
    if folder is None:
        return None
    path = WorkDir(folder).evidence(assignment)
    entries = read_log(path).entries
    entry = last_standing(entries)
    if entry is None:
        return None
    rows = {row.student: row for row in rows_of_standing(entry.body, assignment)}
    return ClassStanding(
        rows,
        tiers_in(entry.body),
        frozenset(last_submissions(entries)) - frozenset(rows),
        tuple(partial_notice(entries)),
    )


def same_points(one: float | None, other: float | None) -> bool:
    """Whether two numbers of points, None for none, are the same but for the noise of a sum."""
    if one is None or other is None:
        return one is other
    return exact(one) == exact(other)
