"""Find in a roster's table what the gradebook calls a student, and what says who that is.

A course's own table has a column for it. Moodle's list of participants and Canvas's gradebook have
columns of theirs, and marks and settings beside them, which are nobody's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OWN = ("student", "id")
"""Names of the column in a table of one's own: as in `grades.csv`, and as nbgrader has it."""

MOODLE = "id number"
"""Moodle's column of what the school calls a student."""

CANVAS = ("sis user id", "id")
"""Canvas's: what the school calls a student, and where that is empty for all, Canvas's number."""

EXPECTED = "student, id, ID number (Moodle's) or SIS User ID (Canvas's)"
"""What messages say of the columns above."""

_CANVAS_MARKS = frozenset({"sis user id", "sis login id"})
_CANVAS_KEYS = ("student", "id", "sis user id", "sis login id", "integration id")
_CANVAS_NOBODY = ("", "points possible", "student, test")
_MOODLE_KEYS = (
    *("id number", "email address", "identifier", "full name", "username"),
    *("first name", "last name", "surname"),
)


def named_ids(names: Sequence[str]) -> bool:
    """Whether a table has a column for what the gradebook calls a student, by its headings."""
    return bool({*OWN, MOODLE, CANVAS[0]} & {*names})


def read_columns(rows: Sequence[Mapping[str, str]]) -> tuple[str, list[dict[str, str] | None]]:
    """Choose the column of what the gradebook calls a student, and what tells who that is.

    Parameters
    ----------
    rows : sequence of mapping of str to str
        Values by heading, in lower case.

    Returns
    -------
    column : str
        Its heading.
    rows : list of dict or None
        As they are in a table of one's own; of a platform's only columns that say who somebody
        is; None for a line that is nobody's.
    """
    names = {*rows[0]}
    if "student" in names and names & _CANVAS_MARKS:
        column = next((one for one in CANVAS if any(row.get(one) for row in rows)), CANVAS[0])
        return column, [_of_canvas(row) for row in rows]
    own = next((one for one in OWN if one in names), None)
    if own is not None:
        return own, [dict(row) for row in rows]
    return MOODLE, [{key: row[key] for key in _MOODLE_KEYS if key in row} for row in rows]


def _of_canvas(row: Mapping[str, str]) -> dict[str, str] | None:
    name = " ".join(row.get("student", "").split())
    if name.casefold() in _CANVAS_NOBODY:  # Canvas puts maxima and a student of its own there
        return None
    return {**{key: row[key] for key in _CANVAS_KEYS if key in row}, "name": name}
