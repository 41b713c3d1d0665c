"""Read who is in a class, and tell who is missing and who does not belong to it."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from autograder.errors import RosterError
from autograder.outcome import Outcome
from autograder.submissions.entries import Entry, Intake, Status, Submission
from autograder.submissions.names import same_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

COLUMNS = ("student", "id")
"""Names of the column with students' names: as in `grades.csv`, and as nbgrader has it."""

DELIMITERS = ",;\t"
"""What may part the columns of a table."""

LONGEST = 200
"""Characters of a name; a file system has 255 bytes for it."""

MISSING = "on the roster, and nothing was handed in"
"""What the row of a student says of whom nothing came."""

SHOWN = 3
"""Names that a message shows."""


@dataclass(frozen=True)
class Roster:
    """Who is in a class.

    Attributes
    ----------
    students : tuple of str
        Names, sorted.
    sha256 : str
        Of the file that they stand in.
    """

    students: tuple[str, ...]
    sha256: str


def read_roster(path: Path) -> Roster:
    """Read a class's roster: a CSV file with a column for students, or one name a line.

    Parameters
    ----------
    path : Path
        A file in UTF-8.

    Returns
    -------
    Roster

    Raises
    ------
    RosterError
        If it cannot be read, has no such column, or a name is missing, repeated or none.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RosterError(path, f"cannot be read: {error.strerror}") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problem = f"byte {data[error.start : error.start + 1]!r} is no UTF-8, expected text"
        raise RosterError(path, f"line {line}: {problem}") from error
    lines: dict[str, int] = {}
    for line, found in _names(text, path):
        name = _checked(found, line, path)
        if name in lines:
            raise RosterError(path, f"line {line}: {name!r} stands in line {lines[name]} already")
        lines[name] = line
    if not lines:
        raise RosterError(path, "it has no name, expected one a line, or a table with a column")
    return Roster(tuple(sorted(lines)), hashlib.sha256(data).hexdigest())


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


def _names(text: str, path: Path) -> Iterator[tuple[int, str]]:
    """Yield each name with its line, from a table or from lines."""
    first = text.partition("\n")[0].strip("\r")
    delimiter = next((mark for mark in DELIMITERS if mark in first), None)
    if delimiter is None:
        lines = enumerate(text.splitlines(), start=1)
        names = [(number, line) for number, line in lines if line.strip()]
        return iter(names[1:] if names and _key(names[0][1]) in COLUMNS else names)
    return _column(text, delimiter, path)


def _column(text: str, delimiter: str, path: Path) -> Iterator[tuple[int, str]]:
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        header = next(rows)
        keys = [_key(one) for one in header]
        column = next((keys.index(name) for name in COLUMNS if name in keys), None)
        if column is None:
            expected = f"expected one named {' or '.join(map(repr, COLUMNS))}"
            raise RosterError(path, f"line 1: the columns are {header}, {expected}")
        for row in rows:
            if any(value.strip() for value in row):
                yield rows.line_num, row[column] if column < len(row) else ""
    except csv.Error as error:
        raise RosterError(path, f"line {rows.line_num}: {error}") from error


def _key(text: str) -> str:
    return text.strip().strip('"').casefold()


def _checked(found: str, line: int, path: Path) -> str:
    """Return a name as the names of files are read, if it can be one."""
    name = same_text(found.strip())
    if name in ("", ".", "..") or "/" in name or len(name) > LONGEST or not name.isprintable():
        raise RosterError(path, f"line {line}: {found[:LONGEST]!r} is no name of a student")
    return name


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
