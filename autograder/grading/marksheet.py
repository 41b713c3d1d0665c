"""Fill a platform's own file of marks: Moodle's grading worksheet, a gradebook of Moodle or Canvas.

Both take back the file that they gave, with marks in one column; so no column is made or moved.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.errors import MarksheetError
from autograder.submissions.entries import reason_of
from autograder.submissions.roster import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from autograder.submissions.roster import Roster

KEYS = (
    *("ID number", "Email address", "Identifier", "Full name"),  # Moodle
    *("SIS User ID", "SIS Login ID", "ID", "Student"),  # Canvas
)
"""Columns that say who somebody is, the surest first."""

NAME_PARTS = ("First name", "Last name")
"""Columns of a name that stands in two; Moodle calls the second *Surname* in older versions."""

GRADE, MAXIMUM = "Grade", "Maximum grade"
"""Columns of Moodle's grading worksheet."""

POINTS_POSSIBLE = "Points Possible"
"""Of Canvas: in the first column of a row with the maximum of each assignment."""

HIGHEST = 100
"""What a final mark is out of."""

NAMED = 3
"""People whom an error names."""


@dataclass(frozen=True)
class Filled:
    """A file of marks that was filled in.

    Attributes
    ----------
    text : str
        The file, CSV.
    column : str
        Heading of the column with the marks.
    filled : tuple of str
        Students who have their mark in it.
    without : tuple of str
        Whom the file names, as it names them, and who have no mark.
    missing : tuple of str
        Students who have a mark, and whom the file does not name.
    """

    text: str
    column: str
    filled: tuple[str, ...]
    without: tuple[str, ...]
    missing: tuple[str, ...]


def fill_marksheet(
    path: Path,
    marks: Mapping[str, int],
    roster: Roster,
    assignment: str,
    column: str | None = None,
    maximum: float | None = None,
) -> Filled:
    """Put final marks into a platform's file.

    Parameters
    ----------
    path : Path
        What the platform exported, CSV in UTF-8.
    marks : mapping of str to int
        Final marks of 0 to 100, by student.
    roster : Roster
        Whom the platform's names stand for.
    assignment : str
        Name of the assignment, by which a gradebook's column is found.
    column : str, optional
        That column's heading; needed where several, or none, hold the name.
    maximum : float, optional
        What a mark of 100 is worth there; by default what the file says, else 100.

    Returns
    -------
    Filled

    Raises
    ------
    MarksheetError
        If the file cannot be read, names nobody, or has no such column.
    """
    header, rows = _read(path)
    keys = _keys(path, header, rows, roster)
    place = header.index(_column(path, header, assignment, column))
    done, without = list[str](), list[str]()
    for row in rows:
        who = _who(header, row, roster, keys)
        (student,) = who if len(who) == 1 else ("",)
        if student in marks:
            most = maximum or _maximum(header, rows, row, place)
            row[place] = _scaled(marks[student], most)
            done.append(student)
        elif not _is_maximum(row):
            without.append(_name(header, row))
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    missing = tuple(sorted(marks.keys() - set(done)))
    if marks and not done:
        found = ", ".join(without[:NAMED]) or "nobody"
        expected = f"expected some of {', '.join(missing[:NAMED])}"
        raise MarksheetError(path, f"names {found}, {expected}; --roster says whom it means")
    return Filled(text.getvalue(), header[place], tuple(done), tuple(without), missing)


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise MarksheetError(path, f"no UTF-8: {error.reason}") from error
    except OSError as error:
        raise MarksheetError(path, f"cannot be read: {reason_of(error)}") from error
    header, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    return header, [row + [""] * (len(header) - len(row)) for row in rows if any(row)]


def _keys(
    path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], roster: Roster
) -> list[str]:
    """Return the columns that say who somebody is.

    In another language than English a platform calls them otherwise: then it is the one in which
    most lines name somebody of the roster.
    """
    known = [key for key in KEYS if key in header]
    if any(_who(header, row, roster, known) for row in rows):
        return known
    counts = [sum(len(roster.find([row[n]])) == 1 for row in rows) for n in range(len(header))]
    best = max(range(len(header)), key=counts.__getitem__, default=None)
    if best is None or 2 * counts[best] < len(rows) or not counts[best]:
        if known:
            return known
        found = ", ".join(header) or "none"
        expected = f"expected one of {', '.join(KEYS)}, or one that names who is on the roster"
        raise MarksheetError(path, f"the columns are {found}; {expected}")
    return [header[best]]


def _column(path: Path, header: Sequence[str], assignment: str, column: str | None) -> str:
    if column is not None:
        found = [name for name in header if name == column]
    elif {GRADE, MAXIMUM} <= {*header}:
        found = [GRADE]
    else:
        found = [name for name in header if plain(assignment) in plain(name)]
    if len(found) != 1:
        raise MarksheetError(path, _no_column(header, assignment, column, found))
    return found[0]


def _no_column(
    header: Sequence[str], assignment: str, column: str | None, found: Sequence[str]
) -> str:
    """Say which columns there are, of which none, or several, may be the one for marks."""
    wanted = f"has {assignment!r} in its heading" if column is None else f"is named {column!r}"
    if found:
        several = f"more than one column {wanted}: {', '.join(found)}"
        return f"{several}; name one by --column" if column is None else several
    return f"no column {wanted}; name one of these by --column: {', '.join(filter(None, header))}"


def _who(
    header: Sequence[str], row: Sequence[str], roster: Roster, keys: Sequence[str]
) -> frozenset[str]:
    values = dict(zip(header, row, strict=False))
    names = [values[key] for key in keys if values.get(key)]
    first, last = (values.get(key, "") for key in NAME_PARTS)
    last = last or values.get("Surname", "")
    return roster.find([*names, *([f"{first} {last}"] if first and last else [])])


def _name(header: Sequence[str], row: Sequence[str]) -> str:
    values = dict(zip(header, row, strict=False))
    names = (values.get(key) for key in ("Full name", "Student", *KEYS, *header))
    return next(filter(None, names), "a row without a name")


def _is_maximum(row: Sequence[str]) -> bool:
    return row[0].strip() == POINTS_POSSIBLE


def _maximum(
    header: Sequence[str], rows: Sequence[Sequence[str]], row: Sequence[str], place: int
) -> float:
    """Return what a mark of 100 is worth on the platform."""
    texts = [row[header.index(MAXIMUM)]] if MAXIMUM in header else []
    texts += [one[place] for one in rows if _is_maximum(one)]
    for text in texts:
        try:
            return float(text.replace(",", "."))
        except ValueError:
            continue
    return HIGHEST


def _scaled(mark: int, maximum: float) -> str:
    return f"{mark * maximum / HIGHEST:.5f}".rstrip("0").rstrip(".")
